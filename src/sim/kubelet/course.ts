/**
 * The course of one run of a container, from its start and what is declared of it: when it counts as started, when it is ready,
 * when and why it ends. It is worked out anew each time, so nothing needs to be remembered of it.
 */
import type { KubeObject } from '../../apimachinery/meta';
import type { Instant } from '../clock';
import { behaviourOf, SHORT_WORK } from './behaviour';
import { type Container, declaredFor, killMessage, type Placed, runsToCompletion } from './container';
import type { Declared } from './declared';
import { ProbeRun, type Turn } from './probes';
import type { PodNetwork } from './program/program';
import { type End, gracePeriod, stopped } from './stopping';
import { hungerOf, starves } from './stress';

const NEVER = Number.POSITIVE_INFINITY;
const NO_TURNS: readonly Turn[] = [];
const NO_PROBES: readonly ProbeRun[] = [];
const OUT_OF_MEMORY = 137;

/** That the kubelet has it ended because a probe failed. */
export interface Kill {
  at: Instant;
  message: string;
}

export interface Course {
  /** From when on its startup probe has passed. */
  startedFrom: Instant;
  end?: End;
  kill?: Kill;
  /** When its readiness changes; it begins unready. */
  readiness: readonly Turn[];
  /** The probes that look at it. */
  probes: readonly ProbeRun[];
}

/** `since`: when it started; `restarts`: how many runs there were before. */
export function courseOf(
  pod: KubeObject,
  placed: Placed,
  since: Instant,
  restarts: number,
  network: PodNetwork | undefined,
): Course {
  const { container } = placed;
  const declared = declaredFor(pod, placed);
  const toCompletion = runsToCompletion(placed);
  const natural = naturalEnd(pod, container, declared, toCompletion, since, restarts, network);
  const hasProbes = container.startupProbe || container.livenessProbe || container.readinessProbe;
  if (toCompletion || placed.list === 'ephemeralContainers' || !hasProbes) {
    const readiness = toCompletion ? NO_TURNS : [{ at: since, passes: true }];
    return natural
      ? { startedFrom: since, readiness, probes: NO_PROBES, end: natural }
      : { startedFrom: since, readiness, probes: NO_PROBES };
  }
  const course = probedCourse(pod, placed, declared, since);
  if (!natural) return course;
  if (course.kill && natural.at <= course.kill.at) {
    const { kill: _, ...unharmed } = course;
    return { ...unharmed, end: natural };
  }
  return { ...course, end: course.end && course.end.at < natural.at ? course.end : natural };
}

/** How it ends if nobody has it ended. */
function naturalEnd(
  pod: KubeObject,
  container: Container,
  declared: Declared,
  toCompletion: boolean,
  since: Instant,
  restarts: number,
  network: PodNetwork | undefined,
): End | undefined {
  const behaviour = behaviourOf(pod, container, toCompletion, network, restarts);
  let first: End | undefined;
  const end = (after: number | undefined, exitCode: number, reason = exitCode === 0 ? 'Completed' : 'Error') => {
    if (after !== undefined && after < NEVER && (!first || since + after < first.at))
      first = { at: since + after, exitCode, reason };
  };
  if (restarts < declared.crashLoop) end(declared.runFor ?? SHORT_WORK, declared.exitCode || 1);
  else if (declared.crashLoop === 0 && (declared.runFor !== undefined || declared.exitCode !== undefined))
    end(declared.runFor ?? behaviour.runFor ?? SHORT_WORK, declared.exitCode ?? 0);
  else end(behaviour.runFor, behaviour.exitCode);
  end(declared.oomAfter, OUT_OF_MEMORY, 'OOMKilled');
  if (starves(declared.memoryUsage ?? hungerOf(container).memory, container.resources, pod['spec'].resources))
    end(SHORT_WORK, OUT_OF_MEMORY, 'OOMKilled');
  const fate = declared.end;
  if (fate && fate.at >= since) end(fate.at - since, fate.exitCode, fate.reason);
  return first;
}

function probedCourse(pod: KubeObject, placed: Placed, declared: Declared, since: Instant): Course {
  const { container } = placed;
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const firstLook = (probe: { initialDelaySeconds?: number }, from: Instant) =>
    Math.max(from, since + (probe.initialDelaySeconds ?? 0) * 1000);
  const killed = (probe: 'startup' | 'liveness', at: Instant): Pick<Course, 'kill' | 'end'> => {
    const seconds = container[`${probe}Probe`]?.terminationGracePeriodSeconds;
    const grace = seconds === undefined ? gracePeriod(pod) : seconds * 1000;
    return {
      kill: { at, message: killMessage(pod, placed, `failed ${probe} probe`) },
      end: stopped(pod, container, declared, at, grace),
    };
  };
  const probes: ProbeRun[] = [];
  let startedFrom = since;
  if (startupProbe) {
    const run = new ProbeRun(pod, container, 'startup', startupProbe, declared, since, firstLook(startupProbe, since));
    probes.push(run);
    const passed = run.turns(false)[0]?.at ?? NEVER;
    const failed = run.failure() ?? NEVER;
    if (failed < passed) return { startedFrom: NEVER, ...killed('startup', failed), readiness: [], probes };
    startedFrom = passed;
  }
  let kill: Pick<Course, 'kill' | 'end'> = {};
  if (livenessProbe) {
    const first = firstLook(livenessProbe, startedFrom);
    const run = new ProbeRun(pod, container, 'liveness', livenessProbe, declared, since, first);
    probes.push(run);
    const failed = run.failure();
    if (failed !== undefined) kill = killed('liveness', failed);
  }
  let readiness: Turn[] = [{ at: startedFrom, passes: true }];
  if (readinessProbe) {
    const first = firstLook(readinessProbe, startedFrom);
    const run = new ProbeRun(pod, container, 'readiness', readinessProbe, declared, since, first);
    probes.push(run);
    readiness = run.turns(false);
  }
  return { startedFrom, ...kill, readiness, probes };
}

/** Is it ready at this instant, and when will that change? */
export function readinessAt({ readiness }: Course, now: Instant): { ready: boolean; next?: Instant } {
  let ready = false;
  for (let i = 0; i < readiness.length; i++) {
    const { at, passes } = readiness[i] as Turn;
    if (at > now) return { ready, next: at };
    ready = passes;
  }
  return { ready };
}
