/** Flags that the subcommands of `proxy` and `trace` share. */
import type { Flag } from '../command';

export const NODE_FLAG: Flag = {
  name: 'node',
  type: 'string',
  usage: 'The node whose kube-proxy is asked. Default: the first one.',
  completion: { offer: 'names', type: 'node' },
};

export const MODE_FLAG: Flag = {
  name: 'mode',
  type: 'string',
  usage: "The mode to ask about: iptables, nftables, ipvs or userspace. Default: the cluster's own.",
  completion: { offer: 'words', words: ['iptables', 'nftables', 'ipvs', 'userspace'] },
};
