/** How many pods of a DaemonSet may be extra or missing during an update (kubernetes `pkg/controller/daemon/util/daemonset_util.go`). */
import { scaledValue } from '../../../apimachinery/int-or-string';
import type { KubeObject } from '../../../apimachinery/meta';

export interface Allowance {
  surge: number;
  unavailable: number;
}

/** SurgeCount, UnavailableCount and updatedDesiredNodeCounts: where neither is allowed, one may be missing. */
export function allowanceOf(set: KubeObject, desired: number): Allowance {
  const { type, rollingUpdate } = set['spec'].updateStrategy ?? {};
  if (type !== 'RollingUpdate' || !rollingUpdate) return { surge: 0, unavailable: desired > 0 ? 1 : 0 };
  const surge = scaledValue(rollingUpdate.maxSurge, desired, true);
  const unavailable = scaledValue(rollingUpdate.maxUnavailable, desired, true);
  return { surge, unavailable: desired > 0 && unavailable === 0 && surge === 0 ? 1 : unavailable };
}

/** AllowsSurge: may there be two pods on a node at all? */
export function allowsSurge(set: KubeObject): boolean {
  const { type, rollingUpdate } = set['spec'].updateStrategy ?? {};
  return type === 'RollingUpdate' && scaledValue(rollingUpdate?.maxSurge, 1, true) > 0;
}
