/** How containers are stopped: hook, TERM, and KILL when the time is up (kubernetes `pkg/kubelet/kuberuntime` killContainer, terminationOrdering). */
import type { KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import { allContainers, type Container, declaredFor, isSidecar, type Placed, statusOf } from './container';
import type { Declared } from './declared';
import { hookOutcome } from './hooks';

/** How long a container takes to end once it was sent TERM. */
const STOP_TIME = 1000;
/** minimumGracePeriodInSeconds */
const SHORTEST_GRACE = 2000;
const KILLED = 137;

/** How a run ends. */
export interface End {
  at: Instant;
  exitCode: number;
  reason: string;
  message?: string;
}

/**
 * When a container ends that is asked to stop: its preStop hook runs first, then it waits for its turn, then it gets TERM. What
 * is left of the grace, and two seconds at least, it has from there.
 */
export function stopped(
  pod: KubeObject,
  container: Container,
  declared: Declared,
  asked: Instant,
  grace: number,
  turn: Instant = asked,
): End {
  return stopping(pod, container, declared, { asked, grace }, turn).end;
}

/** Asked to stop at this instant, with so much time from then on. */
export interface Kill {
  asked: Instant;
  grace: number;
}

/** @param sent when an earlier kill sent it TERM: it is sent once, whoever asks again (containerd, StopContainer) */
function stopping(
  pod: KubeObject,
  container: Container,
  declared: Declared,
  { asked, grace }: Kill,
  turn: Instant,
  sent?: Instant,
): { term: Instant; end: End } {
  const hook = grace > 0 ? hookOutcome(pod, container, 'preStop', declared) : undefined;
  const hookEnd = asked + Math.min(hook?.runFor ?? 0, grace);
  const term = Math.max(hookEnd, Math.min(turn, asked + grace));
  const left = Math.max(asked + grace - term, SHORTEST_GRACE);
  const takes = declared.ignoreTerm ? Number.POSITIVE_INFINITY : (declared.stopTime ?? STOP_TIME);
  const ends = (sent ?? term) + takes;
  const end =
    ends <= term + left
      ? { at: ends, exitCode: 0, reason: 'Completed' }
      : { at: term + left, exitCode: KILLED, reason: 'Error' };
  return { term: sent ?? term, end };
}

/**
 * When each container that runs ends, if the whole pod is asked to stop: the main ones at once, the sidecars after them, the
 * last one first. By name.
 */
export function stopPlan(pod: KubeObject, kills: readonly Kill[]): Map<string, End> {
  const sent = new Map<string, Instant>();
  let plan = new Map<string, End>();
  kills.forEach((kill, i) => {
    plan = planOf(pod, kill, sent, kills[i + 1]?.asked);
  });
  return plan;
}

/** @param until when the kill is given up for another one; what got TERM by then is noted in `sent` */
function planOf(pod: KubeObject, kill: Kill, sent: Map<string, Instant>, until = 0): Map<string, End> {
  const { asked } = kill;
  const running: Placed[] = [];
  let turn = asked;
  for (const placed of allContainers(pod)) {
    const { running: runs, terminated } = statusOf(pod, placed)?.state ?? {};
    if (runs) running.push(placed);
    // Who has ended by now is not waited for any longer.
    else if (terminated) turn = Math.max(turn, parseTime(terminated.finishedAt) ?? asked);
  }
  const plan = new Map<string, End>();
  const plot = (placed: Placed, from: Instant) => {
    const { name } = placed.container;
    const { term, end } = stopping(pod, placed.container, declaredFor(pod, placed), kill, from, sent.get(name));
    plan.set(name, end);
    if (term < until) sent.set(name, term);
    turn = Math.max(turn, end.at);
  };
  const isLast = ({ container, list }: Placed) => list === 'initContainers' && isSidecar(container);
  for (const placed of running) if (!isLast(placed)) plot(placed, asked);
  for (const placed of running.filter(isLast).reverse()) plot(placed, turn);
  return plan;
}

/** What the pod's containers have at most to stop. */
export function gracePeriod(pod: KubeObject): number {
  return (pod['spec'].terminationGracePeriodSeconds ?? 30) * 1000;
}
