/**
 * Resources of running containers that change in place (kubernetes `pkg/kubelet/allocation/allocation_manager.go`): asked for in
 * the spec, allocated by the kubelet where the node has room, and then given to the container, which may have to start anew.
 */
import { deepEqual, type Json, jsonOf } from '../../apimachinery/json';
import { stringifyGo } from '../../apimachinery/json-text';
import type { KubeObject } from '../../apimachinery/meta';
import { amountsOf, podRequests, type ResourceAmounts } from '../../apimachinery/pod-requests';
import { formatTime } from '../../apimachinery/time';
import type { IndexedCache } from '../controller';
import { isPodTerminal, podCondition } from '../controllers/pod-state';
import { keyOf } from '../resource-names';
import type { Agenda } from './agenda';
import {
  allContainers,
  type Container,
  type ContainerStatus,
  isSidecar,
  type Placed,
  type PodContainers,
  type ResourceRequirements,
  STATUSES,
  statusNamed,
} from './container';
import { presentMessage } from './images';
import { judgedTogether } from './judged';
import type { Progress } from './lifecycle';
import type { NodeServices } from './node-services';
import type { DraftCondition } from './pod-status';

export const PENDING = 'PodResizePending';
export const IN_PROGRESS = 'PodResizeInProgress';
/** How often a resize for which there was no room is tried again, and from its allocation to the container. */
const RETRY_PERIOD = 180_000;
const ACTUATION = 1000;

export interface Resize {
  progress: Progress;
  /** What the pod as a whole has, where it asks for something as a whole. */
  pod?: PodResources | undefined;
  conditions: readonly DraftCondition[];
  event?: { type: 'Normal' | 'Warning'; reason: string; message: string };
}

export interface PodResources {
  allocatedResources: Record<string, string>;
  resources: ResourceRequirements;
}

/** Brings what the pod and its containers have closer to what its spec says. */
export function resize(
  pod: KubeObject,
  node: KubeObject,
  progress: Progress,
  cache: IndexedCache,
  services: NodeServices,
  agenda: Agenda,
): Resize {
  const wanted = podResources(pod);
  const had: ResourceRequirements | undefined = pod['status']?.resources;
  const isPodChanged = wanted !== undefined && had !== undefined && !deepEqual(jsonOf(had), jsonOf(wanted.resources));
  if (!isPodChanged && !anyDiffers(pod, progress)) return { progress, pod: wanted, conditions: NO_CONDITIONS };
  const changed = resizable(pod).filter((placed) => differs(placed.container, statusIn(progress, placed)));
  const { generation } = pod.metadata;
  const inProgress = podCondition(pod, IN_PROGRESS) as { observedGeneration?: number } | undefined;
  if (inProgress && inProgress.observedGeneration === generation) {
    const concerned = isPodChanged
      ? resizable(pod).filter((placed) => statusIn(progress, placed)?.state.running)
      : changed;
    const bounds = (resource: string) => isPodChanged && had.limits?.[resource] !== wanted.resources.limits?.[resource];
    const actuated = replaced(progress, concerned, (status, placed) => actuate(status, placed, services, bounds));
    const event = {
      type: 'Normal',
      reason: 'ResizeCompleted',
      message: `Pod resize completed: ${summary(pod)}`,
    } as const;
    return { progress: actuated, pod: wanted, conditions: NO_CONDITIONS, event };
  }
  const refusal = refusalOf(pod, node, cache);
  if (refusal) {
    agenda.lookAt(services.now + RETRY_PERIOD);
    const { reason, message } = refusal;
    const before = podCondition(pod, PENDING);
    const isNews = before?.reason !== reason || before.message !== message;
    const conditions: DraftCondition[] = [{ type: PENDING, status: 'True', reason, message }];
    if (!isNews) return { progress, conditions };
    const text = `Pod resize ${reason}: ${summary(pod, message)}`;
    return { progress, conditions, event: { type: 'Warning', reason: `Resize${reason}`, message: text } };
  }
  agenda.wakeAt(services.now + ACTUATION);
  const allocated = replaced(progress, changed, (status, { container }) => {
    const requests = container.resources?.requests;
    return requests ? { ...status, allocatedResources: requests } : status;
  });
  return {
    progress: allocated,
    ...(wanted && had ? { pod: { ...wanted, resources: had } } : {}),
    conditions: [{ type: IN_PROGRESS, status: 'True' }],
    event: { type: 'Normal', reason: 'ResizeStarted', message: `Pod resize started: ${summary(pod)}` },
  };
}

const NO_CONDITIONS: readonly DraftCondition[] = [];

/** convertToAPIPodLevelResourcesStatus (`pkg/kubelet/kubelet_pods.go`). */
function podResources({ spec }: KubeObject): PodResources | undefined {
  if (!spec.resources) return undefined;
  const resources = plain(spec.resources);
  return { resources, allocatedResources: resources.requests ?? {} };
}

/** Waits its resize for room? */
export function isDeferred(pod: KubeObject): boolean {
  return podCondition(pod, PENDING)?.reason === 'Deferred';
}

function resizable(pod: KubeObject): Placed[] {
  return allContainers(pod).filter(
    ({ container, list }) => list === 'containers' || (list === 'initContainers' && isSidecar(container)),
  );
}

function statusIn(progress: Progress, { container, list }: Placed): ContainerStatus | undefined {
  return statusNamed(progress[STATUSES[list]], container.name);
}

/** Does any of them run with something else than it should? Of nearly all pods none does, and no list of them is made. */
function anyDiffers({ spec }: KubeObject, { containerStatuses, initContainerStatuses }: Progress): boolean {
  const { initContainers, containers } = spec as PodContainers;
  for (let i = 0; i < containers.length; i++) {
    const container = containers[i] as Container;
    if (differs(container, statusNamed(containerStatuses, container.name))) return true;
  }
  return (
    initContainers?.some((one) => isSidecar(one) && differs(one, statusNamed(initContainerStatuses, one.name))) ?? false
  );
}

/** It runs with something else than it should. One that does not run gets it when it starts. */
function differs(container: Container, status: ContainerStatus | undefined): boolean {
  if (!status?.state.running) return false;
  const { resources: has = NOTHING } = status;
  const { resources: wanted = NOTHING } = container;
  return has !== wanted && !(deepEqual(has.requests, wanted.requests) && deepEqual(has.limits, wanted.limits));
}

const NOTHING: ResourceRequirements = Object.freeze({});

function plain({ requests, limits }: ResourceRequirements = {}): ResourceRequirements {
  return { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) };
}

function replaced(
  progress: Progress,
  changed: readonly Placed[],
  change: (status: ContainerStatus, placed: Placed) => ContainerStatus,
): Progress {
  const result = { ...progress };
  for (const placed of changed) {
    const field = STATUSES[placed.list];
    result[field] = result[field].map((status) =>
      status.name === placed.container.name ? change(status, placed) : status,
    );
  }
  return result;
}

/**
 * Gives the container what it is to have; one that can't take it while it runs is started anew. `bounds`: of which resources the limit of
 * the pod has changed, for that is the limit of containers that have none of their own.
 */
function actuate(
  status: ContainerStatus,
  placed: Placed,
  services: NodeServices,
  bounds: (resource: string) => boolean,
): ContainerStatus {
  const { container } = placed;
  const resources = plain(container.resources);
  const given = { ...status, resources };
  if (!needsRestart(container, status.resources, bounds)) return given;
  const { name, image } = container;
  const now = formatTime(services.now);
  services.sayOf('Normal', 'Killing', `Container ${name} resize requires restart`, placed);
  services.sayOf('Normal', 'Pulled', presentMessage(image), placed);
  services.sayOf('Normal', 'Created', 'Container created', placed);
  services.sayOf('Normal', 'Started', 'Container started', placed);
  const terminated = {
    exitCode: 0,
    reason: 'Completed',
    startedAt: status.state.running?.startedAt ?? now,
    finishedAt: now,
    containerID: status.containerID ?? '',
  };
  return {
    ...given,
    containerID: services.containerID(container),
    restartCount: status.restartCount + 1,
    state: { running: { startedAt: now } },
    lastState: { terminated },
  };
}

function needsRestart(
  { resizePolicy = [], resources = {} }: Container,
  before: ResourceRequirements = {},
  bounds: (resource: string) => boolean = () => false,
): boolean {
  return resizePolicy.some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === 'RestartContainer' &&
      ((bounds(resourceName) && resources.limits?.[resourceName] === undefined) ||
        resources.requests?.[resourceName] !== before.requests?.[resourceName] ||
        resources.limits?.[resourceName] !== before.limits?.[resourceName]),
  );
}

interface Refusal {
  reason: string;
  message: string;
}

/** Why it can't be given: never on this node, or not now. */
function refusalOf(pod: KubeObject, node: KubeObject, cache: IndexedCache): Refusal | undefined {
  return refusalsOf(node, cache).get(pod.metadata.uid ?? '');
}

const refusalsOf = judgedTogether(judgeAll);

/** Looks at all that ask for something else than they have, and gives one after the other what there is (retryPendingResizes). */
function judgeAll(pods: readonly KubeObject[], node: KubeObject): Map<string, Refusal> {
  const capacity = amountsOf(node['status']?.allocatable ?? {});
  const refusals = new Map<string, Refusal>();
  const used = { milliCPU: 0, memory: 0 };
  const asking: { pod: KubeObject; wanted: ResourceAmounts; had: ResourceAmounts }[] = [];
  for (const pod of pods) {
    if (isPodTerminal(pod)) continue;
    const had = podRequests(allocatedSpec(pod));
    used.milliCPU += had.milliCPU;
    used.memory += had.memory;
    const wanted = podRequests(pod['spec']);
    if (wanted.milliCPU !== had.milliCPU || wanted.memory !== had.memory) asking.push({ pod, wanted, had });
  }
  const isMore = ({ wanted, had }: (typeof asking)[number]) =>
    wanted.milliCPU > had.milliCPU || wanted.memory > had.memory;
  asking.sort((a, b) => Number(isMore(a)) - Number(isMore(b)) || byMerit(a.pod, b.pod));
  for (const { pod, wanted, had } of asking) {
    const others = { milliCPU: used.milliCPU - had.milliCPU, memory: used.memory - had.memory };
    const refusal = refusalBy(wanted, others, capacity);
    if (refusal) refusals.set(pod.metadata.uid ?? '', refusal);
    else {
      used.milliCPU += wanted.milliCPU - had.milliCPU;
      used.memory += wanted.memory - had.memory;
    }
  }
  return refusals;
}

const QUALITIES = ['Guaranteed', 'Burstable', 'BestEffort'];

/** The more important, the better in quality, the longer deferred go first (sortPendingResizes). */
function byMerit(a: KubeObject, b: KubeObject): number {
  const byPriority = (b['spec'].priority ?? 0) - (a['spec'].priority ?? 0);
  if (byPriority !== 0) return byPriority;
  const quality = (pod: KubeObject) => QUALITIES.indexOf(pod['status']?.qosClass);
  if (quality(a) !== quality(b)) return quality(a) - quality(b);
  const since = (pod: KubeObject) => podCondition(pod, PENDING)?.lastTransitionTime ?? '~';
  if (since(a) !== since(b)) return since(a) < since(b) ? -1 : 1;
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

interface Room {
  milliCPU: number;
  memory: number;
}

/** canResizePod */
function refusalBy(wanted: Room, others: Room, capacity: Room): Refusal | undefined {
  if (wanted.memory > capacity.memory || wanted.milliCPU > capacity.milliCPU) {
    const what =
      wanted.memory > capacity.memory
        ? `memory, requested: ${wanted.memory}, capacity: ${capacity.memory}`
        : `cpu, requested: ${wanted.milliCPU}, capacity: ${capacity.milliCPU}`;
    return { reason: 'Infeasible', message: `Node didn't have enough capacity: ${what}` };
  }
  if (wanted.milliCPU + others.milliCPU > capacity.milliCPU)
    return deferred('cpu', wanted.milliCPU, others.milliCPU, capacity.milliCPU);
  if (wanted.memory + others.memory > capacity.memory)
    return deferred('memory', wanted.memory, others.memory, capacity.memory);
  return undefined;
}

function deferred(resource: string, requested: number, used: number, capacity: number): Refusal {
  const amounts = `requested: ${requested}, used: ${used}, capacity: ${capacity}`;
  return { reason: 'Deferred', message: `Node didn't have enough resource: ${resource}, ${amounts}` };
}

/** The spec with the requests that were allocated, where they differ. */
function allocatedSpec({ spec, status }: KubeObject): KubeObject['spec'] {
  const allocated = (containers: Container[] | undefined, statuses: ContainerStatus[] | undefined) =>
    containers?.map((container) => {
      const requests = statuses?.find(({ name }) => name === container.name)?.allocatedResources;
      return requests ? { ...container, resources: { ...container.resources, requests } } : container;
    });
  return {
    ...spec,
    containers: allocated(spec.containers, status?.containerStatuses),
    ...(spec.initContainers ? { initContainers: allocated(spec.initContainers, status?.initContainerStatuses) } : {}),
  };
}

/** `{"containers":[{"name":"web","resources":{…}}],"generation":2}` */
function summary(pod: KubeObject, error?: string): string {
  const of = (list: 'initContainers' | 'containers') =>
    resizable(pod)
      .filter((placed) => placed.list === list)
      .map(({ container: { name, resources } }) => ({ name, resources: plain(resources) }));
  const initContainers = of('initContainers');
  const text = (value: object) => stringifyGo(value as Json);
  const parts = [
    ...(initContainers.length > 0 ? [`"initContainers":${text(initContainers)}`] : []),
    `"containers":${text(of('containers'))}`,
    `"generation":${pod.metadata.generation ?? 0}`,
    ...(error ? [`"error":${JSON.stringify(error)}`] : []),
  ];
  return `{${parts.join(',')}}`;
}
