/** Deletes Jobs that have ended, ttlSecondsAfterFinished later (kubernetes `pkg/controller/ttlafterfinished`). */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { parseTime } from '../../../apimachinery/time';
import type { ResourcePath } from '../../../client/client';
import type { Instant } from '../../clock';
import type { Context, Controller } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';

const JOBS: ResourcePath = { group: 'batch', version: 'v1', resource: 'jobs' };

const controller: Controller = {
  name: 'ttl-after-finished-controller',
  user: 'system:serviceaccount:kube-system:ttl-after-finished-controller',
  fieldManager: 'kube-controller-manager',
  watches: [{ resource: 'jobs.batch', keys: (job) => (expiry(job) === undefined ? [] : [keyOf(job)]) }],
  reconcile(key, context) {
    const { namespace, name } = splitKey(key);
    const job = context.cache.get('jobs.batch', namespace, name);
    const expires = job && expiry(job);
    if (!job || expires === undefined) return undefined;
    const left = expires - context.clock.now();
    return left > 0 ? { requeueAfter: left } : remove(job, context);
  },
};
export default controller;

/** When a Job is to go; undefined for one that has not ended, is on its way out, or is to stay. */
function expiry(job: KubeObject): Instant | undefined {
  const seconds: number | undefined = job['spec']?.ttlSecondsAfterFinished;
  if (seconds === undefined || job.metadata.deletionTimestamp !== undefined) return undefined;
  const conditions: { type: string; status: string; lastTransitionTime?: string }[] = job['status']?.conditions ?? [];
  const ended = conditions.find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
  const at = ended && parseTime(ended.lastTransitionTime ?? '');
  return at === undefined ? undefined : at + seconds * 1000;
}

/** With its pods, and only if it is still that Job. */
async function remove({ metadata }: KubeObject, { client }: Context): Promise<undefined> {
  const { namespace = '', name = '', uid = '' } = metadata;
  const options = {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    propagationPolicy: 'Foreground',
    preconditions: { uid },
  };
  try {
    await client.delete(JOBS, namespace, name, options);
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}
