/** `proxy sync`: what a change makes kube-proxy do. */
import type { Command } from '../command';
import { MODE_FLAG, NODE_FLAG } from './flags';

const command: Command = {
  use: 'sync [--explain] [--node NODE] [--mode MODE]',
  short: 'Tell what changes of services make kube-proxy write',
  long: 'Have the kube-proxy of a node take up what has changed of services, or of their endpoints, since it was last asked, and tell what that makes it write, in each mode: what it hands to the kernel, and what is other there afterwards. With --explain each thing that is touched is named. The first time everything is new to it. Where nothing has changed, the last sync is told again.',
  examples: `# How much is written for what has changed, in each mode?
kubectl proxy sync

# What exactly?
kubectl proxy sync --explain

# As what nft is given
kubectl proxy sync --mode nftables --input`,
  flags: [
    { name: 'explain', type: 'bool', usage: 'If true, name each thing that the change touches.' },
    { name: 'input', type: 'bool', usage: 'If true, print what is handed to the tool of the mode.' },
    MODE_FLAG,
    NODE_FLAG,
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml).' },
  ],
  completion: { offer: 'words', words: [] },
  async run(invocation) {
    const { runSync } = await import('./run-sync');
    await runSync(invocation);
  },
};

export default command;
