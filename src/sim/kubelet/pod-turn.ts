/** One look of a kubelet at one pod (kubernetes `pkg/kubelet/kubelet.go` SyncPod, SyncTerminatingPod, SyncTerminatedPod). */

import { deepEqual, type JsonObject, jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { remembered } from '../../apimachinery/remembered';
import { isReason } from '../../apimachinery/status';
import { formatTime, parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { Context, Result } from '../controller';
import { podCondition } from '../controllers/pod-state';
import { type PodAddresses, podAddressesOf } from './addresses';
import { type Rejection, rejectionOf } from './admission';
import { Agenda, NEXT_LOOK } from './agenda';
import { asksAround } from './asking';
import {
  allContainers,
  type ContainerStatus,
  couldRestartAll,
  type Placed,
  runsToCompletion,
  statusOf,
} from './container';
import { ContainerTurn } from './container-turn';
import { declarationOf } from './declared';
import { evict } from './eviction/evict';
import { excessOf } from './eviction/local-storage';
import { advanceContainers, idleContainers, overSince, type Progress, runningStatuses } from './lifecycle';
import { mountingOf } from './mounting';
import { imageIdentity, imagesOf } from './node-images';
import type { NodeServices } from './node-services';
import { hostIPs } from './node-state';
import { type DraftCondition, isKubelets, isTerminal, podConditions, podPhase } from './pod-status';
import type { PodNetwork } from './program/program';
import { configError } from './references';
import { resize } from './resize';
import { CONDITION as ALL_RESTARTING, endAll, resetAll, restartStage } from './restart-all';
import { type End, gracePeriod, stopPlan } from './stopping';

const PODS = { group: '', version: 'v1', resource: 'pods' };

const DEADLINE = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
};

export class PodTurn {
  private readonly now: Instant;
  private readonly agenda: Agenda;

  constructor(
    private readonly pod: KubeObject,
    private readonly node: KubeObject,
    private readonly context: Context,
    private readonly addresses: PodAddresses,
  ) {
    this.now = context.clock.now();
    this.agenda = new Agenda(this.now);
  }

  /** Brings the pod's containers and its status to now. */
  async sync(): Promise<Result | undefined> {
    const { pod, node, now, agenda, context } = this;
    const started = this.startTime();
    if (started === undefined) {
      const rejection = rejectionOf(pod, node, context.cache);
      if (rejection) return this.reject(rejection);
      for (const complaint of declarationOf(pod).complaints) this.say('Warning', 'InvalidAnnotation', complaint, now);
    }
    const begin = started ?? now;
    const over = overSince(pod);
    if (over !== undefined) return this.windDown(over, gracePeriod(pod));
    const deadline = this.deadline(begin);
    if (deadline !== undefined) {
      if (deadline <= now) return this.windDown(deadline, gracePeriod(pod), DEADLINE);
      agenda.wakeAt(deadline);
    }
    const sandboxSince = this.sandboxSince();
    const mounting =
      sandboxSince === undefined ? mountingOf(pod, started === undefined, now, context.cache) : undefined;
    if (mounting && !mounting.done) {
      for (const complaint of mounting.complaints) this.say('Warning', 'FailedMount', complaint, now);
      agenda.wakeAt(mounting.mountsAt);
      agenda.lookAt(mounting.triesAt);
      await this.write(this.status(idleContainers(pod), 'Pending', begin, undefined));
      return agenda.result();
    }
    const excess = sandboxSince === undefined ? undefined : excessOf(pod, sandboxSince, agenda);
    if (excess !== undefined) {
      await evict(pod, excess, node.metadata.name ?? '', context, false);
      return undefined;
    }
    const services = this.services(await this.network());
    const podIP = this.podIP();
    const written = idleContainers(pod);
    let stage = restartStage(pod, written);
    let progress = written;
    if (stage === 'reset') progress = resetAll(pod, written);
    else {
      progress = advanceContainers(pod, sandboxSince ?? now, services, agenda);
      stage = restartStage(pod, progress);
      if (stage === 'ending') progress = endAll(progress, now);
    }
    if (stage !== 'none') agenda.wakeAt(now + NEXT_LOOK);
    const conditions: DraftCondition[] = [];
    if (couldRestartAll(pod)) conditions.push({ type: ALL_RESTARTING, status: stage === 'ending' ? 'True' : 'False' });
    const resized = resize(pod, node, progress, context.cache, services, agenda);
    if (resized.event) this.say(resized.event.type, resized.event.reason, resized.event.message);
    const phase = podPhase(pod, progress, false);
    const more = [...conditions, ...resized.conditions];
    // A pod has not ended while one of its containers runs, though it is known how it will have (mergePodStatus).
    const lingers = isTerminal(phase) && runningStatuses(resized.progress).length > 0;
    const shown = lingers ? (pod['status']?.phase ?? 'Pending') : phase;
    if (lingers) agenda.wakeAt(now + NEXT_LOOK);
    const status = this.status(resized.progress, shown, begin, podIP, more, phase);
    await this.write(resized.pod ? { ...status, ...(jsonOf(resized.pod) as JsonObject) } : status);
    return agenda.result();
  }

  /** Ends the containers, tells so, and takes the pod out of the cluster. */
  stop(): Promise<Result | undefined> {
    const { deletionTimestamp = '', deletionGracePeriodSeconds = 0 } = this.pod.metadata;
    const grace = deletionGracePeriodSeconds * 1000;
    const asked = (parseTime(deletionTimestamp) ?? this.now) - grace;
    return this.windDown(asked, grace);
  }

  /** Asked at this instant, the containers end one by one; then the pod has ended with this verdict, or goes. */
  private async windDown(
    asked: Instant,
    grace: number,
    verdict?: { reason: string; message: string },
  ): Promise<Result | undefined> {
    const { pod, agenda, now } = this;
    const plan = stopPlan(pod, asked, grace);
    const services = this.services(await this.network());
    const ends = new Map<string, End>();
    const lingering = new Map<string, ContainerStatus>();
    let last = now;
    if (verdict) this.say('Normal', verdict.reason, verdict.message, asked);
    for (const placed of allContainers(pod)) {
      const { name } = placed.container;
      const planned = plan.get(name);
      const before = planned && statusOf(pod, placed);
      if (!before) continue;
      const turn = new ContainerTurn(pod, placed, services, agenda);
      this.sayOf('Normal', 'Killing', `Stopping container ${name}`, placed, asked);
      turn.sayFailedHook(asked, grace);
      const { status, end } = turn.linger(before, planned);
      if (grace === 0 || end.at <= now) ends.set(name, end);
      else {
        agenda.wakeAt(end.at);
        if (status !== before) lingering.set(name, status);
      }
      last = Math.max(last, grace === 0 ? now : end.at);
    }
    const isOver = last <= now;
    if (ends.size > 0 || lingering.size > 0 || verdict)
      await this.write(this.statusOfStopped(ends, lingering, isOver, verdict));
    if (!isOver) return agenda.result();
    if (pod.metadata.deletionTimestamp !== undefined) await this.remove();
    return undefined;
  }

  private statusOfStopped(
    ends: ReadonlyMap<string, End>,
    lingering: ReadonlyMap<string, ContainerStatus>,
    isOver: boolean,
    verdict: { reason: string; message: string } | undefined,
  ): JsonObject {
    const status = this.pod['status'] ?? {};
    const begun = podCondition(this.pod, 'Initialized')?.status === 'True';
    const completing = new Set(
      allContainers(this.pod)
        .filter(runsToCompletion)
        .map(({ container }) => container.name),
    );
    const stop = (before: ContainerStatus): ContainerStatus => {
      const { running, waiting } = before.state;
      const end = ends.get(before.name);
      const done = completing.has(before.name) && (end ?? before.state.terminated)?.exitCode === 0;
      if (running && end)
        return { ...before, ready: done, started: false, state: { terminated: this.ended(before, end) } };
      if (waiting && isOver && verdict && begun) return { ...before, state: { terminated: UNKNOWN_END } };
      return running ? (lingering.get(before.name) ?? before) : { ...before, ready: done };
    };
    const statuses: Progress = {
      initContainerStatuses: (status.initContainerStatuses ?? []).map(stop),
      containerStatuses: (status.containerStatuses ?? []).map(stop),
      ephemeralContainerStatuses: (status.ephemeralContainerStatuses ?? []).map(stop),
      initialized: true,
    };
    // Its conditions tell at once how it will have ended, its phase when it has.
    const fate = verdict ? 'Failed' : podPhase(this.pod, statuses, isOver);
    const begin = this.startTime() ?? this.now;
    const shown = isOver ? fate : status.phase;
    return { ...this.status(statuses, shown, begin, status.podIP, [], fate), ...(isOver ? verdict : {}) };
  }

  private ended(before: ContainerStatus, { exitCode, reason }: End) {
    const startedAt = before.state.running?.startedAt ?? formatTime(this.now);
    return { exitCode, reason, startedAt, finishedAt: formatTime(this.now), containerID: before.containerID ?? '' };
  }

  /** Nothing else is told of it; what others said of it stays (rejectPod, mergePodStatus). */
  private async reject({ reason, message }: Rejection): Promise<undefined> {
    this.say('Warning', reason, message);
    const { qosClass, conditions: present = [] } = this.pod['status'] ?? {};
    const { generation } = this.pod.metadata;
    const conditions = present.filter(({ type }: { type: string }) => !isKubelets(type));
    await this.write({
      ...(generation ? { observedGeneration: generation } : {}),
      phase: 'Failed',
      ...(conditions.length > 0 ? { conditions } : {}),
      message: `Pod was rejected: ${message}`,
      reason,
      startTime: formatTime(this.now),
      ...(qosClass ? { qosClass } : {}),
    });
  }

  private async remove(): Promise<void> {
    const { namespace = '', name = '', uid = '' } = this.pod.metadata;
    const options = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0, preconditions: { uid } };
    try {
      await this.context.client.as(`system:node:${this.node.metadata.name}`).delete(PODS, namespace, name, options);
    } catch (error) {
      // Gone already, or another pod of that name.
      if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
    }
  }

  private startTime(): Instant | undefined {
    const text: string | undefined = this.pod['status']?.startTime;
    return text === undefined ? undefined : parseTime(text);
  }

  private deadline(begin: Instant): Instant | undefined {
    const seconds: number | undefined = this.pod['spec'].activeDeadlineSeconds;
    return seconds === undefined ? undefined : begin + seconds * 1000;
  }

  /** Since when there is a sandbox for its containers; before that its volumes are waited for. */
  private sandboxSince(): Instant | undefined {
    const condition = podCondition(this.pod, 'PodReadyToStartContainers');
    return condition?.status === 'True' ? parseTime(condition.lastTransitionTime ?? '') : undefined;
  }

  private podIP(): string | undefined {
    if (this.pod['spec'].hostNetwork) return hostIPs(this.node)[0];
    return this.addresses.assign(this.pod, this.node, this.context.cache);
  }

  private podIPs(first: string): string[] {
    return this.pod['spec'].hostNetwork ? hostIPs(this.node) : podAddressesOf(first, this.node);
  }

  private status(
    progress: Progress,
    phase: string,
    begin: Instant,
    podIP: string | undefined,
    more: readonly DraftCondition[] = [],
    /** The phase that its conditions go by. */
    fate = phase,
  ): JsonObject {
    const before = this.pod['status'] ?? {};
    const addresses = hostIPs(this.node);
    const sandboxReady = podIP !== undefined && !isTerminal(phase);
    const { generation } = this.pod.metadata;
    const status: JsonObject = { ...before };
    // One by one: V8 is slow at a literal that begins with a copy.
    if (generation) status['observedGeneration'] = generation;
    status['phase'] = phase;
    status['conditions'] = jsonOf(podConditions(this.pod, progress, fate, sandboxReady, this.now, more));
    status['startTime'] = formatTime(begin);
    status['containerStatuses'] = jsonOf(byName(progress.containerStatuses));
    if (progress.initContainerStatuses.length > 0)
      status['initContainerStatuses'] = jsonOf(progress.initContainerStatuses);
    if (progress.ephemeralContainerStatuses.length > 0)
      status['ephemeralContainerStatuses'] = jsonOf(byName(progress.ephemeralContainerStatuses));
    const [hostIP] = addresses;
    if (hostIP) {
      status['hostIP'] = hostIP;
      status['hostIPs'] = addresses.map((ip) => ({ ip }));
    }
    if (podIP) {
      status['podIP'] = podIP;
      status['podIPs'] = this.podIPs(podIP).map((ip) => ({ ip }));
    }
    return status;
  }

  private async write(status: JsonObject): Promise<void> {
    if (deepEqual(this.pod['status'] ?? {}, status)) return;
    await this.context.client.as(`system:node:${this.node.metadata.name}`).updateStatus(PODS, { ...this.pod, status });
  }

  private services(network: PodNetwork | undefined): NodeServices {
    const { random, settings, cache } = this.context;
    // What came in this very look the cache does not show yet.
    const arrived = new Set<string>();
    return {
      now: this.now,
      pullTime: settings.imagePull,
      startTime: settings.containerStart,
      imageSince: (image) =>
        imagesOf(cache.index('pods', 'node', this.node.metadata.name ?? '')).get(image) ??
        (arrived.has(image) ? this.now : undefined),
      containerID: () => ['containerd://', hex(random.uuid()), hex(random.uuid())].join(''),
      imageID(image) {
        arrived.add(image);
        return imageIdentity(image);
      },
      network,
      configError: (container) => configError(this.pod, container, cache),
      say: (type, reason, message, placed, since) => this.sayOf(type, reason, message, placed, since),
    };
  }

  /** Loaded for pods that ask for something; most don't. */
  private async network(): Promise<PodNetwork | undefined> {
    const { pod, context } = this;
    if (!asksAround(pod)) return undefined;
    const [{ networkOfPod }, { Network }] = await Promise.all([import('./pod-network'), import('../network/network')]);
    const ips = () => {
      const first = this.podIP();
      return first === undefined ? [] : this.podIPs(first);
    };
    return networkOfPod(Network.of(context.cache), context.settings, { pod, ips });
  }

  private sayOf(type: 'Normal' | 'Warning', reason: string, message: string, placed: Placed, since?: Instant): void {
    this.say(type, reason, message, since, fieldPathOf(placed.list, placed.container.name));
  }

  /** An event, unless it was said since then: a pod is looked at more than once, and not by one process only. */
  private say(type: 'Normal' | 'Warning', reason: string, message: string, since?: Instant, fieldPath?: string): void {
    if (since !== undefined) {
      const said = this.context.cache.index('events', 'about', this.pod.metadata.uid ?? '');
      const wasSaid = said.some(
        (event) =>
          event['reason'] === reason &&
          event['message'] === message &&
          event['involvedObject']?.fieldPath === fieldPath &&
          (parseTime(event['lastTimestamp'] ?? '') ?? 0) >= since,
      );
      if (wasSaid) return;
    }
    const host = this.node.metadata.name ?? '';
    this.context.events.event(this.pod, type, reason, message, {
      ...(fieldPath === undefined ? {} : { fieldPath }),
      host,
      user: `system:node:${host}`,
    });
  }
}

/** What is said of a container that never came to run in a pod that has ended (status_manager.go TerminatePod). */
const UNKNOWN_END = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
  startedAt: null as unknown as string,
  finishedAt: null as unknown as string,
  containerID: '',
};

/** Statuses are told in the order of the names; those of init containers in the order in which they run (SortedContainerStatuses). */
function byName(statuses: readonly ContainerStatus[]): ContainerStatus[] {
  return statuses.length < 2 ? [...statuses] : [...statuses].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `spec.containers{web}`: one string for all events of containers that are named alike. */
const fieldPathOf = (list: string, name: string): string => fieldPathsOf(list)(name);
const fieldPathsOf = remembered(10, (list) => remembered(1000, (name) => `spec.${list}{${name}}`));

function hex(uuid: string): string {
  return uuid.replaceAll('-', '');
}
