/** Which of several pods is looked at first (kubectl pkg/util/podutils/podutils.go). */
import type { KubeObject } from '../../apimachinery/meta';

type Less = (a: KubeObject, b: KubeObject) => boolean | undefined;

/** The best one to read the log of stands first (ByLogging). */
export function byLogging(a: KubeObject, b: KubeObject): number {
  return compare(a, b, LOGGING);
}

/** The most active one stands first: ActivePods, reversed. */
export function byActivity(a: KubeObject, b: KubeObject): number {
  return compare(b, a, ACTIVE);
}

function compare(a: KubeObject, b: KubeObject, rules: readonly Less[]): number {
  for (const rule of rules) {
    const less = rule(a, b);
    if (less !== undefined) return less ? -1 : 1;
  }
  return 0;
}

const LOGGING: readonly Less[] = [
  (a, b) => (isAssigned(a) === isAssigned(b) ? undefined : isAssigned(a)),
  byPhase({ Running: 0, Unknown: 1, Pending: 2 }),
  (a, b) => (isReady(a) === isReady(b) ? undefined : isReady(a)),
  (a, b) => afterOrZero(readySince(b), readySince(a)),
  (a, b) => byRestarts(a, b),
  (a, b) => afterOrZero(created(b), created(a)),
];

const ACTIVE: readonly Less[] = [
  (a, b) => (isAssigned(a) === isAssigned(b) ? undefined : !isAssigned(a)),
  byPhase({ Pending: 0, Unknown: 1, Running: 2 }),
  (a, b) => (isReady(a) === isReady(b) ? undefined : !isReady(a)),
  (a, b) => (isDeleting(a) === isDeleting(b) ? undefined : isDeleting(a)),
  (a, b) => (deleted(a) === deleted(b) ? undefined : deleted(a) < deleted(b)),
  (a, b) => afterOrZero(readySince(a), readySince(b)),
  (a, b) => byRestarts(a, b),
  (a, b) => afterOrZero(created(a), created(b)),
];

/** A phase that is not among them counts like the first, as a missing key does in Go. */
function byPhase(order: Readonly<Record<string, number>>): Less {
  const rank = (pod: KubeObject) => order[pod['status']?.phase ?? ''] ?? 0;
  return (a, b) => (rank(a) === rank(b) ? undefined : rank(a) < rank(b));
}

function isAssigned(pod: KubeObject): boolean {
  return Boolean(pod['spec']?.nodeName);
}

function isDeleting(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

function isReady(pod: KubeObject): boolean {
  return readySince(pod) !== undefined;
}

/** Undefined for one that is not ready. */
function readySince(pod: KubeObject): number | undefined {
  const conditions: { type: string; status: string; lastTransitionTime?: string }[] = pod['status']?.conditions ?? [];
  const ready = conditions.find(({ type, status }) => type === 'Ready' && status === 'True');
  return ready && timeOf(ready.lastTransitionTime);
}

function created(pod: KubeObject): number | undefined {
  return timeOf(pod.metadata.creationTimestamp ?? undefined);
}

function deleted(pod: KubeObject): number {
  return timeOf(pod.metadata.deletionTimestamp ?? undefined) ?? 0;
}

function timeOf(text: string | undefined): number {
  return Date.parse(text ?? '') || 0;
}

/** Undefined where they are the same; no time at all is after all others. */
function afterOrZero(a: number | undefined, b: number | undefined): boolean | undefined {
  if (a === b) return undefined;
  if (!a || !b) return !a;
  return a > b;
}

/** The more often restarted one first; sidecars decide between equals (compareMaxContainerRestarts). */
function byRestarts(a: KubeObject, b: KubeObject): boolean | undefined {
  const [regularA, sidecarA] = restarts(a);
  const [regularB, sidecarB] = restarts(b);
  if (regularA !== regularB) return regularA > regularB;
  return sidecarA === sidecarB ? undefined : sidecarA > sidecarB;
}

interface Restarted {
  name: string;
  restartCount?: number;
}

function restarts(pod: KubeObject): [number, number] {
  const most = (statuses: Restarted[]) => Math.max(0, ...statuses.map(({ restartCount = 0 }) => restartCount));
  const { containerStatuses = [], initContainerStatuses = [] } = pod['status'] ?? {};
  const init: { name: string; restartPolicy?: string }[] = pod['spec']?.initContainers ?? [];
  const sidecars = new Set(init.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name));
  return [
    most(containerStatuses),
    most((initContainerStatuses as Restarted[]).filter(({ name }) => sidecars.has(name))),
  ];
}
