/** The ServiceAccount `default` that every namespace has. */
import type { KubeObject } from '../../../apimachinery/meta';

export function defaultServiceAccount(namespace: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } };
}
