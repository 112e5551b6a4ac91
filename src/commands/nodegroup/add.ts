/** `nodegroup add`: a new group of machines. */
import type { Command } from '../command';
import { groupFlags } from './group-flags';

const command: Command = {
  use: 'add NAME [--min N] [--max N] [--cpu CPU] [--memory MEMORY] [--initial N]',
  short: 'Declare a group of nodes',
  long: `Declare a group of equal machines. From then on the Cluster Autoscaler runs: it asks for more of them, up to --max, when pods fit nowhere, and gives up those that are not needed, down to --min.

Nodes of a group are called NAME-1, NAME-2 and so on, and bear the label kubetick.dev/nodegroup=NAME. Those that --initial tells are there at once; others come after --provision-time.`,
  examples: `# Up to ten small nodes, one of which is there
kubectl nodegroup add small --cpu 2 --memory 8Gi --max 10 --initial 1

# Graphics, dear and in zone a
kubectl nodegroup add gpu --cpu 16 --memory 64Gi --gpu 4 --gpu-type a100 --max 4 --price 2.5 --zone a --taints dedicated=gpu:NoSchedule

# The first three machines never register
kubectl nodegroup add flaky --fail silent:3`,
  flags: [
    ...groupFlags,
    {
      name: 'initial',
      type: 'int',
      default: -1,
      usage: 'How many machines are there already. Default: as many as --min.',
    },
  ],
  async run(invocation) {
    const { runAdd } = await import('./run-add');
    await runAdd(invocation);
  },
};

export default command;
