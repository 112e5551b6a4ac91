/** Runs the pods of Jobs to completion (kubernetes `pkg/controller/job/job_controller.go`). */
import { selectorOf } from '../../../apimachinery/labels';
import { controllerOf, type KubeObject } from '../../../apimachinery/meta';
import type { Context, Controller, IndexedCache, Result } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { claim } from '../claim';
import { podsOwnedOrOrphaned, watchControlled } from '../members';
import { PODS } from '../pod-control';
import { forgetBackOff, needsBackOffMemory } from './back-off-memory';
import { finishedCondition, isManagedElsewhere, specOf } from './job';
import { isTracked, stopTracking, TRACKING_FINALIZER } from './job-pods';
import { JobSync } from './sync';

const identity = {
  name: 'job-controller',
  user: 'system:serviceaccount:kube-system:job-controller',
  fieldManager: 'kube-controller-manager',
};

const jobs: Controller = {
  ...identity,
  watches: [{ resource: 'jobs.batch', keys: (job) => [keyOf(job)] }, watchControlled('pods', 'Job', 'jobs.batch')],
  reconcile,
};

/** Lets go of the pods that no job will count: of jobs that are gone or over, and of no job at all (syncOrphanPod). */
const orphans: Controller = {
  ...identity,
  watches: [
    { resource: 'pods', keys: (pod, cache) => (isTracked(pod) && isOrphan(pod, cache) ? [keyOf(pod)] : []) },
    { resource: 'jobs.batch', keys: podsLeftBy },
  ],
  async reconcile(key, { cache, client }) {
    const { namespace, name } = splitKey(key);
    const pod = cache.get('pods', namespace, name);
    if (pod && isOrphan(pod, cache)) await stopTracking(pod, client);
    return undefined;
  },
};

/** A job that went before it was over: nobody asks any more how often its pods failed. */
const gone: Controller = {
  ...identity,
  watches: [
    {
      resource: 'jobs.batch',
      keys: (job, cache) => (needsBackOffMemory(specOf(job)) && !presentJob(job, cache) ? [keyOf(job)] : []),
    },
  ],
  async reconcile(key, { client }) {
    await forgetBackOff(key, client);
    return undefined;
  },
};

export default [jobs, orphans, gone];

const presentJob = ({ metadata: { namespace = '', name = '' } }: KubeObject, cache: IndexedCache) =>
  cache.get('jobs.batch', namespace, name);

async function reconcile(key: string, context: Context): Promise<Result | undefined> {
  const { namespace, name } = splitKey(key);
  const job = context.cache.get('jobs.batch', namespace, name);
  if (!job || isManagedElsewhere(specOf(job)) || finishedCondition(job)) return undefined;
  const candidates = podsOwnedOrOrphaned(job, context.cache);
  const selector = selectorOf(job['spec'].selector);
  const pods = await claim(candidates, job, selector, PODS, context, undefined, TRACKING_FINALIZER);
  return new JobSync(job, pods, context).run();
}

/** A job that is deleted or over leaves its pods to be let go of (cleanupPodFinalizers). */
function podsLeftBy(job: KubeObject, cache: IndexedCache): readonly string[] {
  const present = cache.byUid(job.metadata.uid ?? '');
  if (present && !finishedCondition(job)) return [];
  return cache
    .ownedBy('pods', job.metadata.uid ?? '')
    .filter(isTracked)
    .map(keyOf);
}

function isOrphan(pod: KubeObject, cache: IndexedCache): boolean {
  const owner = controllerOf(pod);
  if (!owner) return true;
  if (owner.kind !== 'Job' || owner.apiVersion !== 'batch/v1') return false;
  const job = cache.get('jobs.batch', pod.metadata.namespace ?? '', owner.name);
  if (!job || job.metadata.uid !== owner.uid) return true;
  return !isManagedElsewhere(specOf(job)) && finishedCondition(job) !== undefined;
}
