/** `proxy`: what the kube-proxies of the nodes write. Kubetick's own. */
import type { Command } from '../command';

const command: Command = {
  use: 'proxy SUBCOMMAND',
  short: 'Show what kube-proxy writes on a node, in each of its modes',
  long: 'On each node kube-proxy sees to it that connections to services reach their backends: by rules of iptables or nftables, by virtual servers of IPVS, or, long ago, by passing them on itself. These commands show what it would write on a node of this cluster. `trace` sends a packet through it.',
  subcommands: {
    rules: () => import('./rules'),
    mode: () => import('./mode'),
    sync: () => import('./sync'),
    compare: () => import('./compare'),
  },
};

export default command;
