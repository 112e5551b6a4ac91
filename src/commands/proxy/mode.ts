/** `proxy mode`: how kube-proxy is set. */
import type { Command } from '../command';

const command: Command = {
  use: 'mode [iptables|nftables|ipvs|userspace]',
  short: 'Show or set the mode of kube-proxy',
  long: "Show in which mode the cluster's kube-proxies are, or set another one. What else there is to set about them goes with it, as in a KubeProxyConfiguration. IPVS is deprecated since Kubernetes 1.35, and userspace was removed in 1.26.",
  examples: `# In which mode are they?
kubectl proxy mode

# nftables from now on
kubectl proxy mode nftables

# Masquerade all traffic to cluster IPs
kubectl proxy mode --masquerade-all

# IPVS that chooses by the fewest connections
kubectl proxy mode ipvs --ipvs-scheduler lc`,
  flags: [
    {
      name: 'detect-local-mode',
      type: 'string',
      usage: 'How traffic of pods is told from others: "ClusterCIDR" or "NodeCIDR".',
      completion: { offer: 'words', words: ['ClusterCIDR', 'NodeCIDR'] },
    },
    {
      name: 'ipvs-scheduler',
      type: 'string',
      usage: 'How IPVS chooses a backend: rr, wrr, lc, wlc, lblc, dh, sh, sed, nq, mh.',
      completion: { offer: 'words', words: ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'dh', 'sh', 'sed', 'nq', 'mh'] },
    },
    {
      name: 'localhost-nodeports',
      type: 'bool',
      usage: 'If false, node ports are not answered at 127.0.0.1 (iptables mode).',
    },
    { name: 'masquerade-all', type: 'bool', usage: 'If true, all traffic to cluster IPs is masqueraded.' },
    {
      name: 'nfacct',
      type: 'bool',
      usage: 'If true, rules count by nfacct, as where the kernel has it (iptables mode).',
    },
    {
      name: 'nodeport-addresses',
      type: 'stringSlice',
      usage: 'Networks whose addresses of nodes answer at node ports, or "primary".',
    },
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml).' },
  ],
  completion: { offer: 'words', words: ['iptables', 'nftables', 'ipvs', 'userspace'] },
  async run(invocation) {
    const { runMode } = await import('./run-mode');
    await runMode(invocation);
  },
};

export default command;
