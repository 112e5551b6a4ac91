/** `uncordon`: new pods on a node again (kubectl pkg/cmd/drain/drain.go). */
import type { Command } from '../command';
import { dryRunFlag, selectorFlag } from '../flag-sets';

const command: Command = {
  use: 'uncordon NODE',
  short: 'Mark node as schedulable',
  completion: { offer: 'names', type: 'node' },
  long: 'Mark a node as schedulable, so that pods may come again.',
  examples: `# Let pods come to a node again
kubectl uncordon node-1`,
  flags: [selectorFlag, dryRunFlag],
  async run(invocation) {
    const { findNodes, setUnschedulable } = await import('./nodes');
    await setUnschedulable(invocation, await findNodes(invocation, command), false);
  },
};

export default command;
