/**
 * Where the containers of a pod stand at an instant: init containers one after another, sidecars before what follows them,
 * then the others, restarted after a back-off when they end (kubernetes `pkg/kubelet/kuberuntime`). Everything is worked out
 * from the statuses that were written before, so a new process goes on where the last one stopped.
 */
import { firstWhere } from '../../apimachinery/first-where';
import type { KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { type Agenda, NEXT_LOOK } from './agenda';
import {
  type Container,
  type ContainerList,
  type ContainerStatus,
  hasBegun,
  isSidecar,
  STATUSES,
  shouldRestart,
} from './container';
import { ContainerTurn } from './container-turn';
import type { NodeServices } from './node-services';
import { isTerminal, podPhase } from './pod-status';
import { gracePeriod, stopped } from './stopping';

export interface Progress {
  initContainerStatuses: ContainerStatus[];
  containerStatuses: ContainerStatus[];
  /** Of those that were put into it while it ran. */
  ephemeralContainerStatuses: ContainerStatus[];
  /** All init containers are done, all sidecars started. */
  initialized: boolean;
}

/** The statuses of all containers now. `begin`: when the pod was ready to start containers. */
export function advanceContainers(pod: KubeObject, begin: Instant, node: NodeServices, agenda: Agenda): Progress {
  const { initContainers = [], containers, ephemeralContainers = [] } = pod['spec'] as PodContainers;
  const turnOf = (container: Container, list: ContainerList) =>
    new ContainerTurn(pod, { container, list }, node, agenda);
  const done = allDone(pod, containers);
  let cursor: Instant | undefined = begin;
  const begun = initContainers.map((container) => hasBegun(statusBefore(pod, container, 'initContainers')));
  const last = begun.lastIndexOf(true);
  const initContainerStatuses = initContainers.map((container, i) => {
    const before = statusBefore(pod, container, 'initContainers');
    if (done !== undefined && isSidecar(container))
      return stopSidecar(pod, initContainers.slice(i), before, done + NEXT_LOOK, node, agenda);
    // What stands behind a container that is not done yet has not begun; a sidecar that is started again holds up nobody who has.
    if (cursor === undefined || (i < last && !isSidecar(container))) return before;
    const status = turnOf(container, 'initContainers').advance(before, cursor);
    if (i >= last) cursor = isSidecar(container) ? startedAt(status) : completedAt(status);
    return status;
  });
  const hadBegun = containers.some((container) => hasBegun(statusBefore(pod, container, 'containers')));
  // A sidecar that is started again takes nothing back.
  const initialized = cursor !== undefined || hadBegun;
  if (hadBegun) cursor ??= begin;
  const containerStatuses = containers.map((container) => {
    const before = statusBefore(pod, container, 'containers', initContainers.length > 0);
    if (!initialized || (cursor === undefined && !hasBegun(before))) return before;
    const turn = turnOf(container, 'containers');
    const from = cursor ?? begin;
    const status = turn.advance(before, from);
    // One that can't be started does not keep the others.
    cursor = hasBegun(status) ? (startedAt(status) ?? from) : turn.gaveUpAt(status, from);
    return status;
  });
  // They wait for nobody, and nobody waits for them.
  const ephemeralContainerStatuses = ephemeralContainers.map((container) =>
    turnOf(container, 'ephemeralContainers').advanceEphemeral(
      statusBefore(pod, container, 'ephemeralContainers', false),
    ),
  );
  return { initContainerStatuses, containerStatuses, ephemeralContainerStatuses, initialized };
}

/** The same, where nothing can begin yet. */
export function idleContainers(pod: KubeObject): Progress {
  const { initContainers = [], containers } = pod['spec'] as PodContainers;
  const hasInit = initContainers.length > 0;
  return {
    initContainerStatuses: initContainers.map((container) => statusBefore(pod, container, 'initContainers')),
    containerStatuses: containers.map((container) => statusBefore(pod, container, 'containers', hasInit)),
    ephemeralContainerStatuses: [],
    initialized: false,
  };
}

/** Those that run, of any list. */
export function runningStatuses(progress: Partial<Progress>): ContainerStatus[] {
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = progress;
  return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses].filter(
    ({ state }) => state.running,
  );
}

/**
 * Since when it is known how the pod will have ended, though a container still runs that has no say in it: a sidecar, an ephemeral
 * one. These are then stopped (kubelet.go SyncPod, isTerminal).
 */
export function overSince(pod: KubeObject): Instant | undefined {
  const { initContainers, ephemeralContainers } = pod['spec'] as PodContainers;
  if (!initContainers && !ephemeralContainers) return undefined;
  const status: Partial<Progress> = pod['status'] ?? {};
  const { initContainerStatuses = [], containerStatuses = [] } = status;
  if (runningStatuses(status).length === 0) return undefined;
  if (!isTerminal(podPhase(pod, { initContainerStatuses, containerStatuses }, false))) return undefined;
  const sidecars = new Set((initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  let last = 0;
  for (const { name, state } of [...initContainerStatuses, ...containerStatuses])
    if (state.terminated && !sidecars.has(name)) last = Math.max(last, parseTime(state.terminated.finishedAt) ?? 0);
  return last;
}

interface PodContainers {
  initContainers?: Container[];
  containers: Container[];
  ephemeralContainers?: Container[];
}

/** The status that was written last, or that of a container which has not begun. */
function statusBefore(
  pod: KubeObject,
  container: Container,
  list: ContainerList,
  hasInitContainers = true,
): ContainerStatus {
  const written: ContainerStatus[] | undefined = pod['status']?.[STATUSES[list]];
  const before = firstWhere(written, (status) => status.name === container.name);
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

/** When a sidecar let the next container begin: started, and past its startup probe. */
function startedAt({ state, started }: ContainerStatus): Instant | undefined {
  return state.running && started ? parseTime(state.running.startedAt) : undefined;
}

function completedAt({ state }: ContainerStatus): Instant | undefined {
  return state.terminated?.exitCode === 0 ? parseTime(state.terminated.finishedAt) : undefined;
}

/** When the last of the main containers ended, if all have ended for good: the sidecars have nothing to stand by any more. */
function allDone(pod: KubeObject, containers: readonly Container[]): Instant | undefined {
  if (!pod['spec'].initContainers?.some(isSidecar)) return undefined;
  const restartPolicy = pod['spec'].restartPolicy ?? 'Always';
  let last: Instant | undefined;
  for (const container of containers) {
    const { terminated } = statusBefore(pod, container, 'containers').state;
    if (!terminated || shouldRestart(container, restartPolicy, terminated.exitCode)) return undefined;
    last = Math.max(last ?? 0, parseTime(terminated.finishedAt) ?? 0);
  }
  return last;
}

/** Sidecars end one after another, the last one first; `rest` are those from this one on. */
function stopSidecar(
  pod: KubeObject,
  rest: readonly Container[],
  before: ContainerStatus,
  asked: Instant,
  node: NodeServices,
  agenda: Agenda,
): ContainerStatus {
  const [own] = rest as [Container];
  if (!before.state.running) return before;
  let turn = asked;
  const endOf = (container: Container) => {
    const turnOf = new ContainerTurn(pod, { container, list: 'initContainers' }, node, agenda);
    return stopped(pod, container, turnOf.declared, asked, gracePeriod(pod), turn);
  };
  for (const container of rest.filter(isSidecar).slice(1).reverse()) {
    const { running, terminated } = statusBefore(pod, container, 'initContainers').state;
    if (running) turn = Math.max(turn, endOf(container).at);
    else if (terminated) turn = Math.max(turn, parseTime(terminated.finishedAt) ?? turn);
  }
  return new ContainerTurn(pod, { container: own, list: 'initContainers' }, node, agenda).stop(
    before,
    asked,
    endOf(own),
    `Stopping container ${own.name}`,
  );
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
