/** `load enable`: the cluster learns kwok's kinds that say what pods use. */
import { type Command, UsageError } from '../command';
import { defineKind } from '../define-kind';

const command: Command = {
  use: 'enable',
  short: "Define kwok's kinds ResourceUsage and ClusterResourceUsage in the cluster",
  long: "Define kwok's kinds ResourceUsage (resourceusages.kwok.x-k8s.io) and ClusterResourceUsage (clusterresourceusages.kwok.x-k8s.io) in the cluster, so that those written for kwok can be applied: what the containers of one pod, or of many, use, as a quantity or an expression.",
  examples: '# Define the kinds, and have them decide\nkubectl load enable\nkubectl apply -f usage.yaml',
  async run(invocation) {
    const { args } = invocation;
    if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
    const { usageDefinitions } = await import('./usage-definitions');
    for (const definition of usageDefinitions) await defineKind(invocation, definition, 'kubectl-load');
  },
};

export default command;
