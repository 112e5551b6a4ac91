/** Makes room for a pod by evicting less important ones (kube-scheduler `framework/preemption/preemption.go`, `plugins/defaultpreemption/default_preemption.go`). */
import { selectorOf } from '../../apimachinery/labels';
import type { KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import { podCondition } from '../controllers/pod-state';
import type { ClusterView } from './cluster-view';
import type { DefaultPreemptionArgs } from './configuration/plugin-args';
import { Diagnosis, fitError } from './fit-error';
import type { NodeInfo } from './node-info';
import { type Rejection, unresolvable } from './plugin';
import type { PodInfo } from './pod-info';
import { Judge, type NoPlacement, type PreparedFilters } from './schedule-pod';
import { chanceOf } from './scoring';

const NO_VICTIMS = unresolvable('No preemption victims found for incoming pod');
const NOT_HELPFUL = unresolvable('Preemption is not helpful for scheduling');
const VICTIMS_TERMINATING = 'not eligible due to a terminating pod on the nominated node.';
const LARGEST_PRIORITY = 2 ** 31;

/** Pods that would have to go from a node, the most important first. */
export interface Candidate {
  node: NodeInfo;
  victims: readonly PodInfo[];
  /** How many of them their budget protects. */
  violations: number;
}

export interface Preemption {
  /** What is done, if anything. */
  chosen?: Candidate;
  candidates: readonly Candidate[];
  /** Why nothing is done, as upstream words it. */
  message: string;
  /** A nomination that the pod has is of no use any more. */
  clearNomination: boolean;
  /** It has preempted others, and they are on their way out. */
  waiting?: boolean;
}

/** Evaluator.Preempt: looks for the node whose pods are missed least. Changes nothing. */
export function preempt(
  pod: PodInfo,
  failure: NoPlacement,
  view: ClusterView,
  args: DefaultPreemptionArgs,
): Preemption {
  const { diagnosis, prepared } = failure;
  const refused = notEligible(pod, failure, view);
  if (refused)
    return { candidates: [], message: refused, clearNomination: false, waiting: refused === VICTIMS_TERMINATING };
  const failed = new Diagnosis(diagnosis.nodes);
  failed.absent = NOT_HELPFUL;
  const candidates: Candidate[] = [];
  if (!diagnosis.beforehand && diagnosis.anyResolvable) {
    if (!view.hasPodsBelow(pod.priority)) failed.count(NO_VICTIMS, diagnosis.resolvable);
    else candidates.push(...dryRun(pod, prepared, view, args, failed));
  }
  if (candidates.length === 0) return { candidates, message: fitError(failed), clearNomination: true };
  return { chosen: pickOne(candidates), candidates, message: '', clearNomination: false };
}

/** PodEligibleToPreemptOthers: why not. */
function notEligible(pod: PodInfo, { diagnosis, prepared }: NoPlacement, view: ClusterView): string | undefined {
  if (pod.pod['spec'].preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nominated = view.nodes.get(view.nominationOf(pod.uid) ?? '');
  if (!nominated) return undefined;
  // Where it can't run in any case, it is free to look elsewhere.
  const outside = prepared.only !== undefined && !prepared.only.has(nominated.name);
  const rejection =
    diagnosis.beforehand ?? (outside ? diagnosis.absent : new Judge(pod, prepared, view).verdict(nominated));
  if (rejection?.unresolvable) return undefined;
  for (const other of nominated.pods.values())
    if (other.priority < pod.priority && isPreempted(other)) return VICTIMS_TERMINATING;
  return undefined;
}

/** Is the pod on its way out because it was preempted (podTerminatingByPreemption)? */
export function isPreempted({ terminating, pod }: PodInfo): boolean {
  if (!terminating) return false;
  const condition = podCondition(pod, 'DisruptionTarget');
  return condition?.status === 'True' && condition.reason === 'PreemptionByScheduler';
}

/** The nodes on which evicting pods might help. */
function potentialNodes({ only }: PreparedFilters, view: ClusterView, judge: Judge): NodeInfo[] {
  return view.ordered.filter((node) => {
    if (only && !only.has(node.name)) return false;
    const rejection = judge.verdict(node);
    return rejection !== undefined && !rejection.unresolvable;
  });
}

/** DryRunPreemption: candidates that violate no budget first. */
function dryRun(
  pod: PodInfo,
  prepared: PreparedFilters,
  view: ClusterView,
  args: DefaultPreemptionArgs,
  failed: Diagnosis,
): Candidate[] {
  const judge = new Judge(pod, prepared, view);
  const potential = potentialNodes(prepared, view, judge);
  const share = Math.trunc((potential.length * args.minCandidateNodesPercentage) / 100);
  const enough = Math.min(Math.max(share, args.minCandidateNodesAbsolute), potential.length);
  const offset = potential.length === enough ? 0 : chanceOf(pod).fork('preemption').below(potential.length);
  const budgets = budgetsOf(view);
  const harmless: Candidate[] = [];
  const harmful: Candidate[] = [];
  for (let i = 0; i < potential.length; i++) {
    const node = potential[(offset + i) % potential.length] as NodeInfo;
    const found = selectVictims(pod, node, view, judge, budgets);
    if ('reasons' in found) {
      failed.count(found, 1);
      continue;
    }
    (found.violations === 0 ? harmless : harmful).push(found);
    if (harmless.length > 0 && harmless.length + harmful.length >= enough) break;
  }
  return [...harmless, ...harmful];
}

/** SelectVictimsOnNode: all less important pods go, and as many as possible come back, the protected and important first. */
export function selectVictims(
  pod: PodInfo,
  node: NodeInfo,
  view: ClusterView,
  judge: Judge,
  budgets: readonly Budget[],
): Candidate | Rejection {
  const possible = [...node.pods.values()].filter(({ priority }) => priority < pod.priority);
  if (possible.length === 0) return NO_VICTIMS;
  for (const one of possible) view.take(one, node);
  const reprieved: PodInfo[] = [];
  try {
    const rejection = judge.verdict(node);
    if (rejection) return rejection;
    const { violating, harmless } = byBudget([...possible].sort(byImportance), budgets);
    const victims: PodInfo[] = [];
    let violations = 0;
    const reprieve = (one: PodInfo): boolean => {
      view.put(one, node);
      if (!judge.verdict(node)) {
        reprieved.push(one);
        return true;
      }
      view.take(one, node);
      victims.push(one);
      return false;
    };
    for (const one of violating) if (!reprieve(one)) violations++;
    for (const one of harmless) reprieve(one);
    if (victims.length === 0) return unresolvable(`expected at least one victim pod on node "${node.name}"`);
    return { node, victims: victims.sort(byImportance), violations };
  } finally {
    for (const one of reprieved) view.take(one, node);
    // In the order in which they were there.
    for (const one of possible) view.put(one, node);
  }
}

/** MoreImportantPod: the higher priority, then the longer running. */
function byImportance(a: PodInfo, b: PodInfo): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  return startOf(a) - startOf(b) || (a.uid < b.uid ? -1 : 1);
}

/** When a pod started; one that has not counts as starting now, which is later than any. */
function startOf({ pod }: PodInfo): number {
  const { startTime } = pod['status'] ?? {};
  return (startTime && parseTime(startTime)) || Number.MAX_SAFE_INTEGER;
}

export interface Budget {
  namespace: string;
  matches(labels: Readonly<Record<string, string>>): boolean;
  allowed: number;
  /** Pods whose eviction is under way and counted. */
  disrupted: Readonly<Record<string, unknown>>;
}

export function budgetsOf({ objects }: ClusterView): Budget[] {
  return objects.list('poddisruptionbudgets.policy').map((budget: KubeObject) => {
    const selector = selectorOf(budget['spec']?.selector);
    return {
      namespace: budget.metadata.namespace ?? '',
      // A budget that selects nothing or everything protects nobody here.
      matches: (labels) => !selector.empty && selector.matches(labels),
      allowed: budget['status']?.disruptionsAllowed ?? 0,
      disrupted: budget['status']?.disruptedPods ?? {},
    };
  });
}

/** filterPodsWithPDBViolation: in this order, each takes one of what its budgets allow. */
function byBudget(pods: readonly PodInfo[], budgets: readonly Budget[]) {
  const left = budgets.map(({ allowed }) => allowed);
  const violating: PodInfo[] = [];
  const harmless: PodInfo[] = [];
  for (const pod of pods) {
    let violated = false;
    if (Object.keys(pod.labels).length > 0)
      budgets.forEach(({ namespace, matches, disrupted }, i) => {
        if (namespace !== pod.namespace || !matches(pod.labels) || Object.hasOwn(disrupted, pod.name)) return;
        const after = (left[i] as number) - 1;
        left[i] = after;
        if (after < 0) violated = true;
      });
    (violated ? violating : harmless).push(pod);
  }
  return { violating, harmless };
}

/** What candidates are compared by, one after the other; less is better (pickOneNodeForPreemption). */
const CRITERIA: readonly ((candidate: Candidate) => number)[] = [
  ({ violations }) => violations,
  ({ victims }) => (victims[0] as PodInfo).priority,
  ({ victims }) => victims.reduce((sum, { priority }) => sum + priority + LARGEST_PRIORITY, 0),
  ({ victims }) => victims.length,
  // The latest of the earliest starts among the most important victims.
  ({ victims }) => {
    const highest = (victims[0] as PodInfo).priority;
    return -Math.min(...victims.filter(({ priority }) => priority === highest).map(startOf));
  },
];

/** The candidate that is missed least; of equals the first by name. */
export function pickOne(candidates: readonly Candidate[]): Candidate {
  let left = [...candidates].sort((a, b) => (a.node.name < b.node.name ? -1 : 1));
  for (const criterion of CRITERIA) {
    const values = left.map(criterion);
    const least = Math.min(...values);
    left = left.filter((_, i) => values[i] === least);
    if (left.length === 1) break;
  }
  return left[0] as Candidate;
}
