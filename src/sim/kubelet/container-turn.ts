/** One look at one container: brings it from its last status to now (kubernetes `pkg/kubelet/kuberuntime` startContainer, doBackOff). */
import type { KubeObject } from '../../apimachinery/meta';
import { sharedPart } from '../../apimachinery/shared-part';
import { formatTime, parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { type Agenda, NEXT_LOOK } from './agenda';
import {
  type Container,
  type ContainerStatus,
  declaredFor,
  isOutdated,
  isReset,
  isSidecar,
  killMessage,
  type Placed,
  type ResourceRequirements,
  type Running,
  runningSince,
  runsToCompletion,
  shouldRestart,
  specChangedAt,
  type Terminated,
} from './container';
import { type Course, courseOf, readinessAt } from './course';
import type { Declared } from './declared';
import { hookComplaint, hookOutcome } from './hooks';
import { type ImageState, imageState, presentMessage, pulledMessage, pullingMessage, REFUSAL } from './images';
import type { NodeServices } from './node-services';
import { AFTER_ERROR, repetition, WHILE_WAITING } from './repetition';
import { backOffAfter } from './restart-back-off';
import { type End, gracePeriod, type Kill, stopped } from './stopping';
import { terminationMessage } from './termination-message';

/** What containerd leaves of a container that could not be started. */
const START_FAILED = 128;
const NO_TIME = '1970-01-01T00:00:00Z';

export class ContainerTurn {
  readonly declared: Declared;
  private readonly container: Container;
  private readonly restartPolicy: string;

  constructor(
    private readonly pod: KubeObject,
    private readonly placed: Placed,
    private readonly node: NodeServices,
    private readonly agenda: Agenda,
  ) {
    this.container = placed.container;
    this.declared = declaredFor(pod, placed);
    this.restartPolicy = pod['spec'].restartPolicy ?? 'Always';
  }

  /** An ephemeral container has no probes, is never ready, and is never started again. */
  advanceEphemeral(before: ContainerStatus): ContainerStatus {
    if (before.state.terminated) return before;
    const { started: _, ...status } = this.advance(before, this.askedForEphemeral());
    return { ...status, ready: false };
  }

  /** When ephemeral containers were last put into the pod. Nobody but their field manager has kept it. */
  private askedForEphemeral(): Instant {
    const times = (this.pod.metadata.managedFields ?? [])
      .filter(({ subresource }) => subresource === 'ephemeralcontainers')
      .map(({ time }) => parseTime(time ?? '') ?? 0);
    return times.length > 0 ? Math.max(...times) : this.node.now;
  }

  /** `begin`: when it was its turn to be started. */
  advance(before: ContainerStatus, begin: Instant): ContainerStatus {
    const { running, terminated } = before.state;
    if (running) return this.isToChange(before) ? this.change(before, running) : this.goOn(before, running);
    if (isReset(before)) {
      const last = parseTime(before.lastState.terminated?.finishedAt ?? '') ?? begin;
      return this.start(before, Math.max(begin, last + NEXT_LOOK));
    }
    const ended = terminated ?? before.lastState.terminated;
    if (ended) return this.afterEnd(before, ended);
    const { image } = this.container;
    return this.start(before.image === image ? before : { ...before, image }, this.beginOf(begin));
  }

  /** With another image it is begun anew, and without regard to how often the other one could not be had. */
  private beginOf(begin: Instant): Instant {
    return Math.max(begin, specChangedAt(this.pod));
  }

  /** When the kubelet gave it up for the time being and went on to the next one; undefined for one that is being started. */
  gaveUpAt({ state, image }: ContainerStatus, begin: Instant): Instant | undefined {
    const { reason = '' } = state.waiting ?? {};
    const from = this.beginOf(begin);
    switch (reason) {
      case 'ErrImagePull':
      case 'ImagePullBackOff':
        return from + (this.declared.pullTime ?? REFUSAL);
      case 'CreateContainerConfigError':
        return (
          from +
          ((this.node.imageSince(image) ?? from + 1) <= from ? 0 : (this.declared.pullTime ?? this.node.pullTime))
        );
      case 'InvalidImageName':
      case 'ErrImageNeverPull':
        return from;
      default:
        return undefined;
    }
  }

  private isToChange(status: ContainerStatus): boolean {
    return !runsToCompletion(this.placed) && isOutdated(this.container, status);
  }

  /**
   * One whose image was changed is stopped, and started with the other in the same turn, whatever its restart policy says. Until
   * that has started its status shows it as it was.
   */
  private change(status: ContainerStatus, running: Running): ContainerStatus {
    const { pod, container, declared, node } = this;
    const asked = Math.max(specChangedAt(pod), parseTime(running.startedAt) ?? 0);
    const end = stopped(pod, container, declared, asked, gracePeriod(pod));
    this.say('Normal', 'Killing', killMessage(pod, this.placed, 'definition changed', true), asked);
    this.sayFailedHook(asked, gracePeriod(pod));
    if (node.now < end.at) {
      this.agenda.wakeAt(end.at);
      return status;
    }
    const { exitCode, reason } = end;
    const { startedAt } = running;
    const finishedAt = formatTime(end.at);
    const terminated = { exitCode, reason, startedAt, finishedAt, containerID: status.containerID ?? '' };
    const gone = { ...status, ready: false, started: false, state: { terminated } };
    const next = this.start(gone, end.at);
    return next === gone ? status : next;
  }

  private get startTime(): number {
    return this.declared.startTime ?? this.node.startTime;
  }

  private start(before: ContainerStatus, begin: Instant): ContainerStatus {
    const { node, container, declared } = this;
    const image = imageState({
      container,
      declared,
      before,
      begin,
      now: node.now,
      presentSince: node.imageSince(container.image) ?? Number.POSITIVE_INFINITY,
      pullTime: node.pullTime,
      startTime: this.startTime,
    });
    if (image.kind === 'missing') return this.withoutImage(before, image);
    if (image.kind === 'pulling') {
      this.agenda.wakeAt(image.next);
      this.say('Normal', 'Pulling', pullingMessage(container.image), image.since);
    }
    const hook = hookOutcome(this.pod, container, 'postStart', declared);
    const ready = image.kind === 'pulling' ? image.next : image.at;
    const startsAt = ready + this.startTime;
    const shownAt = startsAt + (hook?.runFor ?? 0);
    const error = node.now < ready ? undefined : node.configError(container);
    if (error !== undefined) return this.withoutConfig(before, error, image);
    if (node.now < startsAt) {
      this.agenda.wakeAt(startsAt);
      return before;
    }
    // While its hook runs it has started, though it does not show yet.
    const said = hook && hook.runFor > 0 ? startsAt : undefined;
    if (image.kind === 'there' && image.pulled === 0)
      this.say('Normal', 'Pulling', pullingMessage(container.image), image.at);
    this.sayPulled(before, image, said);
    this.say('Normal', 'Created', 'Container created', said);
    if (declared.startError === undefined) this.say('Normal', 'Started', 'Container started', said);
    if (node.now < shownAt) {
      this.agenda.wakeAt(shownAt);
      return before;
    }
    // One by one: V8 is slow at a literal with several copies in it.
    const made: ContainerStatus = { ...before };
    made.image = container.image;
    made.imageID = node.imageID(container.image);
    made.containerID = node.containerID(container);
    if (before.state.terminated) made.lastState = { terminated: before.state.terminated };
    giveResources(made, container);
    if (made.lastState.terminated) made.restartCount = before.restartCount + 1;
    if (declared.startError !== undefined) return this.failToStart(made, declared.startError);
    // What was late to be started began when it was seen.
    const since = node.now === shownAt ? startsAt : node.now;
    made.state = runningSince(formatTime(since));
    const running = made.state.running as Running;
    if (hook && hook.exitCode !== 0) {
      this.say('Warning', 'FailedPostStartHook', 'PostStartHook failed');
      this.say('Normal', 'Killing', 'FailedPostStartHook');
      const ended = this.end(made, running, { at: node.now, exitCode: 137, reason: 'Error' });
      if (!this.restarts(137)) return ended;
      const waiting = { reason: 'PostStartHookError', message: hookComplaint(this.pod, container, hook) };
      return { ...ended, state: { waiting }, lastState: ended.state };
    }
    return this.goOn(made, running);
  }

  private sayPulled(before: ContainerStatus, image: ImageState, since?: Instant): void {
    if (before.state.waiting?.reason === 'CreateContainerConfigError' || image.kind !== 'there') return;
    const name = this.container.image;
    this.say(
      'Normal',
      'Pulled',
      image.pulled === undefined ? presentMessage(name) : pulledMessage(name, image.pulled),
      since,
    );
  }

  private withoutImage(before: ContainerStatus, image: ImageState & { kind: 'missing' }): ContainerStatus {
    const { container, agenda, node } = this;
    const { reason, message, since } = image;
    if (image.lasting) agenda.lookAt(image.next);
    else agenda.wakeAt(image.next);
    const quoted = JSON.stringify(container.image);
    if (reason === 'ErrImagePull') {
      this.say('Warning', 'Failed', `Failed to pull image ${quoted}: ${message}`, since);
      this.say('Warning', 'Failed', 'Error: ErrImagePull', since);
    } else if (reason === 'ImagePullBackOff') {
      const last = this.again(since, WHILE_WAITING);
      this.say('Normal', 'BackOff', `Back-off pulling image ${quoted}`, last);
      this.say('Warning', 'Failed', 'Error: ImagePullBackOff', last);
    } else if (node.now >= since) {
      const what = reason === 'InvalidImageName' ? 'InspectFailed' : reason;
      const last = this.again(since, AFTER_ERROR);
      this.say('Warning', what, message, last);
      this.say('Warning', 'Failed', `Error: ${reason}`, last);
    }
    const { waiting } = before.state;
    if (waiting?.reason === reason && waiting.message === message) return before;
    const { terminated } = before.state;
    return {
      ...before,
      state: { waiting: { reason, message } },
      ...(terminated ? { lastState: { terminated } } : {}),
    };
  }

  private withoutConfig(before: ContainerStatus, message: string, image: ImageState): ContainerStatus {
    const { waiting, terminated } = before.state;
    const name = this.container.image;
    const since = image.kind === 'there' ? image.at : this.node.now;
    const last = this.again(since, AFTER_ERROR);
    if (last > since) this.say('Normal', 'Pulled', presentMessage(name), last);
    else this.sayPulled(before, image, since);
    this.say('Warning', 'Failed', `Error: ${message}`, last);
    if (waiting?.reason === 'CreateContainerConfigError' && waiting.message === message) return before;
    return {
      ...before,
      // The image is there by now, though no container is.
      state: { waiting: { reason: 'CreateContainerConfigError', message } },
      ...(terminated ? { lastState: { terminated } } : {}),
    };
  }

  private failToStart(made: ContainerStatus, message: string): ContainerStatus {
    this.say('Warning', 'Failed', `Error: ${message}`);
    const terminated: Terminated = {
      exitCode: START_FAILED,
      reason: 'StartError',
      message,
      startedAt: NO_TIME,
      finishedAt: formatTime(this.node.now),
      containerID: made.containerID ?? '',
    };
    // Only what will be tried again waits (convertToAPIContainerStatuses, ShouldContainerBeRestarted).
    if (!this.restarts(START_FAILED)) return { ...made, ready: false, started: false, state: { terminated } };
    this.agenda.wakeAt(this.node.now + NEXT_LOOK);
    const waiting = { reason: 'RunContainerError', message };
    return { ...made, ready: false, started: false, state: { waiting }, lastState: { terminated } };
  }

  private goOn(status: ContainerStatus, running: Running): ContainerStatus {
    const { agenda, node } = this;
    const since = parseTime(running.startedAt) ?? node.now;
    const course = courseOf(this.pod, this.placed, since, status.restartCount, node.network);
    this.sayFailures(course);
    const { kill, end, startedFrom } = course;
    if (kill && end) {
      const stopping = this.stop(status, kill.at, end, kill.message);
      if (!stopping.state.running || node.now >= kill.at) return this.shown(stopping, course);
      agenda.wakeAt(kill.at);
    } else if (end) {
      if (end.at <= node.now) return this.end(status, running, end);
      agenda.wakeAt(end.at);
    }
    agenda.wakeAt(startedFrom);
    return this.shown(status, course);
  }

  /** As it shows itself: started, ready. A container that is there to end is ready when it has ended well. */
  private shown(status: ContainerStatus, course: Course): ContainerStatus {
    if (!status.state.running) return status;
    const { now } = this.node;
    const started = course.startedFrom <= now;
    const { ready, next } = readinessAt(course, now);
    this.agenda.wakeAt(next);
    return started === (status.started ?? false) && ready === status.ready ? status : { ...status, started, ready };
  }

  private sayFailures({ probes, end, kill, startedFrom }: Course): void {
    const { now } = this.node;
    if (probes.length === 0) return;
    // Once it is to be stopped only its readiness is asked for.
    const last = (type: string) =>
      type === 'startup'
        ? Math.min(startedFrom, kill?.at ?? Number.POSITIVE_INFINITY)
        : type === 'liveness'
          ? kill?.at
          : end?.at;
    for (const probe of probes) {
      const until = last(probe.type) ?? Number.POSITIVE_INFINITY;
      const kind = `${probe.type[0]?.toUpperCase()}${probe.type.slice(1)}`;
      if (now <= until && probe.failsAt(now))
        this.say('Warning', 'Unhealthy', `${kind} probe failed: ${probe.complaint()}`, now);
      const next = probe.nextFailure(now);
      if (next !== undefined && next <= until) this.agenda.lookAt(next);
    }
  }

  /**
   * Is to stop with its pod: whether it is ready is asked until it ends, nothing else is (StopLivenessAndStartup). It may end by
   * itself before it would have to.
   */
  linger(status: ContainerStatus, planned: End): { status: ContainerStatus; end: End } {
    const { node } = this;
    const since = parseTime(status.state.running?.startedAt ?? '') ?? node.now;
    const course = courseOf(this.pod, this.placed, since, status.restartCount, node.network);
    const { end: natural, kill } = course;
    const end = natural && !kill && natural.at < planned.at ? natural : planned;
    if (!status.started || course.probes.length === 0 || end.at <= node.now) return { status, end };
    const probes = course.probes.filter(({ type }) => type === 'readiness');
    this.sayFailures({ ...course, probes, end });
    return { status: this.shown(status, course), end };
  }

  /** That its preStop hook failed, once it has. */
  sayFailedHook(asked: Instant, grace: number): void {
    const hook = grace > 0 ? hookOutcome(this.pod, this.container, 'preStop', this.declared) : undefined;
    if (!hook || hook.exitCode === 0 || this.node.now < asked + hook.runFor) return;
    this.say('Warning', 'FailedPreStopHook', 'PreStopHook failed', asked + hook.runFor);
  }

  /** A hook that still runs when the container is asked to stop in less time has failed, and begins anew (executePreStopHook). */
  sayCutHook({ asked, grace }: Kill, again: Instant): void {
    const hook = hookOutcome(this.pod, this.container, 'preStop', this.declared);
    if (!hook || asked + Math.min(hook.runFor, grace) <= again) return;
    this.say('Warning', 'FailedPreStopHook', 'PreStopHook failed', again);
  }

  /** Has been asked to stop at `asked`; is there until it ends. */
  stop(status: ContainerStatus, asked: Instant, end: End, message: string): ContainerStatus {
    const { now } = this.node;
    const { running } = status.state;
    if (!running || now < asked) {
      if (running) this.agenda.wakeAt(asked);
      return status;
    }
    this.say('Normal', 'Killing', message, asked);
    this.sayFailedHook(asked, gracePeriod(this.pod));
    if (now >= end.at) return this.end(status, running, end);
    this.agenda.wakeAt(end.at);
    return status;
  }

  private end(status: ContainerStatus, { startedAt }: Running, end: End): ContainerStatus {
    const { now } = this.node;
    const { exitCode, reason } = end;
    const since = parseTime(startedAt) ?? now;
    const message = end.message ?? terminationMessage(this.pod, this.container, since, now, exitCode);
    const terminated: Terminated = {
      exitCode,
      reason,
      ...(message === undefined ? {} : { message }),
      startedAt,
      finishedAt: formatTime(now),
      containerID: status.containerID ?? '',
    };
    if (this.restarts(exitCode)) this.agenda.wakeAt(now + NEXT_LOOK);
    const ready = runsToCompletion(this.placed) && exitCode === 0;
    return { ...status, started: false, ready, state: { terminated } };
  }

  private restarts(exitCode: number): boolean {
    const { container, restartPolicy, placed } = this;
    if (placed.list === 'ephemeralContainers') return false;
    if (placed.list === 'initContainers' && isSidecar(container)) return true;
    // An init container is only run again when it failed.
    if (runsToCompletion(placed) && exitCode === 0) return false;
    return shouldRestart(container, restartPolicy, exitCode);
  }

  /** It ended before now: stays so, waits out its back-off, or starts again. */
  private afterEnd(before: ContainerStatus, ended: Terminated): ContainerStatus {
    if (!this.restarts(ended.exitCode)) return before;
    const { node, agenda } = this;
    const finished = parseTime(ended.finishedAt) ?? node.now;
    // The end is seen first, by itself.
    if (before.state.waiting?.reason !== 'CrashLoopBackOff' && node.now < finished + NEXT_LOOK) {
      agenda.wakeAt(finished + NEXT_LOOK);
      return before;
    }
    if (isOutdated(this.container, before))
      return this.start(before, Math.max(finished + NEXT_LOOK, specChangedAt(this.pod)));
    const hook = hookOutcome(this.pod, this.container, 'postStart', this.declared);
    const overhead = this.startTime + (hook?.runFor ?? 0);
    const delay = backOffAfter(ended, before, overhead);
    if (node.now < finished + delay) {
      agenda.wakeAt(finished + delay);
      return this.waitOut(before, ended, delay);
    }
    return this.start(before, Math.max(finished + delay, finished + NEXT_LOOK));
  }

  private waitOut(before: ContainerStatus, ended: Terminated, delay: number): ContainerStatus {
    const { name } = this.container;
    const { metadata } = this.pod;
    const pod = `${metadata.name}_${metadata.namespace}(${metadata.uid})`;
    const since = (parseTime(ended.finishedAt) ?? this.node.now) + NEXT_LOOK;
    const last = this.again(since, WHILE_WAITING);
    this.say('Warning', 'BackOff', `Back-off restarting failed container ${name} in pod ${pod}`, last);
    if (before.state.waiting?.reason === 'CrashLoopBackOff') return before;
    const message = `back-off ${backOffText(delay)} restarting failed container=${name} pod=${pod}`;
    return { ...before, state: { waiting: { reason: 'CrashLoopBackOff', message } }, lastState: { terminated: ended } };
  }

  /** What is said since then again and again: when last. The next time is looked again for its sake. */
  private again(since: Instant, period: number): Instant {
    const { last, next } = repetition(since, period, this.node.now);
    this.agenda.lookAt(next);
    return last;
  }

  private say(type: 'Normal' | 'Warning', reason: string, message: string, since?: Instant): void {
    this.node.sayOf(type, reason, message, this.placed, since);
  }
}

function backOffText(delay: number): string {
  const total = delay / 1000;
  const minutes = Math.floor(total / 60);
  return minutes > 0 ? `${minutes}m${total % 60}s` : `${total}s`;
}

/** That it was given nothing is told as well. */
const NO_RESOURCES: ResourceRequirements = sharedPart({});

/** What the container was given, as status tells it since resources can change in place. */
function giveResources(status: ContainerStatus, { resources }: Container): void {
  const { requests, limits } = resources ?? NO_RESOURCES;
  status.resources = resources && (requests || limits) ? resources : NO_RESOURCES;
  if (requests) status.allocatedResources = requests;
}
