/** `proxy sync`: what a change makes kube-proxy do. */
import type { Command } from '../command';
import { MODE_FLAG, NODE_FLAG } from './flags';

const command: Command = {
  use: 'sync [--explain] [--node NODE] [--mode MODE]',
  short: 'Tell what the last change of a service makes kube-proxy write',
  long: 'Tell what the last change of a service, or of its endpoints, makes the kube-proxy of a node write, in each mode: what it hands to the kernel, and what is other there afterwards. With --explain each thing that is touched is named.',
  examples: `# How much is written for the last change, in each mode?
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
