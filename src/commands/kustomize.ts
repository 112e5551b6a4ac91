/** `kustomize`: builds the kustomization of a folder and prints what it makes (kubectl/pkg/cmd/kustomize over commands/build). */
import { type Command, CommandError, type Flag } from './command';

const flags: readonly Flag[] = [
  {
    name: 'as-current-user',
    type: 'bool',
    usage: 'use the uid and gid of the command executor to run the function in the container',
  },
  { name: 'enable-alpha-plugins', type: 'bool', usage: 'enable kustomize plugins' },
  { name: 'enable-helm', type: 'bool', usage: 'Enable use of the Helm chart inflator generator.' },
  {
    name: 'enable-managedby-label',
    type: 'bool',
    usage: 'enable adding app.kubernetes.io/managed-by',
    deprecated:
      'The flag `enable-managedby-label` has been deprecated. Use the `managedByLabel` option in the `buildMetadata` field instead.',
    hidden: true,
  },
  {
    name: 'env',
    shorthand: 'e',
    type: 'stringArray',
    usage: 'a list of environment variables to be used by functions',
  },
  {
    name: 'helm-api-versions',
    type: 'stringArray',
    usage: 'Kubernetes api versions used by Helm for Capabilities.APIVersions',
  },
  { name: 'helm-command', type: 'string', default: 'helm', usage: 'helm command (path to executable)' },
  { name: 'helm-debug', type: 'bool', usage: 'Enable debug output from the Helm chart inflator generator.' },
  { name: 'helm-kube-version', type: 'string', usage: 'Kubernetes version used by Helm for Capabilities.KubeVersion' },
  {
    name: 'load-restrictor',
    type: 'string',
    default: 'LoadRestrictionsRootOnly',
    usage:
      "if set to 'LoadRestrictionsNone', local kustomizations may load files from outside their root. This does, however, break the relocatability of the kustomization.",
  },
  { name: 'mount', type: 'stringArray', usage: 'a list of storage options read from the filesystem' },
  { name: 'network', type: 'bool', usage: 'enable network access for functions that declare it' },
  { name: 'network-name', type: 'string', default: 'bridge', usage: 'the docker network to run the container in' },
  { name: 'output', shorthand: 'o', type: 'string', usage: 'If specified, write output to this path.' },
  {
    name: 'reorder',
    type: 'string',
    default: 'legacy',
    usage:
      "Reorder the resources just before output. Use 'legacy' to apply a legacy reordering (Namespaces first, Webhooks last, etc). Use 'none' to suppress a final reordering.",
    deprecated: "use the new 'sortOptions' field in kustomization.yaml instead.",
    hidden: true,
  },
];

const command: Command = {
  use: 'kustomize DIR [flags]',
  short: 'Build a kustomization target from a directory or URL',
  long: `Build the objects that a kustomization makes: the 'kustomization.yaml' of a folder says which manifests to take and what to change in them. Without DIR, the current folder's is built. Kustomizations and files that would have to be fetched are refused.`,
  examples: `# Build the kustomization of this folder
kubectl kustomize

# Build that of another one
kubectl kustomize overlays/production

# Write each object to a file of its own
kubectl kustomize overlays/production -o built/`,
  flags,
  async run(invocation) {
    const { args, flags: given, streams, cwd, environment } = invocation;
    if (args.length > 1) throw new CommandError('specify one path to kustomization.yaml');
    const restrictions = choice('load-restrictor', given.string('load-restrictor'), [
      'LoadRestrictionsRootOnly',
      'LoadRestrictionsNone',
    ]);
    const reorder = choice('reorder', given.string('reorder'), ['legacy', 'none']);
    const { diskFiles } = await import('./kustomize-files');
    const { buildKustomization } = await import('../kustomize/build');
    const resources = await buildKustomization(diskFiles(cwd), args[0] ?? '.', {
      loadRestrictions: restrictions,
      reorder,
      managedByLabel: given.bool('enable-managedby-label') || environment['KUSTOMIZE_ENABLE_MANAGEDBY_LABEL'] === 'on',
      enableHelm: given.bool('enable-helm') || given.bool('enable-alpha-plugins'),
      warn: (line) => streams.err(`${line}\n`),
    });
    const { formatResources } = await import('../kustomize/resource-list');
    const output = given.string('output');
    if (output === '') {
      streams.out(formatResources(resources));
      return;
    }
    const { writeResources } = await import('./kustomize-output');
    await writeResources(resources, output, cwd);
  },
};

export default command;

function choice<T extends string>(flag: string, value: string, legal: readonly T[]): T {
  const chosen = legal.find((each) => each === value);
  if (chosen) return chosen;
  throw new CommandError(`illegal flag value --${flag} ${value}; legal values: [${legal.join(' ')}]`);
}
