/**
 * Where the containers of a pod stand at an instant: init containers one after another, sidecars before what follows them,
 * then the others, restarted after a back-off when they end (kubernetes `pkg/kubelet/kuberuntime`). Everything is worked out
 * from the statuses that were written before, so a new process goes on where the last one stopped.
 */
import type { KubeObject } from '../../apimachinery/meta';
import { formatTime, parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { behaviourOf } from './behaviour';
import {
  type Container,
  type ContainerStatus,
  isSidecar,
  type Probe,
  type Running,
  shouldRestart,
  type Terminated,
} from './container';

/** Back-off between restarts: 10 s doubled up to 5 min (kubelet.go backOffPeriod, MaxCrashLoopBackOff). */
const FIRST_BACK_OFF = 10_000;
const MAX_BACK_OFF = 300_000;
/** A container that ran longer than this starts afresh (client-go flowcontrol Backoff: twice the maximum). */
const BACK_OFF_RESET = 2 * MAX_BACK_OFF;
/** From a container's end to the kubelet's next look at the pod. */
const NEXT_LOOK = 1000;

/** What the node does for a pod, and how long that takes. */
export interface NodeServices {
  now: Instant;
  /** Milliseconds until the image is there, from the moment it is asked for; 0 when it is there already. */
  pullTime(container: Container): number;
  /** Milliseconds from a pulled image to a started container. */
  startTime: number;
  containerID(): string;
  imageID(image: string): string;
  say(type: 'Normal' | 'Warning', reason: string, message: string, container: Container, list: ContainerList): void;
}

/** Which list of the pod's spec a container stands in. */
export type ContainerList = 'initContainers' | 'containers' | 'ephemeralContainers';

export interface Progress {
  initContainerStatuses: ContainerStatus[];
  containerStatuses: ContainerStatus[];
  /** Of those that were put into it while it ran. */
  ephemeralContainerStatuses: ContainerStatus[];
  /** All init containers are done, all sidecars started. */
  initialized: boolean;
  /** When something will change by itself. */
  next?: Instant;
}

/** The statuses of all containers now. `begin`: when the pod was ready to start containers. */
export function advanceContainers(pod: KubeObject, begin: Instant, node: NodeServices): Progress {
  const {
    initContainers = [],
    containers,
    ephemeralContainers = [],
  } = pod['spec'] as {
    initContainers?: Container[];
    containers: Container[];
    ephemeralContainers?: Container[];
  };
  const walk = new Walk(pod, node);
  let cursor: Instant | undefined = begin;
  const initContainerStatuses = initContainers.map((container) => {
    const before = walk.statusBefore(container, 'initContainers');
    // What stands behind a container that is not done yet has not begun; if it once had, it stays as it is.
    if (cursor === undefined) return before;
    const status = walk.advance(container, before, cursor, !isSidecar(container));
    cursor = isSidecar(container) ? startedAt(status) : completedAt(status);
    return status;
  });
  const initialized = cursor !== undefined;
  const containerStatuses = containers.map((container) => {
    const before = walk.statusBefore(container, 'containers', initContainers.length > 0);
    if (!initialized || (cursor === undefined && !hasBegun(before))) return before;
    const status = walk.advance(container, before, cursor ?? begin, false);
    cursor = hasBegun(status) ? (startedAt(status) ?? cursor ?? begin) : undefined;
    return status;
  });
  // They wait for nobody, and nobody waits for them.
  const ephemeralContainerStatuses = ephemeralContainers.map((container) => walk.advanceEphemeral(container));
  return {
    initContainerStatuses,
    containerStatuses,
    ephemeralContainerStatuses,
    initialized,
    ...(walk.next === undefined ? {} : { next: walk.next }),
  };
}

/** Where the statuses of each list stand. */
export const STATUSES = {
  initContainers: 'initContainerStatuses',
  containers: 'containerStatuses',
  ephemeralContainers: 'ephemeralContainerStatuses',
} as const;

function hasBegun(status: ContainerStatus): boolean {
  return !status.state.waiting || status.lastState.terminated !== undefined;
}

/** When a sidecar let the next container begin: started, and past its startup probe. */
function startedAt({ state, started }: ContainerStatus): Instant | undefined {
  return state.running && started ? parseTime(state.running.startedAt) : undefined;
}

function completedAt({ state }: ContainerStatus): Instant | undefined {
  return state.terminated?.exitCode === 0 ? parseTime(state.terminated.finishedAt) : undefined;
}

class Walk {
  next: Instant | undefined;
  private readonly restartPolicy: string;

  constructor(
    private readonly pod: KubeObject,
    private readonly node: NodeServices,
  ) {
    this.restartPolicy = pod['spec'].restartPolicy ?? 'Always';
  }

  /** The status that was written last, or that of a container which has not begun. */
  statusBefore(container: Container, list: ContainerList, hasInitContainers = true): ContainerStatus {
    const written: ContainerStatus[] | undefined = this.pod['status']?.[STATUSES[list]];
    const before = written?.find((status) => status.name === container.name);
    if (before) return before;
    return {
      name: container.name,
      image: container.image,
      imageID: '',
      lastState: {},
      ready: false,
      restartCount: 0,
      started: false,
      state: { waiting: { reason: hasInitContainers ? 'PodInitializing' : 'ContainerCreating' } },
      ...mountsOf(container),
    };
  }

  /** An ephemeral container has no probes, is never ready, and is never started again. */
  advanceEphemeral(container: Container): ContainerStatus {
    const before = this.statusBefore(container, 'ephemeralContainers', false);
    if (before.state.terminated) return before;
    const { started: _, ...status } = this.advance(
      { ...container, restartPolicy: 'Never' },
      before,
      this.askedForEphemeral(container),
      false,
    );
    return { ...status, ready: false };
  }

  /** When ephemeral containers were last put into the pod. Nobody but their field manager has kept it. */
  private askedForEphemeral(container: Container): Instant {
    const times = (this.pod.metadata.managedFields ?? [])
      .filter(({ subresource }) => subresource === 'ephemeralcontainers')
      .map(({ time }) => parseTime(time ?? '') ?? 0);
    const { now, startTime } = this.node;
    return times.length > 0 ? Math.max(...times) : now - this.node.pullTime(container) - startTime;
  }

  private listOf(container: Container, toCompletion: boolean): ContainerList {
    const ephemeral: Container[] = this.pod['spec'].ephemeralContainers ?? [];
    if (ephemeral.some(({ name }) => name === container.name)) return 'ephemeralContainers';
    return toCompletion || isSidecar(container) ? 'initContainers' : 'containers';
  }

  /** Brings one container from its last status to now. `toCompletion`: it is there to end. */
  advance(container: Container, before: ContainerStatus, begin: Instant, toCompletion: boolean): ContainerStatus {
    const { running, terminated } = before.state;
    if (running) return this.goOn(container, before, running, toCompletion);
    const ended = terminated ?? before.lastState.terminated;
    if (ended) return this.afterEnd(container, before, ended, toCompletion);
    return this.start(container, before, begin, toCompletion);
  }

  private start(container: Container, before: ContainerStatus, begin: Instant, toCompletion: boolean): ContainerStatus {
    const { node } = this;
    const list = this.listOf(container, toCompletion);
    const pull = node.pullTime(container);
    const readyToRun = begin + pull + node.startTime;
    if (node.now < readyToRun) {
      this.wakeAt(readyToRun);
      if (pull > 0) node.say('Normal', 'Pulling', `Pulling image "${container.image}"`, container, list);
      return before;
    }
    this.sayStarted(container, pull, list);
    const status: ContainerStatus = {
      ...before,
      imageID: node.imageID(container.image),
      containerID: node.containerID(),
      state: { running: { startedAt: formatTime(node.now) } },
      ...resourcesOf(container),
    };
    if (before.state.terminated) {
      status.lastState = { terminated: before.state.terminated };
    }
    if (status.lastState.terminated) status.restartCount = before.restartCount + 1;
    return this.goOn(container, status, status.state.running as Running, toCompletion);
  }

  private sayStarted(container: Container, pull: number, list: ContainerList): void {
    const { node } = this;
    const { image } = container;
    if (pull > 0) {
      const took = `${pull / 1000}s`;
      const size = imageSize(image);
      const message = `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${size} bytes.`;
      node.say('Normal', 'Pulled', message, container, list);
    } else {
      const message = `Container image "${image}" already present on machine and can be accessed by the pod`;
      node.say('Normal', 'Pulled', message, container, list);
    }
    node.say('Normal', 'Created', 'Container created', container, list);
    node.say('Normal', 'Started', 'Container started', container, list);
  }

  private goOn(
    container: Container,
    status: ContainerStatus,
    { startedAt }: Running,
    toCompletion: boolean,
  ): ContainerStatus {
    const { now } = this.node;
    const since = parseTime(startedAt) ?? now;
    const { runFor, exitCode } = behaviourOf(this.pod, container, toCompletion);
    if (runFor !== undefined && since + runFor <= now)
      return this.end(container, status, startedAt, exitCode, toCompletion);
    if (runFor !== undefined) this.wakeAt(since + runFor);
    const passedStartup = this.passes(container.startupProbe, since);
    const passedReadiness = passedStartup && this.passes(container.readinessProbe, since, container.startupProbe);
    if (passedStartup === (status.started ?? false) && passedReadiness === status.ready) return status;
    // A container that is there to end is ready when it has ended well.
    return { ...status, started: passedStartup, ready: toCompletion ? false : passedReadiness };
  }

  /** Has a probe succeeded often enough by now? It first looks after its initial delay, and once the startup probe is through. */
  private passes(probe: Probe | undefined, since: Instant, startup?: Probe): boolean {
    if (!probe) return true;
    const at = Math.max(since + seconds(probe.initialDelaySeconds, 0), startup ? successAt(startup, since) : since);
    const passed = at + ((probe.successThreshold ?? 1) - 1) * seconds(probe.periodSeconds, 10);
    if (passed <= this.node.now) return true;
    this.wakeAt(passed);
    return false;
  }

  private end(
    container: Container,
    status: ContainerStatus,
    startedAt: string,
    exitCode: number,
    toCompletion: boolean,
  ): ContainerStatus {
    const { now } = this.node;
    const terminated: Terminated = {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      startedAt,
      finishedAt: formatTime(now),
      containerID: status.containerID ?? '',
    };
    if (this.restarts(container, exitCode, toCompletion)) this.wakeAt(now + NEXT_LOOK);
    return { ...status, started: false, ready: toCompletion && exitCode === 0, state: { terminated } };
  }

  private restarts(container: Container, exitCode: number, toCompletion: boolean): boolean {
    if (!toCompletion) return shouldRestart(container, this.restartPolicy, exitCode);
    // An init container is only run again when it failed, whatever the pod's policy but Never.
    return exitCode !== 0 && shouldRestart(container, this.restartPolicy, exitCode);
  }

  /** It ended before now: stays so, waits out its back-off, or starts again. */
  private afterEnd(
    container: Container,
    before: ContainerStatus,
    ended: Terminated,
    toCompletion: boolean,
  ): ContainerStatus {
    if (!this.restarts(container, ended.exitCode, toCompletion)) return before;
    const { node } = this;
    const finished = parseTime(ended.finishedAt) ?? node.now;
    // The end is seen first, by itself.
    if (before.state.terminated && node.now < finished + NEXT_LOOK) {
      this.wakeAt(finished + NEXT_LOOK);
      return before;
    }
    const delay = backOff(before.restartCount, finished - (parseTime(ended.startedAt) ?? finished));
    if (node.now < finished + delay) {
      this.wakeAt(finished + delay);
      return this.waitOut(container, before, ended, delay, toCompletion);
    }
    return this.start(container, before, Math.max(finished + delay, finished + NEXT_LOOK), toCompletion);
  }

  private waitOut(
    container: Container,
    before: ContainerStatus,
    ended: Terminated,
    delay: number,
    toCompletion: boolean,
  ): ContainerStatus {
    if (before.state.waiting?.reason === 'CrashLoopBackOff') return before;
    const { name, namespace, uid } = this.pod.metadata;
    const what = `restarting failed container=${container.name} pod=${name}_${namespace}(${uid})`;
    const list = this.listOf(container, toCompletion);
    const event = `Back-off restarting failed container ${container.name} in pod ${name}_${namespace}(${uid})`;
    this.node.say('Warning', 'BackOff', event, container, list);
    const message = `back-off ${backOffText(delay)} ${what}`;
    return { ...before, state: { waiting: { reason: 'CrashLoopBackOff', message } }, lastState: { terminated: ended } };
  }

  private wakeAt(at: Instant): void {
    if (at > this.node.now && (this.next === undefined || at < this.next)) this.next = at;
  }
}

function seconds(value: number | undefined, fallback: number): number {
  return (value ?? fallback) * 1000;
}

function successAt(probe: Probe, since: Instant): Instant {
  const more = (probe.successThreshold ?? 1) - 1;
  return since + seconds(probe.initialDelaySeconds, 0) + more * seconds(probe.periodSeconds, 10);
}

/** How long after its end a container that was restarted so often is started again; the first time at once. */
export function backOff(restartCount: number, ranFor: number): number {
  if (restartCount === 0 || ranFor > BACK_OFF_RESET) return 0;
  return Math.min(FIRST_BACK_OFF * 2 ** (restartCount - 1), MAX_BACK_OFF);
}

function backOffText(delay: number): string {
  const total = delay / 1000;
  const minutes = Math.floor(total / 60);
  return minutes > 0 ? `${minutes}m${total % 60}s` : `${total}s`;
}

/** A size for an image, the same each time: a simulated registry has to say something. */
function imageSize(image: string): number {
  let sum = 17;
  for (let i = 0; i < image.length; i++) sum = (sum * 31 + image.charCodeAt(i)) % 90_000_019;
  return 10_000_000 + sum;
}

function mountsOf({ volumeMounts }: Container): Pick<ContainerStatus, 'volumeMounts'> {
  if (!volumeMounts?.length) return {};
  return {
    volumeMounts: volumeMounts.map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly ? { readOnly, recursiveReadOnly: 'Disabled' } : {}),
    })),
  };
}

/** What the container was given, as status tells it since resources can change in place. */
function resourcesOf({ resources }: Container): Pick<ContainerStatus, 'resources' | 'allocatedResources'> {
  if (!resources || (!resources.requests && !resources.limits)) return {};
  return { resources, ...(resources.requests ? { allocatedResources: resources.requests } : {}) };
}
