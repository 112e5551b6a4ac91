/** `create cronjob` (kubectl pkg/cmd/create/create_cronjob.go). */
import { generatorCommand } from './generate';

export default generatorCommand(
  {
    use: "cronjob NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags]",
    aliases: ['cj'],
    short: 'Create a cron job with the specified name',
    long: 'Make a cron job that runs an image as a schedule says.',
    examples: `# Every minute
kubectl create cronjob often --image=busybox --schedule="*/1 * * * *"

# With a command of its own
kubectl create cronjob often --image=busybox --schedule="*/1 * * * *" -- date`,
    flags: [
      { name: 'image', type: 'string', required: true, usage: 'Image name to run.' },
      {
        name: 'schedule',
        type: 'string',
        required: true,
        usage: 'A schedule in the Cron format the job should be run with.',
      },
      {
        name: 'restart',
        type: 'string',
        usage: "job's restart policy. supported values: OnFailure, Never",
      },
    ],
  },
  ({ flags, args }, name, namespace) => {
    const command = args.slice(1);
    const container = { name, image: flags.string('image'), ...(command.length > 0 ? { command } : {}) };
    const podSpec = { containers: [container], restartPolicy: flags.string('restart') || 'OnFailure' };
    return {
      namespaced: true,
      failure: 'failed to create cronjob: ',
      object: {
        kind: 'CronJob',
        apiVersion: 'batch/v1',
        metadata: { name, ...(namespace ? { namespace } : {}) },
        spec: {
          schedule: flags.string('schedule'),
          jobTemplate: { metadata: { name }, spec: { template: { spec: podSpec } } },
        },
      },
    };
  },
);
