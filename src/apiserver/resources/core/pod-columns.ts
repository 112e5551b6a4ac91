/** The row of a pod in `kubectl get` (printPod). */
import { humanDuration } from '../../../apimachinery/human-duration';
import type { KubeObject } from '../../../apimachinery/meta';
import type { Cell } from '../../resource';
import { isRestartable, type PodSpec } from '../../validation/core-types';
import { AGE, ageOf, column, NAME, nameOf, wide } from '../columns';

export const podColumns = [
  NAME,
  column('Ready', { description: 'The aggregate readiness state of this pod for accepting traffic.' }),
  column('Status', { description: 'The aggregate status of the containers in this pod.' }),
  column('Restarts', {
    description:
      'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
  }),
  AGE,
  wide('IP', 'podIP address allocated to the pod. Routable at least within the cluster. Empty if not yet allocated.'),
  wide('Node'),
  wide('Nominated Node'),
  wide('Readiness Gates'),
];

interface ContainerState {
  waiting?: { reason?: string };
  running?: object;
  terminated?: { exitCode?: number; signal?: number; reason?: string; finishedAt?: string };
}
interface ContainerStatus {
  name?: string;
  state?: ContainerState;
  lastState?: ContainerState;
  ready?: boolean;
  started?: boolean;
  restartCount?: number;
}
interface Condition {
  type?: string;
  status?: string;
  reason?: string;
}

/** How often containers were started again, and when last (milliseconds; 0 for never). */
class Restarts {
  count = 0;
  last = 0;
  add(status: ContainerStatus): void {
    this.count += status.restartCount ?? 0;
    const finished = status.lastState?.terminated?.finishedAt;
    if (finished) this.last = Math.max(this.last, Date.parse(finished));
  }
  toString(now: number): string {
    return this.count !== 0 && this.last !== 0
      ? `${this.count} (${humanDuration(now - this.last)} ago)`
      : String(this.count);
  }
}

/** What READY, STATUS and RESTARTS tell of a pod; other commands tell the same. */
export function summarizePod(pod: KubeObject): { ready: number; total: number; reason: string; restarts: Restarts } {
  const spec: PodSpec = pod.spec ?? {};
  const status = pod.status ?? {};
  const conditions: Condition[] = status.conditions ?? [];
  const initContainers = spec.initContainers ?? [];
  const sidecars = new Set(initContainers.filter(isRestartable).map((container) => container.name));
  const total = (spec.containers?.length ?? 0) + sidecars.size;
  const initRestarts = new Restarts();
  const runningRestarts = new Restarts();
  let ready = 0;
  let reason: string = status.reason || status.phase || '';
  for (const condition of conditions)
    if (condition.type === 'PodScheduled' && condition.reason === 'SchedulingGated') reason = 'SchedulingGated';
  let initializing = false;
  for (const [i, container] of ((status.initContainerStatuses ?? []) as ContainerStatus[]).entries()) {
    const isSidecar = sidecars.has(container.name);
    initRestarts.add(container);
    if (isSidecar) runningRestarts.add(container);
    const { terminated } = container.state ?? {};
    if (terminated && !terminated.exitCode) continue;
    if (isSidecar && container.started) {
      if (container.ready) ready++;
      continue;
    }
    const waiting = container.state?.waiting?.reason;
    if (terminated) reason = `Init:${terminatedReason(terminated)}`;
    else if (waiting && waiting !== 'PodInitializing') reason = `Init:${waiting}`;
    else reason = `Init:${i}/${initContainers.length}`;
    initializing = true;
    break;
  }
  const initialized = conditions.find((condition) => condition.type === 'Initialized')?.status === 'True';
  if (!initializing || initialized) {
    const statuses: ContainerStatus[] = status.containerStatuses ?? [];
    let running = false;
    let failure = '';
    for (let i = statuses.length - 1; i >= 0; i--) {
      const container = statuses[i] as ContainerStatus;
      runningRestarts.add(container);
      const { waiting, terminated } = container.state ?? {};
      if (waiting?.reason) reason = waiting.reason;
      else if (terminated) {
        reason = terminatedReason(terminated);
        if (terminated.exitCode) failure = reason;
      } else if (container.ready && container.state?.running) {
        running = true;
        ready++;
      }
    }
    // One that still runs outweighs those that are done.
    if (reason === 'Completed') {
      if (running && isReady(conditions)) reason = 'Running';
      else if (failure !== '') reason = failure;
      else if (running) reason = 'NotReady';
    }
  }
  if (pod.metadata.deletionTimestamp) {
    if (status.reason === 'NodeLost') reason = 'Unknown';
    else if (status.phase !== 'Failed' && status.phase !== 'Succeeded') reason = 'Terminating';
  }
  return { ready, total, reason, restarts: !initializing || initialized ? runningRestarts : initRestarts };
}

function terminatedReason({ reason, signal, exitCode }: NonNullable<ContainerState['terminated']>): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode ?? 0}`);
}

function isReady(conditions: readonly Condition[]): boolean {
  return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

export function podCells(pod: KubeObject, now: number): Cell[] {
  const { ready, total, reason, restarts } = summarizePod(pod);
  return [
    nameOf(pod),
    `${ready}/${total}`,
    reason,
    restarts.toString(now),
    ageOf(pod, now),
    pod.status?.podIPs?.[0]?.ip || '<none>',
    pod.spec?.nodeName || '<none>',
    pod.status?.nominatedNodeName || '<none>',
    readinessGates(pod),
  ];
}

function readinessGates(pod: KubeObject): string {
  const gates: { conditionType?: string }[] = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const conditions: Condition[] = pod.status?.conditions ?? [];
  const met = gates.filter(
    (gate) => conditions.find((condition) => condition.type === gate.conditionType)?.status === 'True',
  );
  return `${met.length}/${gates.length}`;
}
