/** `proxy rules`: what kube-proxy has written on a node. */
import type { Command } from '../command';
import { MODE_FLAG, NODE_FLAG } from './flags';

const command: Command = {
  use: 'rules [--node NODE] [--mode MODE]',
  short: 'Print the rules that kube-proxy writes on a node',
  long: 'Print what kube-proxy writes on a node for all services, as the tool of its mode reads it: iptables-restore, nft -f, ipvsadm -R. It can be loaded into a kernel as it is. On a node with addresses of both families there is a kube-proxy for each.',
  examples: `# On the first node, in the mode of the cluster
kubectl proxy rules

# On another one, as nftables
kubectl proxy rules --node node-2 --mode nftables

# How many there are
kubectl proxy rules --count

# Those of one service
kubectl proxy rules | grep default/web`,
  flags: [
    { name: 'count', type: 'bool', usage: 'If true, print how many there are instead.' },
    {
      name: 'family',
      type: 'string',
      usage: 'Only those of one family, IPv4 or IPv6.',
      completion: { offer: 'words', words: ['IPv4', 'IPv6'] },
    },
    MODE_FLAG,
    NODE_FLAG,
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml).' },
  ],
  completion: { offer: 'words', words: [] },
  async run(invocation) {
    const { runRules } = await import('./run-rules');
    await runRules(invocation);
  },
};

export default command;
