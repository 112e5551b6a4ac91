/** `stage enable`: the cluster learns the kind Stage. */
import { isReason } from '../../apimachinery/status';
import { type Command, UsageError } from '../command';

const DEFINITIONS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };

const command: Command = {
  use: 'enable',
  short: 'Define the kind Stage in the cluster',
  long: 'Define the kind Stage (stages.kwok.x-k8s.io) in the cluster, so that Stages written for kwok can be applied.',
  examples: `# Define the kind, and have a Stage decide
kubectl stage enable
kubectl apply -f stage.yaml`,
  async run(invocation) {
    const { args, streams } = invocation;
    if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
    const { stageDefinition } = await import('./definition');
    const client = await invocation.client();
    const name = `customresourcedefinition.apiextensions.k8s.io/${stageDefinition.metadata.name}`;
    try {
      await client.create(DEFINITIONS, '', stageDefinition, { fieldManager: invocation.fieldManager('kubectl-stage') });
      streams.out(`${name} created\n`);
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error;
      streams.out(`${name} unchanged\n`);
    }
  },
};

export default command;
