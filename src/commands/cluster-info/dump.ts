/** `cluster-info dump` (kubectl pkg/cmd/clusterinfo/clusterinfo_dump.go). */
import type { Command } from '../command';
import { printFlags } from '../flag-sets';

const command: Command = {
  use: 'dump [flags]',
  short: 'Dump relevant information for debugging and diagnosis',
  long: `Write down what is needed to find out what is wrong with a cluster: its nodes, and of namespaces the events, controllers, services, pods and what their containers have written.

All goes to standard output, or with --output-directory to files. The namespaces are kube-system and the current one; --namespaces names others, and --all-namespaces means all.`,
  examples: `# To standard output
kubectl cluster-info dump

# To files
kubectl cluster-info dump --output-directory=/tmp/cluster-state

# Of all namespaces
kubectl cluster-info dump --all-namespaces

# Of some
kubectl cluster-info dump --namespaces default,kube-system --output-directory=/tmp/cluster-state`,
  flags: [
    ...printFlags().map((flag) => (flag.name === 'output' ? { ...flag, default: 'json' } : flag)),
    {
      name: 'output-directory',
      type: 'string',
      usage:
        "Where to output the files.  If empty or '-' uses stdout, otherwise creates a directory hierarchy in that directory",
    },
    { name: 'namespaces', type: 'stringSlice', usage: 'A comma separated list of namespaces to dump.' },
    {
      name: 'all-namespaces',
      shorthand: 'A',
      type: 'bool',
      usage: 'If true, dump all namespaces.  If true, --namespaces is ignored.',
    },
    {
      name: 'pod-running-timeout',
      type: 'duration',
      default: '20s',
      usage: 'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
    },
  ],
  async run(invocation) {
    const { dumpCluster } = await import('./run-dump');
    await dumpCluster(invocation);
  },
};

export default command;
