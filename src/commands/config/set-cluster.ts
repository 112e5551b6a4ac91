/** `config set-cluster` (kubectl pkg/cmd/config/set_cluster.go). */
import { type Command, CommandError, HelpError } from '../command';
import type { NamedCluster } from '../kubeconfig/kubeconfig';
import { embedOrName, requireFileToEmbed } from './embedded-file';

const command: Command = {
  use: 'set-cluster NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]',
  short: 'Set a cluster entry in kubeconfig',
  long: 'Make a cluster, or change what is given of one that is there.',
  examples: `# Where the server of the cluster staging is; the rest stays
kubectl config set-cluster staging --server=https://1.2.3.4

# Its certificate authority, inside the kubeconfig
kubectl config set-cluster staging --embed-certs --certificate-authority=ca.crt`,
  flags: [
    {
      name: 'certificate-authority',
      type: 'string',
      usage: 'Path to certificate-authority file for the cluster entry in kubeconfig',
    },
    { name: 'embed-certs', type: 'bool', usage: 'embed-certs for the cluster entry in kubeconfig' },
    {
      name: 'insecure-skip-tls-verify',
      type: 'bool',
      usage: 'insecure-skip-tls-verify for the cluster entry in kubeconfig',
    },
    { name: 'proxy-url', type: 'string', usage: 'proxy-url for the cluster entry in kubeconfig' },
    { name: 'server', type: 'string', usage: 'server for the cluster entry in kubeconfig' },
    { name: 'tls-server-name', type: 'string', usage: 'tls-server-name for the cluster entry in kubeconfig' },
  ],
  async run(invocation) {
    const { args, flags, streams, cwd } = invocation;
    const [name] = args;
    if (args.length !== 1 || name === undefined) throw new HelpError(`Unexpected args: [${args.join(' ')}]`);
    if (name === '') throw new CommandError('you must specify a non-empty cluster name');
    const authority = flags.string('certificate-authority');
    if (flags.bool('insecure-skip-tls-verify') && authority !== '') {
      throw new CommandError('you cannot specify a certificate authority and insecure mode at the same time');
    }
    const embed = flags.bool('embed-certs');
    if (embed) {
      if (authority === '') throw new CommandError('you must specify a --certificate-authority to embed');
      await requireFileToEmbed('certificate-authority', authority, cwd);
    }
    const { kubeconfig } = await invocation.files();
    const config = await kubeconfig.load();
    const there = config.clusters.find((each) => each.name === name);
    const cluster: NamedCluster['cluster'] = { server: '', ...there?.cluster };
    if (flags.changed('server')) {
      cluster.server = flags.string('server');
      delete cluster['tls-server-name'];
    }
    if (flags.changed('tls-server-name')) cluster['tls-server-name'] = flags.string('tls-server-name');
    if (flags.changed('insecure-skip-tls-verify')) {
      delete cluster['insecure-skip-tls-verify'];
      if (flags.bool('insecure-skip-tls-verify')) {
        cluster['insecure-skip-tls-verify'] = true;
        delete cluster['certificate-authority'];
        delete cluster['certificate-authority-data'];
      }
    }
    if (flags.changed('certificate-authority')) {
      await embedOrName(cluster, 'certificate-authority', authority, { embed, cwd, kubeconfig: kubeconfig.path });
      if (embed || authority !== '') delete cluster['insecure-skip-tls-verify'];
    }
    if (flags.changed('proxy-url')) cluster['proxy-url'] = flags.string('proxy-url');
    const changed = { name, cluster };
    const clusters = there
      ? config.clusters.map((each) => (each === there ? changed : each))
      : [...config.clusters, changed];
    await kubeconfig.save({ ...config, clusters });
    streams.out(`Cluster ${JSON.stringify(name)} set.\n`);
  },
};

export default command;
