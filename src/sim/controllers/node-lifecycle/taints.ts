/** The taints that say how a node is, and how they are put on it (kubernetes `pkg/controller/nodelifecycle`, `pkg/controller/util/node`). */
import type { Json } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { formatTime } from '../../../apimachinery/time';
import type { Context } from '../../controller';

const NODES = { group: '', version: 'v1', resource: 'nodes' };

export interface Taint {
  key: string;
  value?: string;
  effect: string;
  timeAdded?: string;
}

export const NOT_READY = 'node.kubernetes.io/not-ready';
export const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** Condition → status → the taint that it means. */
const TAINTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
};

const OWN_NO_SCHEDULE: ReadonlySet<string> = new Set([
  UNSCHEDULABLE,
  ...Object.values(TAINTS).flatMap((byStatus) => Object.values(byStatus)),
]);

export function taintsOf(node: KubeObject): Taint[] {
  return node['spec']?.taints ?? [];
}

/** NoSchedule taints follow from what is said of the node, at once (doNoScheduleTaintingPass). */
export function noScheduleTaints(node: KubeObject): Taint[] {
  const taints: Taint[] = [];
  for (const { type, status } of node['status']?.conditions ?? []) {
    const key = Object.hasOwn(TAINTS, type) ? TAINTS[type]?.[status] : undefined;
    if (key) taints.push({ key, effect: 'NoSchedule' });
  }
  if (node['spec']?.unschedulable) taints.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' });
  return taints;
}

export function isOwnNoSchedule({ key, effect }: Taint): boolean {
  return effect === 'NoSchedule' && OWN_NO_SCHEDULE.has(key);
}

/** NoExecute taints have pods evicted, so they come one node after another. */
export function isOwnNoExecute({ key, effect }: Taint): boolean {
  return effect === 'NoExecute' && (key === NOT_READY || key === UNREACHABLE);
}

/** The NoExecute taint that a node is to have; none for one that is ready. */
export function noExecuteTaint(node: KubeObject): Taint | undefined {
  const conditions: { type: string; status: string }[] = node['status']?.conditions ?? [];
  const key = TAINTS['Ready']?.[conditions.find(({ type }) => type === 'Ready')?.status ?? ''];
  return key ? { key, effect: 'NoExecute' } : undefined;
}

/** Taint.MatchTaint: key and effect. */
function isSame(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

/** Puts these in place of those that are one's own; new ones get the time. The list is demanded to be as it was seen. */
export async function swapTaints(
  node: KubeObject,
  wanted: readonly Taint[],
  isOwn: (taint: Taint) => boolean,
  { client, clock }: Context,
): Promise<void> {
  const present = taintsOf(node);
  const own = present.filter(isOwn);
  if (own.length === wanted.length && wanted.every((taint) => own.some((other) => isSame(taint, other)))) return;
  const timeAdded = formatTime(clock.now());
  const kept = present.filter((taint) => !isOwn(taint) || wanted.some((other) => isSame(taint, other)));
  const added = wanted.filter((taint) => !present.some((other) => isSame(taint, other)));
  const taints = [...kept, ...added.map((taint) => ({ ...taint, timeAdded }))];
  const { name = '', resourceVersion = '' } = node.metadata;
  await client.patch(NODES, '', name, 'merge', {
    metadata: { resourceVersion },
    spec: { taints: taints.length > 0 ? (taints as unknown as Json) : null },
  });
}
