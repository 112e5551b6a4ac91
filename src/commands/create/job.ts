/** `create job` (kubectl pkg/cmd/create/create_job.go). */
import type { KubeObject } from '../../apimachinery/meta';
import { findResources } from '../builder/builder';
import { CommandError, type Invocation } from '../command';
import { typedObjects } from '../typed-objects';
import { generatorCommand } from './generate';

export default generatorCommand(
  {
    use: 'job NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]',
    short: 'Create a job with the specified name',
    long: 'Make a job that runs an image, or what a cron job would run.',
    examples: `# Run an image
kubectl create job once --image=busybox

# With a command of its own
kubectl create job once --image=busybox -- date

# What a cron job would run, now
kubectl create job once --from=cronjob/nightly`,
    flags: [
      { name: 'image', type: 'string', usage: 'Image name to run.' },
      {
        name: 'from',
        type: 'string',
        usage: 'The name of the resource to create a Job from (only CronJob is supported).',
      },
    ],
  },
  async (invocation, name, namespace) => {
    const { flags, args } = invocation;
    const image = flags.string('image');
    const from = flags.string('from');
    const command = args.slice(1);
    if ((image === '') === (from === '')) throw new CommandError('either --image or --from must be specified');
    if (command.length > 0 && from) throw new CommandError('cannot specify --from and command');
    const job = image ? jobOf(name, image, command) : jobFromCronJob(name, await findCronJob(invocation, from));
    if (namespace) job.metadata.namespace = namespace;
    return { namespaced: true, failure: 'failed to create job: ', object: job };
  },
);

function jobOf(name: string, image: string, command: readonly string[]): KubeObject {
  const container = { name, image, ...(command.length > 0 ? { command } : {}) };
  return {
    kind: 'Job',
    apiVersion: 'batch/v1',
    metadata: { name },
    spec: { template: { spec: { containers: [container], restartPolicy: 'Never' } } },
  };
}

async function findCronJob(invocation: Invocation, from: string): Promise<KubeObject> {
  const { namespace } = await invocation.namespace();
  const result = await findResources(invocation, { args: [from], namespace, flatten: true, latest: true });
  const { infos, error } = await result.infos();
  if (error !== undefined) throw error;
  if (infos.length !== 1) throw new CommandError('from must be an existing cronjob');
  const object = (await typedObjects()).read(infos[0]?.object as KubeObject);
  if (object.apiVersion !== 'batch/v1' || object.kind !== 'CronJob') {
    throw new CommandError(`unknown object type *${object.apiVersion.split('/').at(-1)}.${object.kind}`);
  }
  return object;
}

function jobFromCronJob(name: string, cronJob: KubeObject): KubeObject {
  const { metadata = {}, spec } = cronJob.spec.jobTemplate;
  return {
    kind: 'Job',
    apiVersion: 'batch/v1',
    metadata: {
      name,
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', ...metadata.annotations },
      ...(metadata.labels ? { labels: metadata.labels } : {}),
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          name: cronJob.metadata.name ?? '',
          uid: cronJob.metadata.uid ?? '',
          controller: true,
        },
      ],
    },
    spec,
  };
}
