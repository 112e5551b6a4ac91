/** `top node` (kubectl pkg/cmd/top/top_node.go). */
import type { Command } from '../command';
import { selectorFlag } from '../flag-sets';

const command: Command = {
  use: 'node [NAME | -l label]',
  aliases: ['nodes', 'no'],
  short: 'Display resource (CPU/memory) usage of nodes',
  completion: { offer: 'names', type: 'node' },
  long: 'Show how much CPU and memory nodes use, and how much that is of what they have to give.',
  examples: '# Of all nodes\nkubectl top node\n\n# Of one\nkubectl top node node-1',
  flags: [
    selectorFlag,
    {
      name: 'sort-by',
      type: 'string',
      usage: "If non-empty, sort nodes list using specified field. The field can be either 'cpu' or 'memory'.",
    },
    { name: 'no-headers', type: 'bool', usage: 'If present, print output without headers' },
    {
      name: 'use-protocol-buffers',
      type: 'bool',
      default: true,
      usage: 'Enables using protocol-buffers to access Metrics API.',
    },
    {
      name: 'show-capacity',
      type: 'bool',
      usage: 'Print node resources based on Capacity instead of Allocatable(default) of the nodes.',
    },
    { name: 'show-swap', type: 'bool', usage: 'Print node resources related to swap memory.' },
  ],
  async run(invocation) {
    const { topNodes } = await import('./run-top-node');
    await topNodes(invocation, command.use);
  },
};

export default command;
