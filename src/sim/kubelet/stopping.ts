/** How containers are stopped: hook, TERM, and KILL when the time is up (kubernetes `pkg/kubelet/kuberuntime` killContainer, terminationOrdering). */
import type { KubeObject } from '../../apimachinery/meta';
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
  const hook = grace > 0 ? hookOutcome(pod, container, 'preStop', declared) : undefined;
  const hookEnd = asked + Math.min(hook?.runFor ?? 0, grace);
  const term = Math.max(hookEnd, Math.min(turn, asked + grace));
  const left = Math.max(asked + grace - term, SHORTEST_GRACE);
  const takes = declared.ignoreTerm ? Number.POSITIVE_INFINITY : (declared.stopTime ?? STOP_TIME);
  return takes <= left
    ? { at: term + takes, exitCode: 0, reason: 'Completed' }
    : { at: term + left, exitCode: KILLED, reason: 'Error' };
}

/**
 * When each container that runs ends, if the whole pod is asked to stop: the main ones at once, the sidecars after them, the
 * last one first. By name.
 */
export function stopPlan(pod: KubeObject, asked: Instant, grace: number): Map<string, End> {
  const running = allContainers(pod).filter((placed) => statusOf(pod, placed)?.state.running);
  const plan = new Map<string, End>();
  let turn = asked;
  const plot = (placed: Placed, from: Instant) => {
    const end = stopped(pod, placed.container, declaredFor(pod, placed), asked, grace, from);
    plan.set(placed.container.name, end);
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
