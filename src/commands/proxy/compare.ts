/** `proxy compare`: the four modes side by side. */
import type { Command } from '../command';
import { NODE_FLAG } from './flags';

const command: Command = {
  use: 'compare [--services N,…] [--endpoints N] [--connections N] [--node NODE]',
  short: 'Run the same connections through all modes of kube-proxy',
  long: `Run the same connections through all modes of kube-proxy, for the services of the cluster and for made-up ones in growing numbers, and show what each mode costs: what it writes, how much the first packet of a connection has to look at, what is handed over for one endpoint's change, and how connections spread over backends.

Connections come from pods of one node, to cluster IPs chosen by chance, the same ones for each mode. Nothing in the cluster changes.`,
  examples: `# This cluster, and 10 to 10,000 services
kubectl proxy compare

# Only this cluster, with many connections
kubectl proxy compare --services "" --connections 5000

# Services with many endpoints, for a program
kubectl proxy compare --services 100,1000 --endpoints 50 -o json`,
  flags: [
    { name: 'connections', type: 'int', default: 300, usage: 'How many connections to make, for each size.' },
    { name: 'endpoints', type: 'int', default: 10, usage: 'How many endpoints each made-up service has.' },
    { ...NODE_FLAG, usage: 'The node on which connections begin. Default: the first one.' },
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml).' },
    {
      name: 'services',
      type: 'string',
      default: '10,100,1000,10000',
      usage: 'For how many made-up services, one after the other; at most 10000.',
    },
  ],
  completion: { offer: 'words', words: [] },
  async run(invocation) {
    const { runCompare } = await import('./run-compare');
    await runCompare(invocation);
  },
};

export default command;
