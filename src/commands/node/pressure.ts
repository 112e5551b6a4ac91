/** `node pressure`: something runs short on a node. */
import type { Command } from '../command';

const command: Command = {
  use: 'pressure NAME (memory|disk|pid) [--for DURATION] [--off]',
  short: 'Have something run short on a node',
  long: `Have memory, disk or process numbers run short on a node. Its kubelet says so in the node's conditions, the node is tainted, and one pod after another is evicted, every ten seconds, as long as it lasts: first those that use more than they asked for, then those of the lowest priority. When it is over, the condition stays for five minutes more.`,
  examples: `# Memory runs short on node-1, for a quarter of a minute
kubectl node pressure node-1 memory --for 15s

# Its disk is full, until told otherwise
kubectl node pressure node-1 disk
kubectl node pressure node-1 disk --off`,
  flags: [
    { name: 'for', type: 'duration', default: '0s', usage: 'How long it lasts. Zero: until it is turned off.' },
    { name: 'off', type: 'bool', usage: 'If true, it is over.' },
  ],
  async run(invocation) {
    const { runPressure } = await import('./run-pressure');
    await runPressure(invocation);
  },
};

export default command;
