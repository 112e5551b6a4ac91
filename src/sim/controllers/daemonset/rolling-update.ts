/** Which pods of an earlier template give way, and where new ones come beside them (kubernetes `pkg/controller/daemon/update.go`, rollingUpdate). */
import type { KubeObject } from '../../../apimachinery/meta';
import type { Instant } from '../../clock';
import { isPodAvailable } from '../pod-state';
import { type DaemonPods, newAndOld } from './daemon-pods';
import type { Changes } from './manage';
import type { Placement } from './placement';
import { allowanceOf } from './strategy';

/**
 * The next step of an update. `pods` are by node; a node where a pod should run and there is none counts as one without.
 */
export function rollingUpdate(
  set: KubeObject,
  hash: string,
  pods: DaemonPods,
  placements: ReadonlyMap<string, Placement>,
  now: Instant,
): Changes {
  const wanted = [...placements].filter(([, { shouldRun }]) => shouldRun).map(([node]) => node);
  const { surge, unavailable } = allowanceOf(set, wanted.length);
  const nodes = new Map<string, readonly KubeObject[]>(wanted.map((node) => [node, []]));
  for (const [node, there] of pods) nodes.set(node, there);
  const isAvailable = (pod: KubeObject) => isPodAvailable(pod, set['spec'].minReadySeconds ?? 0, now);
  const ordered = [...nodes].sort(([a], [b]) => (a < b ? -1 : 1));
  return surge === 0
    ? replaceInPlace(set, hash, ordered, unavailable, isAvailable)
    : replaceBeside(set, hash, ordered, { surge, desired: wanted.length, placements }, isAvailable);
}

type Nodes = readonly (readonly [string, readonly KubeObject[]])[];

/** An old pod is deleted first; a new one comes when it is gone. Old ones that are not available cost nothing. */
function replaceInPlace(
  set: KubeObject,
  hash: string,
  nodes: Nodes,
  maxUnavailable: number,
  isAvailable: (pod: KubeObject) => boolean,
): Changes {
  let unavailable = 0;
  const broken: KubeObject[] = [];
  const candidates: KubeObject[] = [];
  for (const [, there] of nodes) {
    const found = newAndOld(there, set, hash);
    const { newPod, oldPod } = found ?? {};
    if (oldPod && !newPod) {
      if (isAvailable(oldPod)) candidates.push(oldPod);
      else {
        broken.push(oldPod);
        unavailable++;
      }
    } else if (!newPod || oldPod || !isAvailable(newPod)) unavailable++;
  }
  const room = Math.max(0, maxUnavailable - unavailable);
  return { create: [], remove: [...broken, ...candidates.slice(0, room)] };
}

interface Surge {
  surge: number;
  desired: number;
  placements: ReadonlyMap<string, Placement>;
}

/** A new pod comes beside the old one, which goes when the new one is available. */
function replaceBeside(
  set: KubeObject,
  hash: string,
  nodes: Nodes,
  { surge, desired, placements }: Surge,
  isAvailable: (pod: KubeObject) => boolean,
): Changes {
  const remove: KubeObject[] = [];
  /** Pods on nodes where none should run any more: they go when enough others are available. */
  const misplaced: KubeObject[] = [];
  const allowed: string[] = [];
  const candidates: string[] = [];
  let surging = 0;
  let available = 0;
  for (const [node, there] of nodes) {
    const found = newAndOld(there, set, hash);
    if (!found) {
      surging++;
      continue;
    }
    const { newPod, oldPod } = found;
    const counted = oldPod ?? newPod;
    if (counted && isAvailable(counted)) available++;
    if (!oldPod) continue;
    if (newPod) {
      if (isAvailable(newPod)) remove.push(oldPod);
      else surging++;
      continue;
    }
    const shouldRun = placements.get(node)?.shouldRun ?? false;
    if (!isAvailable(oldPod)) {
      if (shouldRun) allowed.push(node);
      else remove.push(oldPod);
    } else if (shouldRun) candidates.push(node);
    else misplaced.push(oldPod);
  }
  remove.push(...misplaced.slice(0, Math.max(0, available - desired)));
  return { create: [...allowed, ...candidates.slice(0, Math.max(0, surge - surging))], remove };
}
