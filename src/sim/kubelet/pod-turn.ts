/** One look of a kubelet at one pod (kubernetes `pkg/kubelet/kubelet.go` SyncPod, SyncTerminatingPod, SyncTerminatedPod). */

import { deepEqual, type JsonObject, jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { formatTime, parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { Context, Result } from '../controller';
import { isPodTerminal, podCondition } from '../controllers/pod-state';
import { type PodAddresses, podAddressesOf } from './addresses';
import { type Rejection, rejectionOf, victimsOf } from './admission';
import { Agenda, NEXT_LOOK } from './agenda';
import { asksAround } from './asking';
import type { Begun } from './begun-environments';
import { allContainers, type ContainerStatus, couldRestartAll, runsToCompletion, statusOf } from './container';
import { ContainerTurn } from './container-turn';
import { declarationOf } from './declared';
import { evict, withDisruption } from './eviction/evict';
import { excessOf } from './eviction/local-storage';
import { hostNameComplaint } from './host-name';
import { advanceContainers, idleContainers, overSince, type Progress, runningStatuses } from './lifecycle';
import { type Mounting, mountingOf } from './mounting';
import { NodeServices } from './node-services';
import type { NodeFacts } from './node-state';
import { type DraftCondition, isKubelets, isTerminal, podConditions, podPhase } from './pod-status';
import { PREEMPTED, type Preemption, type Preemptions } from './preemptions';
import type { PodNetwork } from './program/program';
import { resize } from './resize';
import { CONDITION as ALL_RESTARTING, endAll, type RestartStage, resetAll, restartStage } from './restart-all';
import { type End, gracePeriod, type Kill, stopPlan } from './stopping';
import { statusWith } from './told-status';

const PODS = { group: '', version: 'v1', resource: 'pods' };
/** How often a kubelet cleans up (housekeepingPeriod). */
const HOUSEKEEPING = 2000;
/** Until a sandbox is tried again: 10 to 15 seconds (backOffPeriod, workerBackOffPeriodJitterFactor). */
const SANDBOX_RETRY = 12_000;

const DEADLINE: Verdict = {
  type: 'Normal',
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
};

/** Why a pod ends that nobody deleted. */
interface Verdict {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** What its condition says of it, if it was disrupted: then it has only failed if its containers did. */
  readonly disruption?: string;
}

export class PodTurn {
  private readonly now: Instant;
  private readonly agenda: Agenda;
  private readonly services: NodeServices;

  constructor(
    private readonly pod: KubeObject,
    private readonly node: KubeObject,
    private readonly facts: NodeFacts,
    private readonly context: Context,
    private readonly addresses: PodAddresses,
    private readonly preemptions: Preemptions,
  ) {
    this.services = new NodeServices(pod, facts, context);
    this.now = this.services.now;
    this.agenda = new Agenda(this.now);
  }

  /** Brings the pod's containers and its status to now. Most looks find nothing to be told, and say so at once. */
  sync(): Promise<Result | undefined> | Result | undefined {
    const { pod, now, context } = this;
    const started = this.startTime();
    const preemption = this.preemptions.on(this.facts.name);
    if (preemption) {
      const driver = this.preemptions.driver(preemption, context.cache);
      if (driver === pod.metadata.uid || driver === undefined) return this.makeRoom(preemption);
      if (started === undefined) return { requeueAfter: NEXT_LOOK };
      if (this.preemptions.killOf(pod)) return undefined;
    }
    if (started === undefined) {
      const rejection = rejectionOf(pod, this.node, context.cache);
      if (rejection) return this.reject(rejection);
      for (const complaint of declarationOf(pod).complaints) this.say('Warning', 'InvalidAnnotation', complaint, now);
      const victims = victimsOf(pod, this.node, context.cache);
      if (victims.length > 0) return this.makeRoom(this.preemptions.begin(this.facts.name, pod, victims));
    }
    return this.proceed(started);
  }

  private proceed(started: Instant | undefined): Promise<Result | undefined> | Result | undefined {
    const { pod, now, agenda, context } = this;
    const begin = started ?? now;
    const over = overSince(pod);
    if (over !== undefined) return this.windDown([{ asked: over, grace: gracePeriod(pod) }]);
    const deadline = this.deadline(begin);
    if (deadline !== undefined) {
      if (deadline <= now) return this.windDown([{ asked: deadline, grace: gracePeriod(pod) }], DEADLINE);
      agenda.wakeAt(deadline);
    }
    const sandboxSince = this.sandboxSince();
    if (sandboxSince === undefined) {
      const mounting = mountingOf(pod, started === undefined, now, context.cache);
      if (!mounting.done) return this.waitForVolumes(mounting);
      const complaint = hostNameComplaint(pod);
      if (complaint !== undefined) return this.waitForSandbox(complaint);
    } else {
      const excess = excessOf(pod, sandboxSince, agenda);
      if (excess !== undefined) return this.evict(excess);
    }
    if (!asksAround(pod)) return this.advance(sandboxSince ?? now);
    return this.network().then((network) => {
      this.services.network = network;
      return this.advance(sandboxSince ?? now);
    });
  }

  private waitForVolumes({
    complaints,
    mountsAt,
    triesAt,
  }: Mounting): Promise<Result | undefined> | Result | undefined {
    const { pod, agenda } = this;
    for (const complaint of complaints) this.say('Warning', 'FailedMount', complaint, this.now);
    agenda.wakeAt(mountsAt);
    agenda.lookAt(triesAt);
    return this.tell(this.status(idleContainers(pod), 'Pending', undefined));
  }

  private waitForSandbox(complaint: string): Promise<Result | undefined> | Result | undefined {
    const { now, agenda } = this;
    const message = `Failed to create pod sandbox: ${complaint}`;
    this.say('Warning', 'FailedCreatePodSandBox', message, now - SANDBOX_RETRY + 1);
    agenda.lookAt(now + SANDBOX_RETRY);
    return this.tell(this.status(idleContainers(this.pod), 'Pending', undefined));
  }

  /** Those go that are in a critical pod's way, one after the other; then it, or whoever else comes, is let in. */
  private async makeRoom({ uid, victims }: Preemption): Promise<Result | undefined> {
    const { node, facts, now, context, addresses, preemptions } = this;
    for (const victim of victims) {
      const other = context.cache.byUid(victim.uid);
      if (!other || isPodTerminal(other)) continue;
      if (victim.asked === undefined) {
        victim.asked = now;
        await preemptions.keep(context.client);
      }
      const turn = new PodTurn(other, node, facts, context, addresses, preemptions);
      return (await turn.giveWay({ asked: victim.asked, grace: gracePeriod(other) })) ?? { requeueAfter: NEXT_LOOK };
    }
    preemptions.end(facts.name);
    await preemptions.keep(context.client);
    return uid === this.pod.metadata.uid ? this.proceed(undefined) : this.sync();
  }

  /** Ends in its own time, for a critical pod. */
  private async giveWay(kill: Kill): Promise<Result | undefined> {
    // Who is to be deleted does so anyway.
    return this.pod.metadata.deletionTimestamp === undefined ? this.windDown([kill], PREEMPTED) : undefined;
  }

  private async evict(excess: string): Promise<undefined> {
    await evict(this.pod, excess, this.facts.name, this.context, false);
  }

  /** Its containers, from when there was a sandbox for them. */
  private advance(sandboxSince: Instant): Promise<Result | undefined> | Result | undefined {
    const { pod, node, now, agenda, context, services } = this;
    const podIP = this.podIP();
    const restartsAll = couldRestartAll(pod);
    let stage: RestartStage = restartsAll ? restartStage(pod, idleContainers(pod)) : 'none';
    let progress: Progress;
    if (stage === 'reset') progress = resetAll(pod, idleContainers(pod));
    else {
      progress = advanceContainers(pod, sandboxSince, services, agenda);
      if (restartsAll) stage = restartStage(pod, progress);
      if (stage === 'ending') progress = endAll(progress, now);
    }
    if (stage !== 'none') agenda.wakeAt(now + NEXT_LOOK);
    const resized = resize(pod, node, progress, context.cache, services, agenda);
    if (resized.event) this.say(resized.event.type, resized.event.reason, resized.event.message);
    const phase = podPhase(pod, progress, false);
    const more: readonly DraftCondition[] = restartsAll
      ? [{ type: ALL_RESTARTING, status: stage === 'ending' ? 'True' : 'False' }, ...resized.conditions]
      : resized.conditions;
    // A pod has not ended while one of its containers runs, though it is known how it will have (mergePodStatus).
    const lingers = isTerminal(phase) && runningStatuses(resized.progress).length > 0;
    const shown = lingers ? (pod['status']?.phase ?? 'Pending') : phase;
    if (lingers) agenda.wakeAt(now + NEXT_LOOK);
    const status = this.status(resized.progress, shown, podIP, more, phase);
    return this.tell(resized.pod ? { ...status, ...(jsonOf(resized.pod) as JsonObject) } : status);
  }

  /** Writes what there is to be told. */
  private tell(status: JsonObject): Promise<Result | undefined> | Result | undefined {
    if (this.services.begun) return this.keepBegun(this.services.begun).then(() => this.tell(status));
    const written = this.write(status);
    return written ? written.then(() => this.agenda.result()) : this.agenda.result();
  }

  /** Loaded for containers that take something from ConfigMaps or Secrets; before their status shows that they have begun. */
  private async keepBegun(begun: readonly Begun[]): Promise<void> {
    const { pod, services, context } = this;
    services.begun = undefined;
    const { keepBegun } = await import('./begun-environments');
    await keepBegun(pod, begun, context.cache, context.client);
  }

  /** These kubelets have no static pods: what mirrors one has lost it, and goes when they clean up (deleteOrphanedMirrorPods). */
  async removeMirror(): Promise<Result | undefined> {
    const due = (parseTime(this.pod.metadata.creationTimestamp ?? '') ?? 0) + HOUSEKEEPING;
    if (due > this.now) return { requeueAfter: due - this.now };
    await this.remove();
    return undefined;
  }

  /** Ends the containers, tells so, and takes the pod out of the cluster. `kills`: where it was asked for more than once. */
  stop(kills: readonly Kill[] | undefined): Promise<Result | undefined> {
    const { deletionTimestamp = '', deletionGracePeriodSeconds = 0 } = this.pod.metadata;
    const grace = deletionGracePeriodSeconds * 1000;
    const asked = (parseTime(deletionTimestamp) ?? this.now) - grace;
    const own = grace > 0 && kills ? kills : [{ asked, grace }];
    const preempted = this.preemptions.killOf(this.pod);
    if (!preempted) return this.windDown(own);
    // Whoever asks later can only give it less time.
    return this.windDown(grace < preempted.grace ? [preempted, ...own] : [preempted]);
  }

  /** As the last of these asks for it the containers end one by one; then the pod has ended with this verdict, or goes. */
  private async windDown(kills: readonly Kill[], verdict?: Verdict): Promise<Result | undefined> {
    const { pod, agenda, now, services } = this;
    const { asked, grace } = kills.at(-1) as Kill;
    const cut = kills.at(-2);
    const plan = stopPlan(pod, kills);
    if (asksAround(pod)) services.network = await this.network();
    const ends = new Map<string, End>();
    const lingering = new Map<string, ContainerStatus>();
    let last = now;
    if (verdict) this.say(verdict.type, verdict.reason, verdict.message, asked);
    for (const placed of allContainers(pod)) {
      const { name } = placed.container;
      const planned = plan.get(name);
      const before = planned && statusOf(pod, placed);
      if (!before) continue;
      const turn = new ContainerTurn(pod, placed, services, agenda);
      services.sayOf('Normal', 'Killing', `Stopping container ${name}`, placed, asked);
      if (cut) turn.sayCutHook(cut, asked);
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
    verdict: Verdict | undefined,
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
    const phase = podPhase(this.pod, statuses, isOver);
    const disruption = isOver ? verdict?.disruption : undefined;
    const isFailed = disruption === undefined ? verdict && !verdict.disruption : phase !== 'Succeeded';
    const fate = isFailed ? 'Failed' : phase;
    const told = this.status(statuses, isOver ? fate : status.phase, status.podIP, undefined, fate);
    if (!isOver || !verdict) return told;
    const { reason, message } = verdict;
    return {
      ...told,
      ...(isFailed ? { reason, message } : {}),
      ...(disruption === undefined ? {} : { conditions: withDisruption(this.pod, told, disruption, this.now) }),
    };
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
      await this.context.client.as(this.facts.user).delete(PODS, namespace, name, options);
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
    if (this.pod['spec'].hostNetwork) return this.facts.hostIPs[0];
    return this.addresses.assign(this.pod, this.node, this.context.cache);
  }

  private podIPs(first: string): readonly string[] {
    return this.pod['spec'].hostNetwork ? this.facts.hostIPs : podAddressesOf(first, this.node);
  }

  /** What is to be written of it; what was written last, where that says the same. */
  private status(
    progress: Progress,
    phase: string,
    podIP: string | undefined,
    more?: readonly DraftCondition[],
    /** The phase that its conditions go by. */
    fate = phase,
  ): JsonObject {
    const { pod, now } = this;
    const sandboxReady = podIP !== undefined && !isTerminal(phase);
    const before = pod['status'] ?? NOTHING_SAID;
    return statusWith(before, {
      observedGeneration: pod.metadata.generation,
      phase,
      conditions: podConditions(pod, progress, fate, sandboxReady, now, more),
      startTime: before.startTime ?? formatTime(now),
      containerStatuses: byName(progress.containerStatuses),
      initContainerStatuses: progress.initContainerStatuses,
      ephemeralContainerStatuses: byName(progress.ephemeralContainerStatuses),
      hostIPs: this.facts.hostIPs,
      hostAddresses: this.facts.hostAddresses,
      podIPs: podIP ? this.podIPs(podIP) : NO_ADDRESSES,
    });
  }

  private write(status: JsonObject): Promise<unknown> | undefined {
    const { pod } = this;
    if (deepEqual(pod['status'] ?? NOTHING_SAID, status)) return undefined;
    return this.context.client.as(this.facts.user).updateStatus(PODS, { ...pod, status });
  }

  /** Loaded for pods that ask for something; most don't. */
  private async network(): Promise<PodNetwork> {
    const { pod, context } = this;
    const [{ networkOfPod }, { Network }] = await Promise.all([import('./pod-network'), import('../network/network')]);
    const ips = () => {
      const first = this.podIP();
      return first === undefined ? [] : this.podIPs(first);
    };
    return networkOfPod(Network.of(context.cache), context.settings, { pod, ips });
  }

  private say(type: 'Normal' | 'Warning', reason: string, message: string, since?: Instant): void {
    this.services.say(type, reason, message, since);
  }
}

const NOTHING_SAID: JsonObject = Object.freeze({});
const NO_ADDRESSES: readonly string[] = Object.freeze([]);

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
function byName(statuses: readonly ContainerStatus[]): readonly ContainerStatus[] {
  return statuses.length < 2 ? statuses : [...statuses].sort((a, b) => (a.name < b.name ? -1 : 1));
}
