/**
 * Turns what nodes say of themselves into taints (kubernetes `pkg/controller/nodelifecycle`, doNoScheduleTaintingPass and the
 * NoExecute taints of nodes that are not ready).
 */
import type { Json } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { formatTime } from '../../../apimachinery/time';
import type { Context, Controller } from '../../controller';

const NODES = { group: '', version: 'v1', resource: 'nodes' };

interface Taint {
  key: string;
  value?: string;
  effect: string;
  timeAdded?: string;
}

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
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
const OWN_NO_EXECUTE: ReadonlySet<string> = new Set([NOT_READY, UNREACHABLE]);

const controller: Controller = {
  name: 'node-lifecycle-controller',
  user: 'system:serviceaccount:kube-system:node-controller',
  fieldManager: 'kube-controller-manager',
  eventSource: { component: 'node-controller' },
  watches: [{ resource: 'nodes', keys: (node) => [node.metadata.name as string] }],
  reconcile(key, context) {
    const node = context.cache.get('nodes', '', key);
    if (!node || node.metadata.deletionTimestamp) return undefined;
    const present: Taint[] = node['spec']?.taints ?? [];
    const wanted = wantedTaints(node);
    const own = present.filter(isOwn);
    if (own.length === wanted.length && wanted.every((taint) => own.some((other) => isSame(taint, other))))
      return undefined;
    return swap(node, present, wanted, context);
  },
};

function wantedTaints(node: KubeObject): Taint[] {
  const taints: Taint[] = [];
  for (const { type, status } of node['status']?.conditions ?? []) {
    const key = Object.hasOwn(TAINTS, type) ? TAINTS[type]?.[status] : undefined;
    if (!key) continue;
    taints.push({ key, effect: 'NoSchedule' });
    if (OWN_NO_EXECUTE.has(key)) taints.push({ key, effect: 'NoExecute' });
  }
  if (node['spec']?.unschedulable) taints.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' });
  return taints;
}

function isOwn({ key, effect }: Taint): boolean {
  return (effect === 'NoSchedule' && OWN_NO_SCHEDULE.has(key)) || (effect === 'NoExecute' && OWN_NO_EXECUTE.has(key));
}

/** Taint.MatchTaint: key and effect. */
function isSame(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

/** SwapNodeControllerTaint: new ones get the time; the list is demanded to be as it was seen. */
async function swap(
  node: KubeObject,
  present: Taint[],
  wanted: Taint[],
  { client, clock }: Context,
): Promise<undefined> {
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

export default controller;
