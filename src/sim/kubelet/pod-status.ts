/** The phase and conditions that follow from the containers' statuses (kubernetes `pkg/kubelet/kubelet_pods.go`, `status/generate.go`). */
import { firstWhere } from '../../apimachinery/first-where';
import type { KubeObject } from '../../apimachinery/meta';
import { formatTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { PodCondition } from '../controllers/pod-state';
import {
  type Container,
  type ContainerStatus,
  hasBegun,
  isSidecar,
  isTakenAlong,
  shouldRestart,
  type Terminated,
} from './container';
import { IN_PROGRESS, PENDING } from './resize';

export interface Statuses {
  initContainerStatuses: ContainerStatus[];
  containerStatuses: ContainerStatus[];
}

export function isTerminal(phase: string): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** getPhase. `ended`: the pod's containers won't be started again, whatever its restart policy says. */
export function podPhase(pod: KubeObject, statuses: Statuses, ended: boolean): string {
  const {
    initContainers = [],
    containers,
    restartPolicy = 'Always',
  } = pod['spec'] as {
    initContainers?: Container[];
    containers: Container[];
    restartPolicy?: string;
  };
  let [pendingInit, pendingSidecars] = [0, 0];
  let [waiting, running, stopped, forGood, succeeded, unknown] = [0, 0, 0, 0, 0, 0];
  for (const container of initContainers) {
    const status = statuses.initContainerStatuses.find(({ name }) => name === container.name);
    const { state = {}, lastState = {} } = status ?? {};
    const end = state.terminated ?? (state.waiting ? lastState.terminated : undefined);
    if (!isSidecar(container)) {
      if (!end) pendingInit++;
      else if (end.exitCode !== 0 && !mayRestart(container, restartPolicy, end)) return 'Failed';
    } else if (state.running) {
      running++;
      if (!status?.started) pendingSidecars++;
    } else if (!end) {
      pendingSidecars++;
      waiting++;
    }
  }
  for (const container of containers) {
    const status = statuses.containerStatuses.find(({ name }) => name === container.name);
    const end = status?.state.terminated ?? (status?.state.waiting ? status.lastState.terminated : undefined);
    if (!status) unknown++;
    else if (status.state.running) running++;
    else if (end) {
      stopped++;
      if (!mayRestart(container, restartPolicy, end)) forGood++;
      if (status.state.terminated?.exitCode === 0) succeeded++;
    } else waiting++;
  }
  const started = statuses.containerStatuses.some(hasBegun);
  if (pendingInit > 0 || (pendingSidecars > 0 && !started) || waiting > 0) return 'Pending';
  if (running > 0 && unknown === 0) return 'Running';
  if (stopped === 0 || unknown > 0) return 'Pending';
  if (!ended && stopped !== forGood) return 'Running';
  return stopped === succeeded ? 'Succeeded' : 'Failed';
}

function mayRestart(container: Container, podRestartPolicy: string, end: Terminated): boolean {
  return isTakenAlong(end) || shouldRestart(container, podRestartPolicy, end.exitCode);
}

/** Conditions of the kubelet that are only there while they hold. */
const PASSING = [PENDING, IN_PROGRESS];

const OWN: ReadonlySet<string> = new Set([
  'PodScheduled',
  'Ready',
  'Initialized',
  'ContainersReady',
  'PodReadyToStartContainers',
  'AllContainersRestarting',
  ...PASSING,
]);

/** Does the kubelet say it (PodConditionByKubelet)? */
export function isKubelets(type: string): boolean {
  return OWN.has(type);
}

/** The kubelet's own conditions, in upstream's order; those of others (readiness gates, DisruptionTarget) stay. */
export function podConditions(
  pod: KubeObject,
  statuses: Statuses,
  phase: string,
  sandboxReady: boolean,
  now: Instant,
  /** What else the kubelet has to say. */
  more: readonly DraftCondition[] = [],
): PodCondition[] {
  const present: PodCondition[] = pod['status']?.conditions ?? [];
  const ready = readyCondition(pod, statuses, phase, present);
  const own: DraftCondition[] = [
    { type: 'PodReadyToStartContainers', status: sandboxReady ? 'True' : 'False' },
    initializedCondition(pod, statuses, phase),
    { ...ready.pod, type: 'Ready' },
    { ...ready.containers, type: 'ContainersReady' },
    { type: 'PodScheduled', status: 'True' },
    ...more,
  ];
  const types = new Set([...PASSING, ...own.map(({ type }) => type)]);
  const generation = pod.metadata.generation;
  return [
    ...own.map((draft) => conditionOf(draft, present, generation, now)),
    ...present.filter(({ type }) => !types.has(type)),
  ];
}

/** Made for every look at every pod, so it is spelt out. */
function conditionOf(
  { type, status, reason, message }: DraftCondition,
  present: readonly PodCondition[],
  generation: number | undefined,
  now: Instant,
): PodCondition {
  const before = firstWhere(present, (condition) => condition.type === type);
  const lastTransitionTime =
    before?.status === status && before.lastTransitionTime ? before.lastTransitionTime : formatTime(now);
  const condition: PodCondition & { observedGeneration?: number } = generation
    ? { type, observedGeneration: generation, status, lastProbeTime: null, lastTransitionTime }
    : { type, status, lastProbeTime: null, lastTransitionTime };
  if (reason) condition.reason = reason;
  if (message) condition.message = message;
  return condition;
}

/** A condition without its times. */
export interface DraftCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

function readyCondition(
  pod: KubeObject,
  statuses: Statuses,
  phase: string,
  present: readonly PodCondition[],
): { pod: DraftCondition; containers: DraftCondition } {
  const containers = containersReady(pod, statuses, phase);
  if (containers.status !== 'True') return { pod: containers, containers };
  const complaints: string[] = [];
  for (const { conditionType } of (pod['spec'].readinessGates ?? []) as { conditionType: string }[]) {
    const gate = present.find(({ type }) => type === conditionType);
    if (!gate) complaints.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (gate.status !== 'True')
      complaints.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`);
  }
  if (complaints.length === 0) return { pod: containers, containers };
  return {
    pod: { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: complaints.join(', ') },
    containers,
  };
}

function containersReady(pod: KubeObject, statuses: Statuses, phase: string): DraftCondition {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const { initContainers = [], containers } = pod['spec'] as { initContainers?: Container[]; containers: Container[] };
  const unready: string[] = [];
  const look = ({ name }: Container) => {
    const named = (status: ContainerStatus) => status.name === name;
    const { initContainerStatuses, containerStatuses } = statuses;
    const status = firstWhere(initContainerStatuses, named) ?? firstWhere(containerStatuses, named);
    if (!status?.ready) unready.push(name);
  };
  for (const container of initContainers) if (isSidecar(container)) look(container);
  for (const container of containers) look(container);
  if (unready.length === 0) return { type, status: 'True' };
  const message = `containers with unready status: [${unready.join(' ')}]`;
  return { type, status: 'False', reason: 'ContainersNotReady', message };
}

function initializedCondition(pod: KubeObject, statuses: Statuses, phase: string): DraftCondition {
  const type = 'Initialized';
  if (phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  const begun = statuses.containerStatuses.some(hasBegun);
  if (begun) return { type, status: 'True' };
  const incomplete = ((pod['spec'].initContainers ?? []) as Container[])
    .filter((container) => {
      const status = statuses.initContainerStatuses.find(({ name }) => name === container.name);
      return isSidecar(container) ? !status?.started : status?.state.terminated?.exitCode !== 0;
    })
    .map(({ name }) => name);
  if (incomplete.length === 0) return { type, status: 'True' };
  const message = `containers with incomplete status: [${incomplete.join(' ')}]`;
  return { type, status: 'False', reason: 'ContainersNotInitialized', message };
}
