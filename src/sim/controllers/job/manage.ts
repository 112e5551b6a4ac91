/** As many pods as a Job should have running (job_controller.go manageJob). */
import { deepFreeze } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { createPod, deletePod, slowStart } from '../pod-control';
import { isPodReady, isPodTerminating } from '../pod-state';
import { jobBackOff } from './back-off';
import { failureAnnotations, readyIndexes } from './index-failures';
import { IndexSet } from './index-set';
import { isIndexed, type JobSpec, replacesOnlyFailed } from './job';
import {
  byDispensability,
  COMPLETION_INDEX,
  indexesOf,
  stopTracking,
  TRACKING_FINALIZER,
  withoutDuplicates,
} from './job-pods';
import type { JobSync } from './sync';

/** At most so many pods are made, or deleted, in one look (MaxPodCreateDeletePerSync). */
const MOST_PODS = 500;
/** Nothing is looked at again sooner (syncJobBatchPeriod). */
const SHORTEST_DELAY = 1000;
/** apiserver `storage/names` MaxGeneratedNameLength */
const LONGEST_PREFIX = 58;

/** Makes or deletes pods, never both: what is deleted has to be seen first. @throws Error what failed first */
export async function manageJob(sync: JobSync): Promise<void> {
  const { spec, activePods } = sync;
  if (spec.suspend) return deletePods(sync, podsForRemoval(spec, activePods, activePods.length));
  const wanted = wantedActive(sync);
  const surplus = podsForRemoval(spec, activePods, Math.max(0, sync.active - wanted)).slice(0, MOST_PODS);
  if (surplus.length > 0) return deletePods(sync, surplus);
  const missing = wanted - sync.active - (replacesOnlyFailed(spec) ? sync.terminating : 0);
  if (missing > 0) await createPods(sync, missing);
}

/** No more than have still to succeed; without a number of completions, as they are once one has. */
function wantedActive({ spec, succeeded, active }: JobSync): number {
  const { completions, parallelism = 1 } = spec;
  if (completions === undefined) return succeeded > 0 ? active : parallelism;
  return Math.max(0, Math.min(completions - succeeded, parallelism));
}

/** Those whose index is none or another's too, and others until there are enough (activePodsForRemoval). */
function podsForRemoval(spec: JobSpec, pods: readonly KubeObject[], atLeast: number): KubeObject[] {
  const { surplus, left } = isIndexed(spec) ? withoutDuplicates(pods, spec) : { surplus: [], left: [...pods] };
  if (surplus.length >= atLeast) return surplus;
  return [...surplus, ...left.sort(byDispensability).slice(0, atLeast - surplus.length)];
}

/** They don't count: they are let go of first (deleteJobPods). */
async function deletePods(sync: JobSync, pods: readonly KubeObject[]): Promise<void> {
  let failure: { error: unknown } | undefined;
  for (const pod of pods) {
    try {
      await stopTracking(pod, sync.context.client);
      await deletePod(pod, sync.job, sync.context);
      sync.active--;
      sync.terminating++;
    } catch (error) {
      failure ??= { error };
    }
    if (isPodReady(pod)) sync.ready--;
  }
  if (failure) throw failure.error;
}

async function createPods(sync: JobSync, missing: number): Promise<void> {
  const { job, spec, context, now } = sync;
  const perIndex = spec.backoffLimitPerIndex !== undefined;
  let wait = perIndex
    ? 0
    : (sync.backOff?.remaining(now) ?? jobBackOff(job, spec, sync.pods, sync.failed, sync.succeeded, now));
  let indexes: number[] | undefined;
  if (wait === 0 && isIndexed(spec)) {
    indexes = pendingIndexes(sync, Math.min(missing, MOST_PODS));
    if (perIndex) ({ indexes, wait } = readyIndexes(indexes, sync.toBeReplaced, now));
  }
  if (wait > 0) return sync.wakeAfter(Math.max(wait, SHORTEST_DELAY));
  const count = indexes ? indexes.length : Math.min(missing, MOST_PODS);
  await slowStart(count, async (i) => {
    const index = indexes?.[i];
    if (index === undefined) await createPod(trackedTemplate(spec), job, context);
    else await createPod(indexedTemplate(sync, index), job, context, indexedPrefix(job.metadata.name ?? '', index));
    sync.active++;
  });
}

/** firstPendingIndexes */
function pendingIndexes({ spec, pods, activePods, succeededIndexes, failedIndexes }: JobSync, count: number): number[] {
  let taken = succeededIndexes.merge(IndexSet.of(indexesOf(activePods)));
  if (replacesOnlyFailed(spec)) taken = taken.merge(IndexSet.of(indexesOf(pods.filter(isPodTerminating))));
  if (failedIndexes) taken = taken.merge(failedIndexes);
  return taken.firstMissing(count, spec.completions ?? 0);
}

/** Made once of each template: then its pods are asked for in the same words. */
const trackedTemplates = new WeakMap<JobSpec['template'], KubeObject>();

function trackedTemplate({ template }: JobSpec): KubeObject {
  const known = trackedTemplates.get(template);
  if (known) return known;
  const given: string[] = template.metadata?.finalizers ?? [];
  const finalizers = given.includes(TRACKING_FINALIZER) ? given : [...given, TRACKING_FINALIZER];
  const tracked: KubeObject = deepFreeze({ ...template, metadata: { ...template.metadata, finalizers } });
  trackedTemplates.set(template, tracked);
  return tracked;
}

/** The index stands in an annotation, a label, the host name and the environment. */
function indexedTemplate({ job, spec, toBeReplaced }: JobSync, index: number): KubeObject {
  const { metadata, spec: podSpec } = trackedTemplate(spec);
  const counts = spec.backoffLimitPerIndex === undefined ? {} : failureAnnotations(spec, toBeReplaced.get(index));
  return {
    apiVersion: 'v1',
    kind: 'PodTemplate',
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [COMPLETION_INDEX]: `${index}`, ...counts },
      labels: { ...metadata.labels, [COMPLETION_INDEX]: `${index}` },
    },
    spec: {
      ...podSpec,
      hostname: `${job.metadata.name}-${index}`,
      containers: podSpec.containers.map(withIndexVariable),
      ...(podSpec.initContainers ? { initContainers: podSpec.initContainers.map(withIndexVariable) } : {}),
    },
  };
}

/** addCompletionIndexEnvVariable */
function withIndexVariable<T extends { env?: { name: string }[] }>(container: T): T {
  const { env = [] } = container;
  if (env.some(({ name }) => name === 'JOB_COMPLETION_INDEX')) return container;
  const fieldRef = { fieldPath: `metadata.labels['${COMPLETION_INDEX}']` };
  return { ...container, env: [...env, { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef } }] };
}

/** podGenerateNameWithIndex */
function indexedPrefix(name: string, index: number): string {
  const suffix = `-${index}-`;
  return `${name.slice(0, Math.max(0, LONGEST_PREFIX - suffix.length))}${suffix}`;
}
