/** Makes Jobs on a schedule (kubernetes `pkg/controller/cronjob/cronjob_controllerv2.go`). */
import { controllerOf, type KubeObject } from '../../../apimachinery/meta';
import type { Context, Controller, Result } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import type { CronJob } from './cron-job';
import { CronJobSync } from './sync';

const cronJobController: Controller = {
  name: 'cronjob-controller',
  user: 'system:serviceaccount:kube-system:cronjob-controller',
  fieldManager: 'kube-controller-manager',
  watches: [
    { resource: 'cronjobs.batch', keys: (cronJob) => [keyOf(cronJob)] },
    { resource: 'jobs.batch', keys: cronJobsOf },
  ],
  reconcile,
};
export default cronJobController;

/** The cron job that controls a job, and the one that did. */
function cronJobsOf(job: KubeObject, _cache: unknown, previous?: KubeObject): readonly string[] {
  const owners = [job, ...(previous ? [previous] : [])].map(controllerOf);
  return owners.flatMap((owner) => (owner?.kind === 'CronJob' ? [`${job.metadata.namespace}/${owner.name}`] : []));
}

async function reconcile(key: string, context: Context): Promise<Result | undefined> {
  const { namespace, name } = splitKey(key);
  const cronJob = context.cache.get('cronjobs.batch', namespace, name);
  if (!cronJob) return undefined;
  const jobs = context.cache
    .ownedBy('jobs.batch', cronJob.metadata.uid ?? '')
    .filter((job) => controllerOf(job)?.uid === cronJob.metadata.uid);
  return new CronJobSync({ ...cronJob, status: cronJob['status'] ?? {} } as CronJob, jobs, context).run();
}
