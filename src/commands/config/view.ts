/** `config view` (kubectl pkg/cmd/config/view.go). */
import type { KubeObject } from '../../apimachinery/meta';
import { createPrinter } from '../../printers/printer';
import { type Command, CommandError, type Invocation, UsageError } from '../command';
import { printFlags } from '../flag-sets';
import { inDeclaredOrder } from '../kubeconfig/declared-order';
import type { Kubeconfig } from '../kubeconfig/kubeconfig';
import { readFileText } from '../print-objects';
import { withFilesInside } from './embedded-file';

const command: Command = {
  use: 'view [flags]',
  short: 'Display merged kubeconfig settings or a specified kubeconfig file',
  long: 'Show the kubeconfig. What is secret in it is left out unless --raw asks for it.',
  examples: `# The whole
kubectl config view

# Only what the context in use needs
kubectl config view --minify

# One value
kubectl config view --minify -o jsonpath='{..namespace}'`,
  flags: [
    ...printFlags().map((flag) => (flag.name === 'output' ? { ...flag, default: 'yaml' } : flag)),
    {
      name: 'flatten',
      type: 'bool',
      usage:
        'Flatten the resulting kubeconfig file into self-contained output (useful for creating portable kubeconfig files)',
    },
    { name: 'merge', type: 'bool', default: true, usage: 'Merge the full hierarchy of kubeconfig files' },
    {
      name: 'minify',
      type: 'bool',
      usage: 'Remove all information not used by current-context from the output',
    },
    { name: 'raw', type: 'bool', usage: 'Display raw byte data and sensitive data' },
  ],
  async run(invocation) {
    const { flags, args, streams, cwd } = invocation;
    if (args.length > 0) throw new UsageError(`unexpected arguments: [${args.join(' ')}]`);
    const { kubeconfig } = await invocation.files();
    let config = await kubeconfig.load();
    if (flags.bool('minify')) config = minified(config, invocation);
    if (flags.bool('flatten')) config = await flattened(config, kubeconfig.path);
    else if (!flags.bool('raw')) config = withoutSecrets(config);
    const printer = await createPrinter(flags.string('output'), {
      template: flags.string('template'),
      sortKeys: false,
      allowMissingKeys: flags.bool('allow-missing-template-keys'),
      readFile: (path) => readFileText(path, cwd),
    });
    streams.out(printer.print(inDeclaredOrder(config) as unknown as KubeObject));
  },
};

export default command;

/** Only what the context in use needs (clientcmdapi.MinifyConfig). */
function minified(config: Kubeconfig, { flags }: Invocation): Kubeconfig {
  const name = flags.string('context') || config['current-context'];
  if (!name) throw new CommandError('current-context must exist in order to minify');
  const context = config.contexts.find((each) => each.name === name);
  if (!context) throw new CommandError(`cannot locate context ${name}`);
  const cluster = config.clusters.find((each) => each.name === context.context.cluster);
  const user = config.users.find((each) => each.name === context.context.user);
  if (context.context.cluster && !cluster) throw new CommandError(`cannot locate cluster ${context.context.cluster}`);
  if (context.context.user && !user) throw new CommandError(`cannot locate user ${context.context.user}`);
  return {
    ...config,
    'current-context': name,
    contexts: [context],
    clusters: cluster ? [cluster] : [],
    users: user ? [user] : [],
  };
}

const OMITTED = ['certificate-authority-data', 'client-certificate-data', 'client-key-data'];
const REDACTED = ['token', 'password'];

/** Keys and certificates omitted, tokens and passwords redacted (clientcmdapi.ShortenConfig, RedactSecrets). */
function withoutSecrets(config: Kubeconfig): Kubeconfig {
  const hide = (fields: Record<string, unknown>) => {
    const shown = { ...fields };
    for (const name of OMITTED) if (shown[name]) shown[name] = 'DATA+OMITTED';
    for (const name of REDACTED) if (shown[name]) shown[name] = 'REDACTED';
    return shown;
  };
  return {
    ...config,
    clusters: config.clusters.map((each) => ({ ...each, cluster: hide(each.cluster) })),
    users: config.users.map((each) => ({ ...each, user: hide(each.user) })),
  };
}

/** With the content of the files that it names (clientcmdapi.FlattenConfig). */
async function flattened(config: Kubeconfig, path: string): Promise<Kubeconfig> {
  const clusters: Kubeconfig['clusters'] = [];
  for (const each of config.clusters) {
    clusters.push({ ...each, cluster: await withFilesInside(each.cluster, ['certificate-authority'], path) });
  }
  const users: Kubeconfig['users'] = [];
  for (const each of config.users) {
    users.push({ ...each, user: await withFilesInside(each.user, ['client-certificate', 'client-key'], path) });
  }
  return { ...config, clusters, users };
}
