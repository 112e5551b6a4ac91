/** The phase and conditions that follow from the containers' statuses (kubernetes `pkg/kubelet/kubelet_pods.go`, `status/generate.go`). */
import { sameItems } from '../../apimachinery/first-where';
import type { KubeObject } from '../../apimachinery/meta';
import { remembered } from '../../apimachinery/remembered';
import { sharedPart } from '../../apimachinery/shared-part';
import { formatTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { conditionNamed, type PodCondition } from '../controllers/pod-state';
import {
  type Container,
  type ContainerStatus,
  hasBegun,
  isSidecar,
  isTakenAlong,
  NO_CONTAINERS,
  type PodContainers,
  shouldRestart,
  statusNamed,
  type Terminated,
} from './container';
import { IN_PROGRESS, PENDING } from './resize';

export interface Statuses {
  initContainerStatuses: readonly ContainerStatus[];
  containerStatuses: readonly ContainerStatus[];
}

export function isTerminal(phase: string): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** getPhase. `ended`: the pod's containers won't be started again, whatever its restart policy says. */
export function podPhase(pod: KubeObject, statuses: Statuses, ended: boolean): string {
  const { initContainers = NO_CONTAINERS, containers } = pod['spec'] as PodContainers;
  const restartPolicy: string = pod['spec'].restartPolicy ?? 'Always';
  let [pendingInit, pendingSidecars] = [0, 0];
  let [waiting, running, stopped, forGood, succeeded, unknown] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < initContainers.length; i++) {
    const container = initContainers[i] as Container;
    const status = statusNamed(statuses.initContainerStatuses, container.name);
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
  for (let i = 0; i < containers.length; i++) {
    const container = containers[i] as Container;
    const status = statusNamed(statuses.containerStatuses, container.name);
    const end = status?.state.terminated ?? (status?.state.waiting ? status.lastState.terminated : undefined);
    if (!status) unknown++;
    else if (status.state.running) running++;
    else if (end) {
      stopped++;
      if (!mayRestart(container, restartPolicy, end)) forGood++;
      if (status.state.terminated?.exitCode === 0) succeeded++;
    } else waiting++;
  }
  if (pendingInit > 0 || waiting > 0) return 'Pending';
  if (pendingSidecars > 0 && !statuses.containerStatuses.some(hasBegun)) return 'Pending';
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

/** What a condition says, without its type and its times. */
interface Verdict {
  readonly status: string;
  readonly reason: string | undefined;
  readonly message: string | undefined;
}

/** A condition without its times. */
export interface DraftCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

/**
 * The kubelet's own conditions, in upstream's order; those of others (readiness gates, DisruptionTarget) stay. Each that says what it
 * said is the very same as before, and where all do so is their list.
 */
export function podConditions(
  pod: KubeObject,
  statuses: Statuses,
  phase: string,
  sandboxReady: boolean,
  now: Instant,
  /** What else the kubelet has to say. */
  more: readonly DraftCondition[] = NO_DRAFTS,
): readonly PodCondition[] {
  const present: readonly PodCondition[] = pod['status']?.conditions ?? NO_CONDITIONS;
  const containers = containersReady(pod, statuses, phase);
  const verdicts: Verdicts = {
    sandbox: sandboxReady ? TRUE : FALSE,
    initialized: initializedVerdict(pod, statuses, phase),
    ready: containers.status === 'True' ? gatesReady(pod, present) : containers,
    containers,
  };
  const { generation } = pod.metadata;
  if (more.length > 0) return conditionsOf(present, verdicts, more, generation, now);
  if (
    latest === undefined ||
    latest.present !== present ||
    latest.now !== now ||
    latest.generation !== generation ||
    !isSame(latest.verdicts, verdicts)
  ) {
    latest = { present, verdicts, generation, now, conditions: conditionsOf(present, verdicts, more, generation, now) };
    return latest.conditions;
  }
  return latest.conditions === present ? present : sharedPart(latest.conditions);
}

interface Verdicts {
  sandbox: Verdict;
  initialized: Verdict;
  ready: Verdict;
  containers: Verdict;
}

function isSame(a: Verdicts, b: Verdicts): boolean {
  return (
    a.ready === b.ready && a.containers === b.containers && a.initialized === b.initialized && a.sandbox === b.sandbox
  );
}

/** What was told last: pods that came to be alike at one moment are looked at one after another, and share what is told of them. */
let latest:
  | {
      present: readonly PodCondition[];
      verdicts: Verdicts;
      generation: number | undefined;
      now: Instant;
      conditions: readonly PodCondition[];
    }
  | undefined;

function conditionsOf(
  present: readonly PodCondition[],
  { sandbox, initialized, ready, containers }: Verdicts,
  more: readonly DraftCondition[],
  generation: number | undefined,
  now: Instant,
): readonly PodCondition[] {
  const told = [
    conditionOf('PodReadyToStartContainers', sandbox, present, generation, now),
    conditionOf('Initialized', initialized, present, generation, now),
    conditionOf('Ready', ready, present, generation, now),
    conditionOf('ContainersReady', containers, present, generation, now),
    conditionOf('PodScheduled', TRUE, present, generation, now),
  ];
  for (const { type, status, reason, message } of more)
    told.push(conditionOf(type, { status, reason, message }, present, generation, now));
  const own = told.length;
  for (let i = 0; i < present.length; i++) {
    const condition = present[i] as PodCondition;
    if (condition !== told[i] && isOfOthers(condition.type, told, own)) told.push(condition);
  }
  return sameItems(told, present) ? present : told;
}

const NO_CONDITIONS: readonly PodCondition[] = Object.freeze([]);
const NO_DRAFTS: readonly DraftCondition[] = Object.freeze([]);

/** Is it none of the first `own` that are told, and none of the kubelet's that does not hold any more? */
function isOfOthers(type: string, told: readonly PodCondition[], own: number): boolean {
  for (let i = 0; i < own; i++) if (told[i]?.type === type) return false;
  return !PASSING.includes(type);
}

function conditionOf(
  type: string,
  { status, reason, message }: Verdict,
  present: readonly PodCondition[],
  generation: number | undefined,
  now: Instant,
): PodCondition {
  const before: ObservedCondition | undefined = conditionNamed(present, type);
  const since = before?.status === status && before.lastTransitionTime ? before.lastTransitionTime : undefined;
  if (
    since !== undefined &&
    before?.reason === (reason || undefined) &&
    before?.message === (message || undefined) &&
    before?.observedGeneration === (generation || undefined) &&
    before?.lastProbeTime === null
  )
    return before;
  const lastTransitionTime = since ?? formatTime(now);
  const condition: ObservedCondition = generation
    ? { type, observedGeneration: generation, status, lastProbeTime: null, lastTransitionTime }
    : { type, status, lastProbeTime: null, lastTransitionTime };
  if (reason) condition.reason = reason;
  if (message) condition.message = message;
  return condition;
}

type ObservedCondition = PodCondition & { observedGeneration?: number };

const TRUE: Verdict = verdict('True');
const FALSE: Verdict = verdict('False');
const COMPLETED: Verdict = verdict('True', 'PodCompleted');
const SUCCEEDED: Verdict = verdict('False', 'PodCompleted');
const FAILED: Verdict = verdict('False', 'PodFailed');

function verdict(status: string, reason?: string, message?: string): Verdict {
  return { status, reason, message };
}

/** Are its readiness gates True as well? */
function gatesReady(pod: KubeObject, present: readonly PodCondition[]): Verdict {
  const gates: readonly { conditionType: string }[] | undefined = pod['spec'].readinessGates;
  if (!gates) return TRUE;
  const complaints: string[] = [];
  for (const { conditionType } of gates) {
    const gate = present.find(({ type }) => type === conditionType);
    if (!gate) complaints.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (gate.status !== 'True')
      complaints.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`);
  }
  return complaints.length === 0 ? TRUE : verdict('False', 'ReadinessGatesNotReady', complaints.join(', '));
}

function containersReady(pod: KubeObject, statuses: Statuses, phase: string): Verdict {
  if (phase === 'Succeeded') return SUCCEEDED;
  if (phase === 'Failed') return FAILED;
  const { initContainers, containers } = pod['spec'] as PodContainers;
  let unready = '';
  if (initContainers)
    for (const container of initContainers)
      if (isSidecar(container) && !isReady(statuses, container.name)) unready = listed(unready, container.name);
  for (let i = 0; i < containers.length; i++) {
    const { name } = containers[i] as Container;
    if (!isReady(statuses, name)) unready = listed(unready, name);
  }
  return unready === '' ? TRUE : withUnready(unready);
}

function isReady({ initContainerStatuses, containerStatuses }: Statuses, name: string): boolean {
  return (statusNamed(initContainerStatuses, name) ?? statusNamed(containerStatuses, name))?.ready ?? false;
}

function listed(names: string, name: string): string {
  return names === '' ? name : `${names} ${name}`;
}

/** One for all pods whose containers are named alike. */
const withUnready = remembered(1000, (names) =>
  verdict('False', 'ContainersNotReady', `containers with unready status: [${names}]`),
);

function initializedVerdict(pod: KubeObject, statuses: Statuses, phase: string): Verdict {
  if (phase === 'Succeeded') return COMPLETED;
  const { initContainers } = pod['spec'] as PodContainers;
  if (!initContainers || statuses.containerStatuses.some(hasBegun)) return TRUE;
  const incomplete = initContainers
    .filter((container) => {
      const status = statusNamed(statuses.initContainerStatuses, container.name);
      return isSidecar(container) ? !status?.started : status?.state.terminated?.exitCode !== 0;
    })
    .map(({ name }) => name);
  if (incomplete.length === 0) return TRUE;
  return verdict('False', 'ContainersNotInitialized', `containers with incomplete status: [${incomplete.join(' ')}]`);
}
