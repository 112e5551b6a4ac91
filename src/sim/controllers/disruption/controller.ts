/**
 * Says of each PodDisruptionBudget how many of its pods may be disrupted now, and takes back the DisruptionTarget condition of
 * pods that were not deleted after all (kubernetes `pkg/controller/disruption`).
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { formatTime, parseTime } from '../../../apimachinery/time';
import { DELETION, STATUS } from '../../changed-parts';
import type { Instant } from '../../clock';
import type { Context, Controller, IndexedCache, Result } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { podsMatching, selecting } from '../members';
import { messageOf, PODS } from '../pod-control';
import { isPodReady, isPodTerminal, type PodCondition, podCondition } from '../pod-state';
import { expectedPods } from './expected-pods';
import { writeFailure, writeStatus } from './status';

/** A pod whose eviction was granted has so long to be deleted, and a DisruptionTarget condition so long to come true. */
const DELETION_TIMEOUT = 120_000;

/** Keys of pods are told from those of budgets by this. */
const POD = 'pod:';

const controller: Controller = {
  name: 'disruption-controller',
  user: 'system:serviceaccount:kube-system:disruption-controller',
  fieldManager: 'kube-controller-manager',
  eventSource: { component: 'controllermanager' },
  watches: [
    { resource: 'poddisruptionbudgets.policy', keys: (budget) => [keyOf(budget)] },
    { resource: 'pods', when: (cache) => cache.count('poddisruptionbudgets.policy') > 0, keys: budgetsCovering },
    {
      resource: 'pods',
      minds: STATUS | DELETION,
      keys: (pod) => (disruptionCondition(pod) ? [POD + keyOf(pod)] : NOBODY),
    },
  ],
  reconcile(key, context) {
    if (key.startsWith(POD)) return takeBackCondition(key.slice(POD.length), context);
    const { namespace, name } = splitKey(key);
    const budget = context.cache.get('poddisruptionbudgets.policy', namespace, name);
    return budget ? sync(budget, context) : undefined;
  },
};
export default controller;

const NOBODY: readonly string[] = [];

/** The budgets that cover a pod, now and before. */
function budgetsCovering(pod: KubeObject, cache: IndexedCache, previous?: KubeObject): readonly string[] {
  const keys = budgetsOf(pod, cache).map(keyOf);
  if (previous && previous !== pod && previous.metadata.labels !== pod.metadata.labels)
    keys.push(...budgetsOf(previous, cache).map(keyOf));
  return keys;
}

const budgetsOf = (pod: KubeObject, cache: IndexedCache) => selecting(pod, 'poddisruptionbudgets.policy', cache);

async function sync(budget: KubeObject, context: Context): Promise<Result | undefined> {
  try {
    return await trySync(budget, context);
  } catch (error) {
    if (isReason(error, 'Conflict')) throw error;
    await writeFailure(budget, messageOf(error), context);
    return undefined;
  }
}

async function trySync(budget: KubeObject, context: Context): Promise<Result | undefined> {
  const { cache, events, clock } = context;
  const { spec = {}, status = {}, metadata } = budget;
  const now = clock.now();
  const pods = podsMatching(metadata.namespace ?? '', spec.selector, cache);
  if (pods.length === 0) sayOnce(budget, 'Normal', 'NoPods', 'No matching pods found', context);
  sayIfCoveredTwice(pods, context);
  let expected: Awaited<ReturnType<typeof expectedPods>>;
  try {
    expected = await expectedPods(budget, pods, context);
  } catch (error) {
    const message = `Failed to calculate the number of expected pods: ${messageOf(error)}`;
    events.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', message);
    throw error;
  }
  if (expected.unmanaged.length > 0) {
    const message = `Pods selected by this PodDisruptionBudget (selector: ${goSelector(spec.selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
    sayOnce(budget, 'Warning', 'UnmanagedPods', message, context);
  }
  const { disruptedPods, recheckAt } = stillDisrupted(budget, pods, status.disruptedPods ?? {}, context);
  const healthy = pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      !(disruptedPods[pod.metadata.name ?? ''] !== undefined) &&
      isPodReady(pod),
  );
  await writeStatus(
    budget,
    { currentHealthy: healthy.length, desiredHealthy: expected.desiredHealthy, expectedPods: expected.expected },
    disruptedPods,
    context,
  );
  return recheckAt === undefined ? undefined : { requeueAfter: recheckAt - now };
}

/** The pods whose eviction was granted and that have not been deleted yet, but may still be (buildDisruptedPodMap). */
function stillDisrupted(
  budget: KubeObject,
  pods: readonly KubeObject[],
  granted: Readonly<Record<string, string>>,
  { events, clock }: Context,
): { disruptedPods: Record<string, string>; recheckAt?: Instant } {
  const disruptedPods: Record<string, string> = {};
  let recheckAt: Instant | undefined;
  for (const pod of pods) {
    const { name = '', deletionTimestamp } = pod.metadata;
    const time = Object.hasOwn(granted, name) ? granted[name] : undefined;
    if (deletionTimestamp !== undefined || time === undefined) continue;
    const expectedBy = (parseTime(time) ?? 0) + DELETION_TIMEOUT;
    if (expectedBy < clock.now()) {
      // Upstream names the namespace twice.
      const { namespace } = budget.metadata;
      const message = `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`;
      events.event(pod, 'Warning', 'NotDeleted', message);
      continue;
    }
    disruptedPods[name] = time;
    // It counts as late only after that instant.
    recheckAt = Math.min(recheckAt ?? expectedBy + 1, expectedBy + 1);
  }
  return { disruptedPods, ...(recheckAt === undefined ? {} : { recheckAt }) };
}

/** A pod that several budgets cover can't be evicted at all: its owner should know. */
function sayIfCoveredTwice(pods: readonly KubeObject[], context: Context): void {
  const { cache } = context;
  for (const pod of pods) {
    if (cache.count('poddisruptionbudgets.policy', pod.metadata.namespace) < 2) return;
    const budgets = budgetsOf(pod, cache);
    if (budgets.length < 2) continue;
    const { namespace, name } = pod.metadata;
    const message = `Pod "${namespace}"/"${name}" matches multiple PodDisruptionBudgets.  Chose "${budgets[0]?.metadata.name}" arbitrarily.`;
    sayOnce(pod, 'Warning', 'MultiplePodDisruptionBudgets', message, context);
  }
}

/** Upstream says it at each look; here looks are not to be told from one another, so once in an event's life. */
function sayOnce(
  about: KubeObject,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
  context: Context,
): void {
  const said = context.cache.index('events', 'about', about.metadata.uid ?? '');
  if (said.some((event) => event['reason'] === reason)) return;
  context.events.event(about, type, reason, message);
}

/** A selector as Go prints it (LabelSelector.String, generated). */
function goSelector(
  selector: { matchLabels?: Record<string, string>; matchExpressions?: Expression[] } | undefined,
): string {
  if (!selector) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],}`,
  );
  const list = expressions.length > 0 ? `${expressions.join(',')},` : '';
  return `&LabelSelector{MatchLabels:map[string]string{${labels.map(([key, value]) => `${key}: ${value},`).join('')}},MatchExpressions:[]LabelSelectorRequirement{${list}},}`;
}

interface Expression {
  key: string;
  operator: string;
  values?: string[];
}

/** The condition that says a pod is about to be deleted, if it is there and may prove wrong (nonTerminatingPodHasStaleDisruptionCondition). */
function disruptionCondition(pod: KubeObject): PodCondition | undefined {
  if (pod.metadata.deletionTimestamp !== undefined || isPodTerminal(pod)) return undefined;
  const condition = podCondition(pod, 'DisruptionTarget');
  if (condition?.status !== 'True' || condition.reason === 'TerminationByKubelet') return undefined;
  return condition;
}

/** syncStalePodDisruption */
async function takeBackCondition(key: string, context: Context): Promise<Result | undefined> {
  const { namespace, name } = splitKey(key);
  const pod = context.cache.get('pods', namespace, name);
  const condition = pod && disruptionCondition(pod);
  if (!condition) return undefined;
  const now = context.clock.now();
  const since = parseTime(condition.lastTransitionTime ?? '') ?? 0;
  const left = since + DELETION_TIMEOUT - now;
  if (left > 0) return { requeueAfter: left };
  const { generation } = pod.metadata;
  const conditions: PodCondition[] = pod['status'].conditions;
  const taken = {
    type: 'DisruptionTarget',
    status: 'False',
    lastProbeTime: null,
    lastTransitionTime: formatTime(now),
    ...(generation ? { observedGeneration: generation } : {}),
  };
  const status = { ...pod['status'], conditions: conditions.map((one) => (one === condition ? taken : one)) };
  await context.client.updateStatus(PODS, { ...pod, status });
  return undefined;
}
