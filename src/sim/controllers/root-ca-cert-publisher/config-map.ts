/** The ConfigMap by which pods know the certificate of the API server (kubernetes `pkg/controller/certificates/rootcacertpublisher`). */
import type { KubeObject } from '../../../apimachinery/meta';

export const CONFIG_MAP_NAME = 'kube-root-ca.crt';
export const DESCRIPTION = 'kubernetes.io/description';
export const DESCRIPTION_TEXT =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. ' +
  'No other usage is guaranteed across distributions of Kubernetes clusters.';

export function rootCertificateConfigMap(namespace: string, certificate: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: CONFIG_MAP_NAME, namespace, annotations: { [DESCRIPTION]: DESCRIPTION_TEXT } },
    data: { 'ca.crt': certificate },
  };
}
