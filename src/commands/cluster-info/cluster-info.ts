/** `cluster-info`: where the cluster is (kubectl pkg/cmd/clusterinfo/clusterinfo.go). */
import type { Command } from '../command';

const command: Command = {
  use: 'cluster-info [flags]',
  short: 'Display cluster information',
  long: `Show the addresses of the control plane, and of services with the label kubernetes.io/cluster-service=true.

For more, there is "kubectl cluster-info dump".`,
  examples: '# Where are the control plane and the services of the cluster?\nkubectl cluster-info',
  subcommands: { dump: () => import('./dump') },
  async run(invocation) {
    const { showClusterInfo } = await import('./run-cluster-info');
    await showClusterInfo(invocation);
  },
};

export default command;
