/**
 * `pods/eviction`: a delete that asks the pod's disruption budget first (kubernetes
 * `pkg/registry/core/pod/storage/eviction.go`).
 */
import { disruptionAllowedCondition, setCondition } from '../../apimachinery/disruption-condition';
import { SelectorError, selectorOf } from '../../apimachinery/labels';
import type { Condition, KubeObject } from '../../apimachinery/meta';
import { type ApiError, apiError, badRequest, forbidden, isReason, notFound } from '../../apimachinery/status';
import { formatTime } from '../../apimachinery/time';
import type { ApiResponse } from '../../client/transport';
import { admissionAttributes } from '../admission-attributes';
import { decodeObject } from '../decode-object';
import { checkPreconditions, deleteObject } from '../delete';
import { type DeleteOptions, deleteOptionsOf } from '../delete-options';
import type { RequestContext } from '../request-context';
import { respond } from '../responses';
import { objectKey, objectOf } from '../stored';
import { updateObject } from '../update';
import { writeOptions } from '../write-options';

const CAUSE = 'DisruptionBudget';
const MAX_DISRUPTED_PODS = 2000;
const MAX_ATTEMPTS = 20;

export async function handleEviction(context: RequestContext): Promise<ApiResponse> {
  const { core, info } = context;
  const options = writeOptions(context, 'CreateOptions');
  const kind = core.catalog.subresourceKind(context.resource, 'eviction');
  const eviction = decodeObject({ ...context, resource: kind }, context.request.body, options.fieldValidation);
  if ((eviction.metadata.name ?? '') !== info.name)
    throw badRequest('name in URL does not match name in Eviction object');
  const asked = deleteOptionsOf(eviction['deleteOptions'] ?? {});
  const dryRun = asked.dryRun || options.dryRun;
  const deletion: DeleteOptions = { ...asked, dryRun };
  if (!context.core.admission.ignores('CREATE', context.resource, 'eviction')) {
    const attributes = admissionAttributes(context, 'CREATE', eviction, undefined, { dryRun });
    await context.core.admission.admit(attributes);
    await context.core.admission.validate(attributes);
  }
  // Everything below acts on the pod itself.
  const podContext: RequestContext = { ...context, info: { ...info, subresource: '', verb: 'delete' } };
  for (let attempt = 1; ; attempt++) {
    try {
      await evict(podContext, deletion);
      break;
    } catch (error) {
      const retry = isReason(error, 'Conflict') && deletion.preconditions?.resourceVersion === undefined;
      if (!retry || attempt >= MAX_ATTEMPTS) throw error;
    }
  }
  return respond(
    201,
    { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
    context.warnings,
  );
}

async function evict(context: RequestContext, deletion: DeleteOptions): Promise<void> {
  const { core, info, resource } = context;
  const entry = await core.store.get(objectKey(resource.prefix, info.namespace, info.name));
  if (!entry) throw notFound(resource.groupResource, info.name);
  const pod = objectOf(entry.value, entry.revision);
  let excused: string | undefined;
  if (!isTerminal(pod) && pod['status']?.phase !== 'Pending')
    excused = await checkBudget(context, pod, deletion.dryRun);
  const wanted = deletion.preconditions?.resourceVersion;
  const { resourceVersion = '' } = pod.metadata;
  // A pod that may go because it is not ready must not have become ready meanwhile.
  const preconditions =
    excused !== undefined && wanted === undefined
      ? { ...deletion.preconditions, resourceVersion }
      : deletion.preconditions;
  try {
    await markAndDelete(context, pod, preconditions ? { ...deletion, preconditions } : deletion);
  } catch (error) {
    if (excused !== undefined && wanted === undefined && isReason(error, 'Conflict')) throw beingProcessed(excused);
    throw error;
  }
}

/** addConditionAndDeletePod: the condition moves the resourceVersion that the delete may be bound to. */
async function markAndDelete(context: RequestContext, pod: KubeObject, deletion: DeleteOptions): Promise<void> {
  const { info, core, resource } = context;
  const { preconditions } = deletion;
  let bound = preconditions;
  if (!deletion.dryRun) {
    checkPreconditions(context, pod, deletion);
    await markDisrupted(context, pod, preconditions?.resourceVersion !== undefined);
    if (preconditions?.resourceVersion !== undefined) {
      const marked = await core.store.get(objectKey(resource.prefix, info.namespace, info.name));
      bound = { ...preconditions, resourceVersion: String(marked?.revision ?? '') };
    }
  }
  await deleteObject(context, info.namespace, info.name, bound ? { ...deletion, preconditions: bound } : deletion);
}

function isTerminal(pod: KubeObject): boolean {
  const phase = pod['status']?.phase;
  return phase === 'Succeeded' || phase === 'Failed' || pod.metadata.deletionTimestamp !== undefined;
}

/**
 * Takes one disruption from the pod's budget. @returns the budget's name where the pod may go because it is not ready.
 * @throws ApiError 429 when there is none to take.
 */
async function checkBudget(context: RequestContext, pod: KubeObject, dryRun: boolean): Promise<string | undefined> {
  const { core, info } = context;
  const all = await core.reader.list('policy', 'poddisruptionbudgets', info.namespace);
  const budgets = all.filter((budget) => covers(budget, pod));
  if (budgets.length > 1)
    throw apiError(
      500,
      '',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  const budget = budgets[0];
  if (!budget) return undefined;
  if (!isReady(pod)) {
    const { currentHealthy = 0, desiredHealthy = 0 } = budget['status'] ?? {};
    if (budget['spec']?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return budget.metadata.name;
    if (currentHealthy >= desiredHealthy && desiredHealthy > 0) return budget.metadata.name;
  }
  await takeDisruption(context, budget, pod.metadata.name ?? '', dryRun);
  return undefined;
}

function covers(budget: KubeObject, pod: KubeObject): boolean {
  try {
    return selectorOf(budget['spec']?.selector).matches(pod.metadata.labels);
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}

function isReady(pod: KubeObject): boolean {
  const conditions: { type: string; status: string }[] = pod['status']?.conditions ?? [];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

interface BudgetStatus {
  observedGeneration?: number;
  disruptionsAllowed?: number;
  currentHealthy?: number;
  desiredHealthy?: number;
  disruptedPods?: Record<string, string>;
  conditions?: Condition[];
}

/** EvictionREST.checkAndDecrement. */
async function takeDisruption(
  context: RequestContext,
  budget: KubeObject,
  podName: string,
  dryRun: boolean,
): Promise<void> {
  const { core, info } = context;
  const { name = '', generation = 0 } = budget.metadata;
  const status: BudgetStatus = budget['status'] ?? {};
  const { observedGeneration = 0, disruptionsAllowed = 0, disruptedPods = {} } = status;
  if (observedGeneration < generation) throw beingProcessed(name);
  const gr = { group: 'policy', resource: 'poddisruptionbudget' };
  if (disruptionsAllowed < 0) throw forbidden(gr, name, 'pdb disruptions allowed is negative');
  if (Object.keys(disruptedPods).length > MAX_DISRUPTED_PODS)
    throw forbidden(gr, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  if (disruptionsAllowed === 0) throw tooManyRequests(whyNone(name, status), 0);
  if (dryRun) return;
  const resource = await core.catalog.find('policy', 'v1', 'poddisruptionbudgets');
  if (!resource) return;
  const budgetContext: RequestContext = {
    ...context,
    resource,
    info: { ...info, group: 'policy', resource: 'poddisruptionbudgets', name, subresource: 'status', verb: 'update' },
  };
  await updateObject(budgetContext, {
    name,
    options: { dryRun: false, fieldManager: 'kube-apiserver', fieldValidation: 'Ignore', force: false },
    allowCreate: false,
    updated: () => ({
      ...budget,
      metadata: { ...budget.metadata },
      status: {
        ...status,
        disruptionsAllowed: disruptionsAllowed - 1,
        disruptedPods: { ...disruptedPods, [podName]: formatTime(core.clock.now()) },
        // The last one taken: the condition says so (pdbhelper.UpdateDisruptionAllowedCondition).
        ...(disruptionsAllowed === 1
          ? {
              conditions: setCondition(
                status.conditions ?? [],
                disruptionAllowedCondition(0, observedGeneration),
                core.clock.now(),
              ),
            }
          : {}),
      },
    }),
  });
}

function whyNone(name: string, { conditions = [], currentHealthy = 0, desiredHealthy = 0 }: BudgetStatus): string {
  const condition = conditions.find((one) => one.type === 'DisruptionAllowed');
  const told = condition?.status === 'False' && condition.message ? condition : undefined;
  if (told?.reason === 'SyncFailed')
    return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${told.message}`;
  if (currentHealthy <= desiredHealthy)
    return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  if (told)
    return `The disruption budget ${name} does not allow evicting pods currently (${told.reason}): ${told.message}`;
  return `The disruption budget ${name} does not allow evicting pods currently`;
}

/** createTooManyRequestsError */
function beingProcessed(budget: string): ApiError {
  return tooManyRequests(`The disruption budget ${budget} is still being processed by the server.`, 10);
}

/** errors.NewTooManyRequests, with what the budget has to say. */
function tooManyRequests(cause: string, retryAfterSeconds: number): ApiError {
  return apiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: CAUSE, message: cause }],
    ...(retryAfterSeconds ? { retryAfterSeconds } : {}),
  });
}

/** Says on the pod why it goes; `unchanged`: only if it is still as it was seen. */
async function markDisrupted(context: RequestContext, pod: KubeObject, unchanged: boolean): Promise<void> {
  const { core, info } = context;
  const now = formatTime(core.clock.now());
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: now,
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  };
  await updateObject(
    { ...context, info: { ...info, subresource: 'status', verb: 'update' } },
    {
      name: info.name,
      options: { dryRun: false, fieldManager: 'kube-apiserver', fieldValidation: 'Ignore', force: false },
      allowCreate: false,
      updated: (existing) => {
        const latest = existing ?? pod;
        if (unchanged && latest.metadata.resourceVersion !== pod.metadata.resourceVersion)
          checkPreconditions(context, latest, {
            dryRun: false,
            preconditions: { resourceVersion: pod.metadata.resourceVersion ?? '' },
          });
        const conditions: { type: string; status: string; lastTransitionTime?: string }[] =
          latest['status']?.conditions ?? [];
        const before = conditions.find(({ type }) => type === condition.type);
        const set =
          before?.status === condition.status
            ? { ...condition, lastTransitionTime: before.lastTransitionTime }
            : condition;
        return {
          ...latest,
          metadata: { ...latest.metadata },
          status: {
            ...latest['status'],
            conditions: before ? conditions.map((one) => (one === before ? set : one)) : [...conditions, set],
          },
        };
      },
    },
  );
}
