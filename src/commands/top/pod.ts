/** `top pod` (kubectl pkg/cmd/top/top_pod.go). */
import type { Command } from '../command';
import { allNamespacesFlag, fieldSelectorFlag, selectorFlag } from '../flag-sets';

const command: Command = {
  use: 'pod [NAME | -l label]',
  aliases: ['pods', 'po'],
  short: 'Display resource (CPU/memory) usage of pods',
  completion: { offer: 'names', type: 'pod' },
  long: `Show how much CPU and memory pods use.

There may be no figures of a pod in its first minutes.`,
  examples: `# Of the pods of this namespace
kubectl top pod

# Of those of another
kubectl top pod --namespace=kube-system

# Of the containers of one pod
kubectl top pod web-1 --containers

# Of pods with a label
kubectl top pod -l app=web`,
  flags: [
    selectorFlag,
    fieldSelectorFlag,
    {
      name: 'sort-by',
      type: 'string',
      usage: "If non-empty, sort pods list using specified field. The field can be either 'cpu' or 'memory'.",
    },
    { name: 'containers', type: 'bool', usage: 'If present, print usage of containers within a pod.' },
    allNamespacesFlag,
    { name: 'no-headers', type: 'bool', usage: 'If present, print output without headers.' },
    {
      name: 'use-protocol-buffers',
      type: 'bool',
      default: true,
      usage: 'Enables using protocol-buffers to access Metrics API.',
    },
    { name: 'sum', type: 'bool', usage: 'Print the sum of the resource usage' },
    { name: 'show-swap', type: 'bool', usage: 'Print pod resources related to swap memory.' },
  ],
  async run(invocation) {
    const { topPods } = await import('./run-top-pod');
    await topPods(invocation, command.use);
  },
};

export default command;
