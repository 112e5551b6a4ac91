/** `dns`: what a name means to a pod. Kubetick's own. */
import type { Command } from '../command';

const command: Command = {
  use: 'dns NAME [--from POD] [--type TYPE]',
  short: 'Look a name up as a pod does, query by query',
  long: `Look a name up as the resolver of a pod does: with the search list and the ndots that its dnsPolicy and dnsConfig give it. Each query is shown with what the cluster's DNS answers, until one has what is wanted.

Answers are those of CoreDNS with its kubernetes plugin (Kubernetes DNS specification 1.1.0). Nothing is asked of servers outside of the cluster: names that are not the cluster's are refused. Without --from, the name is asked for as it stands, once.

With \`dns serve\` the same answers are given on a port, to dig and other clients.`,
  examples: `# A service, from a pod of the same namespace
kubectl dns web --from client

# From a pod of another namespace
kubectl dns web.default --from other/client

# All ports of a service, by their names
kubectl dns _http._tcp.web.default.svc.cluster.local --type SRV

# Whose address is this?
kubectl dns 10.96.0.1

# As JSON
kubectl dns web --from client -o json`,
  flags: [
    {
      name: 'from',
      type: 'string',
      usage: 'The pod that asks, as NAME or NAMESPACE/NAME.',
      completion: { offer: 'names', type: 'pod' },
    },
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml).' },
    {
      name: 'type',
      type: 'string',
      usage: 'What is asked for: A, AAAA, SRV, PTR, TXT, CNAME, NS, SOA. Default: A, and PTR for an address.',
      completion: { offer: 'words', words: ['A', 'AAAA', 'SRV', 'PTR', 'TXT', 'CNAME', 'NS', 'SOA'] },
    },
  ],
  subcommands: { serve: () => import('./serve') },
  completion: { offer: 'words', words: [] },
  async run(invocation) {
    const { runDNS } = await import('./run-dns');
    await runDNS(invocation);
  },
};

export default command;
