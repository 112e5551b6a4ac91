/** Paths within volumes that name variables of the container's environment (kubernetes `pkg/kubelet/kubelet_pods.go` makeMounts, ExpandContainerVolumeMounts). */
import type { KubeObject } from '../../apimachinery/meta';
import type { Container } from './container';
import { expandReferences } from './program/container-program';
import { surroundingsOf } from './program/environment';

/** Why a container can't be given what it mounts. */
export function subPathComplaint(pod: KubeObject, container: Container): string | undefined {
  for (const { subPathExpr } of container.volumeMounts ?? []) {
    const complaint = subPathExpr ? complaintAbout(subPathExpr, pod, container) : undefined;
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

function complaintAbout(expression: string, pod: KubeObject, container: Container): string | undefined {
  const { environment, unlisted } = surroundingsOf(pod, container, 0);
  const names = [...expression.matchAll(/\$(?:\$|\(([^)]*)\))/g)].flatMap(([, name]) => name ?? []);
  const missing = names.filter((name) => {
    const value = environment.get(name);
    // What comes from elsewhere has been found to be there.
    return value ? value.text === '' && !value.foreign : !unlisted;
  });
  if (missing.length > 0) return `missing value for ${[...new Set(missing)].sort().join(', ')}`;
  const { text, foreign } = expandReferences(expression, environment);
  if (foreign) return undefined;
  if (text.startsWith('/')) return `error SubPath \`${text}\` must not be an absolute path`;
  if (text.split('/').includes('..')) return `unable to provision SubPath \`${text}\`: must not contain '..'`;
  return undefined;
}
