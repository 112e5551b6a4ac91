/** `cordon`: no new pods on a node (kubectl pkg/cmd/drain/drain.go). */
import type { Command } from '../command';
import { dryRunFlag, selectorFlag } from '../flag-sets';

const command: Command = {
  use: 'cordon NODE',
  short: 'Mark node as unschedulable',
  completion: { offer: 'names', type: 'node' },
  long: 'Mark a node as unschedulable: pods that run there stay, and no others come.',
  examples: `# No new pods on a node
kubectl cordon node-1`,
  flags: [selectorFlag, dryRunFlag],
  async run(invocation) {
    const { findNodes, setUnschedulable } = await import('./nodes');
    await setUnschedulable(invocation, await findNodes(invocation, command), true);
  },
};

export default command;
