/** `trace`: what becomes of a connection. Kubetick's own. */
import type { Command } from '../command';
import { MODE_FLAG } from '../proxy/flags';

const command: Command = {
  use: 'trace SOURCE DESTINATION[:PORT]',
  short: 'Follow a connection to a service, rule by rule, and back',
  long: `Follow a connection from its source to who answers it: what DNS says, each rule that kube-proxy's node holds against it and why it matches or does not, the backend that is chosen, masquerading, what NetworkPolicies say at both ends, and the way back.

SOURCE is a pod, a node or an address outside of the cluster. DESTINATION is the name of a service as the source would write it, an address, a node (for its node ports), the host of an ingress, or pod/NAME. PORT is a number or the name of a port of the service; it can be left out where there is only one.`,
  examples: `# From a pod to a service
kubectl trace client web

# From outside, to a node port
kubectl trace 203.0.113.7 node-1:30080

# As nftables would have it, with the rules as they are written
kubectl trace client web:80 --mode nftables --rules

# How do a hundred connections spread?
kubectl trace client web -n 100

# Open three, and keep them open for a minute
kubectl trace client web -n 3 --hold 1m

# To the host of an ingress
kubectl trace 203.0.113.7 shop.example.com:443/cart`,
  flags: [
    { name: 'all', type: 'bool', usage: 'If true, show each rule that was passed by, however many there are.' },
    { name: 'count', shorthand: 'n', type: 'int', default: 1, usage: 'How many connections to make.' },
    {
      name: 'hold',
      type: 'duration',
      usage:
        'Keep the connection open for so long, and remember it: see "proxy connections". With 0s it is closed at once. Default: nothing is remembered.',
    },
    MODE_FLAG,
    {
      name: 'node',
      type: 'string',
      usage: 'The node to which external IPs are routed. Default: the first that is ready.',
      completion: { offer: 'names', type: 'node' },
    },
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml).' },
    {
      name: 'protocol',
      type: 'string',
      usage: 'TCP, UDP or SCTP. Default: what the port of the service has.',
      completion: { offer: 'words', words: ['TCP', 'UDP', 'SCTP'] },
    },
    { name: 'rules', type: 'bool', usage: 'If true, show each rule as it is written.' },
  ],
  completion: { offer: 'names', type: 'pod' },
  async run(invocation) {
    const { runTrace } = await import('./run-trace');
    await runTrace(invocation);
  },
};

export default command;
