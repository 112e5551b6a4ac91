/** `stage enable`: the cluster learns the kind Stage. */
import { type Command, UsageError } from '../command';
import { defineKind } from '../define-kind';

const command: Command = {
  use: 'enable',
  short: 'Define the kind Stage in the cluster',
  long: 'Define the kind Stage (stages.kwok.x-k8s.io) in the cluster, so that Stages written for kwok can be applied.',
  examples: `# Define the kind, and have a Stage decide
kubectl stage enable
kubectl apply -f stage.yaml`,
  async run(invocation) {
    const { args } = invocation;
    if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
    const { stageDefinition } = await import('./definition');
    await defineKind(invocation, stageDefinition, 'kubectl-stage');
  },
};

export default command;
