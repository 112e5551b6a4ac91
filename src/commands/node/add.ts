/** `node add`: machines that join the cluster. */
import type { Command } from '../command';

const command: Command = {
  use: 'add [NAME] [--count N] [--cpu CPU] [--memory MEMORY] [--pods N] [--labels KEY=VALUE,...] [--taints KEY=VALUE:EFFECT,...]',
  short: 'Add nodes to the cluster',
  long: `Add nodes to the simulated cluster. Their kubelets register them at once.

Without a name they are called node-1, node-2 and so on, whatever is free. With a name and --count the names are NAME-1, NAME-2 and so on.`,
  examples: `# One more node
kubectl node add

# Three of 16 cores, for graphics only
kubectl node add gpu --count 3 --cpu 16 --memory 64Gi --labels accelerator=a100 --taints dedicated=gpu:NoSchedule`,
  flags: [
    { name: 'count', type: 'int', default: 1, usage: 'How many nodes to add.' },
    { name: 'cpu', type: 'string', default: '4', usage: 'CPU of each, as a quantity.' },
    { name: 'labels', type: 'stringSlice', usage: 'Labels of each, as in zone=a,disk=ssd.' },
    { name: 'memory', type: 'string', default: '16Gi', usage: 'Memory of each, as a quantity.' },
    { name: 'pods', type: 'int', default: 110, usage: 'How many pods each may run.' },
    { name: 'taints', type: 'stringSlice', usage: 'Taints of each, as in dedicated=gpu:NoSchedule.' },
  ],
  async run(invocation) {
    const { runAdd } = await import('./run-add');
    await runAdd(invocation);
  },
};

export default command;
