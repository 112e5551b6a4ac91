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
  NO_STATE,
  type PodContainers,
  STATUSES,
  shouldRestart,
  statusNamed,
  waitingWith,
} from './container';
import { ContainerTurn } from './container-turn';
import type { NodeServices } from './node-services';
import { isTerminal, podPhase } from './pod-status';
import { gracePeriod, stopped } from './stopping';

export interface Progress {
  initContainerStatuses: readonly ContainerStatus[];
  containerStatuses: readonly ContainerStatus[];
  /** Of those that were put into it while it ran. */
  ephemeralContainerStatuses: readonly ContainerStatus[];
  /** All init containers are done, all sidecars started. */
  initialized: boolean;
}

/** The statuses of all containers now. `begin`: when the pod was ready to start containers. */
export function advanceContainers(pod: KubeObject, begin: Instant, node: NodeServices, agenda: Agenda): Progress {
  const { initContainers, containers, ephemeralContainers } = pod['spec'] as PodContainers;
  const init = initContainers
    ? advanceInit(pod, initContainers, begin, node, agenda)
    : { statuses: NO_STATUSES, next: begin };
  let cursor = init.next;
  const written: readonly ContainerStatus[] | undefined = pod['status']?.containerStatuses;
  const hadBegun = firstWhere(written, hasBegun) !== undefined;
  // A sidecar that is started again takes nothing back.
  const initialized = cursor !== undefined || hadBegun;
  if (hadBegun) cursor ??= begin;
  const containerStatuses: ContainerStatus[] = [];
  for (let i = 0; i < containers.length; i++) {
    const container = containers[i] as Container;
    const before = statusNamed(written, container.name) ?? firstStatus(container, hasAny(initContainers));
    if (!initialized || (cursor === undefined && !hasBegun(before))) {
      containerStatuses.push(before);
      continue;
    }
    const turn = new ContainerTurn(pod, { container, list: 'containers' }, node, agenda);
    const from = cursor ?? begin;
    const status = turn.advance(before, from);
    containerStatuses.push(status);
    // One that can't be started does not keep the others.
    cursor = hasBegun(status) ? (startedAt(status) ?? from) : turn.gaveUpAt(status, from);
  }
  // They wait for nobody, and nobody waits for them.
  const ephemeralContainerStatuses =
    ephemeralContainers?.map((container) =>
      new ContainerTurn(pod, { container, list: 'ephemeralContainers' }, node, agenda).advanceEphemeral(
        statusBefore(pod, container, 'ephemeralContainers', false),
      ),
    ) ?? NO_STATUSES;
  return { initContainerStatuses: init.statuses, containerStatuses, ephemeralContainerStatuses, initialized };
}

const NO_STATUSES: readonly ContainerStatus[] = Object.freeze([]);

function hasAny(containers: readonly Container[] | undefined): boolean {
  return containers !== undefined && containers.length > 0;
}

/** Init containers one after another; `next`: when the others may begin, if they may. */
function advanceInit(
  pod: KubeObject,
  initContainers: readonly Container[],
  begin: Instant,
  node: NodeServices,
  agenda: Agenda,
): { statuses: readonly ContainerStatus[]; next: Instant | undefined } {
  const done = allDone(pod, pod['spec'].containers);
  let cursor: Instant | undefined = begin;
  const begun = initContainers.map((container) => hasBegun(statusBefore(pod, container, 'initContainers')));
  const last = begun.lastIndexOf(true);
  const statuses = initContainers.map((container, i) => {
    const before = statusBefore(pod, container, 'initContainers');
    if (done !== undefined && isSidecar(container))
      return stopSidecar(pod, initContainers.slice(i), before, done + NEXT_LOOK, node, agenda);
    // What stands behind a container that is not done yet has not begun; a sidecar that is started again holds up nobody who has.
    if (cursor === undefined || (i < last && !isSidecar(container))) return before;
    const turn = new ContainerTurn(pod, { container, list: 'initContainers' }, node, agenda);
    const status = turn.advance(before, cursor);
    if (i >= last) cursor = isSidecar(container) ? startedAt(status) : completedAt(status);
    return status;
  });
  return { statuses, next: cursor };
}

/** The same, where nothing can begin yet. */
export function idleContainers(pod: KubeObject): Progress {
  const { initContainers, containers } = pod['spec'] as PodContainers;
  const hasInit = hasAny(initContainers);
  return {
    initContainerStatuses:
      initContainers?.map((container) => statusBefore(pod, container, 'initContainers')) ?? NO_STATUSES,
    containerStatuses: containers.map((container) => statusBefore(pod, container, 'containers', hasInit)),
    ephemeralContainerStatuses: NO_STATUSES,
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

/** The status that was written last, or that of a container which has not begun. */
function statusBefore(
  pod: KubeObject,
  container: Container,
  list: ContainerList,
  hasInitContainers = true,
): ContainerStatus {
  return statusNamed(pod['status']?.[STATUSES[list]], container.name) ?? firstStatus(container, hasInitContainers);
}

/** Of one that has not begun. */
function firstStatus(container: Container, hasInitContainers: boolean): ContainerStatus {
  const first: ContainerStatus = {
    name: container.name,
    image: container.image,
    imageID: '',
    lastState: NO_STATE,
    ready: false,
    restartCount: 0,
    started: false,
    state: waitingWith(hasInitContainers ? 'PodInitializing' : 'ContainerCreating'),
  };
  if (container.volumeMounts?.length) first.volumeMounts = container.volumeMounts.map(mountOf);
  return first;
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

function mountOf({ name, mountPath, readOnly }: Mount): Mount {
  return readOnly ? { name, mountPath, readOnly, recursiveReadOnly: 'Disabled' } : { name, mountPath };
}

type Mount = NonNullable<ContainerStatus['volumeMounts']>[number];
