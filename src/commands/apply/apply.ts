/** `apply`: makes what files hold, or merges it into what is there (kubectl pkg/cmd/apply/apply.go). */
import type { Command } from '../command';
import { deletionFlags } from '../delete/deletion-flags';
import { explainFlags } from '../explain-merge/explain-flags';
import {
  dryRunFlag,
  fieldManagerFlag,
  manifestFlags,
  printFlags,
  recordFlag,
  selectorFlag,
  subresourceFlag,
  validateFlag,
} from '../flag-sets';
import { applySetGate } from '../gates';

const command: Command = {
  use: 'apply (-f FILENAME | -k DIRECTORY)',
  short: 'Apply a configuration to a resource by file name or stdin',
  long: `Bring the cluster to what files or standard input say, in JSON or YAML: what is not there is made, what is there is merged.

What the file held the last time is remembered in an annotation. A field that was in it and is not any more is removed; one that others have set, and the file never named, stays. Resources should be made by apply, or by create --save-config, from the start.`,
  examples: `# What a file says
kubectl apply -f ./web.yaml

# What standard input says
cat web.yaml | kubectl apply -f -

# All manifests of a folder
kubectl apply -f ./manifests -R

# Let the server merge, field by field, with an owner for each
kubectl apply -f ./web.yaml --server-side

# Delete what carries the label and is not in the files any more
kubectl apply --prune -f ./manifests -l app=web

# The same, by a secret that knows what belongs together
KUBECTL_APPLYSET=true kubectl apply --prune --applyset=web -n team -f ./manifests`,
  flags: [
    ...printFlags(),
    ...manifestFlags('The files that contain the configurations to apply.'),
    ...deletionFlags(false),
    { name: 'all', type: 'bool', usage: 'Select all resources in the namespace of the specified resource types.' },
    {
      name: 'applyset',
      type: 'string',
      gate: applySetGate,
      usage:
        '[alpha] The name of the ApplySet that tracks which resources are being managed, for the purposes of determining what to prune. Live resources that are part of the ApplySet but have been removed from the provided configs will be deleted. Format: [RESOURCE][.GROUP]/NAME. A Secret will be used if no resource or group is specified.',
    },
    dryRunFlag,
    fieldManagerFlag('kubectl-client-side-apply'),
    {
      name: 'force-conflicts',
      type: 'bool',
      usage: 'If true, server-side apply will force the changes against conflicts.',
    },
    {
      name: 'openapi-patch',
      type: 'bool',
      default: true,
      usage:
        'If true, use openapi to calculate diff when the openapi presents and the resource can be found in the openapi spec. Otherwise, fall back to use baked-in types.',
    },
    {
      name: 'overwrite',
      type: 'bool',
      default: true,
      usage:
        'Automatically resolve conflicts between the modified and live configuration by using values from the modified configuration',
    },
    {
      name: 'prune',
      type: 'bool',
      gate: applySetGate,
      usage:
        'Automatically delete previously applied resource objects that do not appear in the provided configs. For alpha1, use with either -l or --all. For alpha2, use with --applyset.',
    },
    {
      name: 'prune',
      type: 'bool',
      usage:
        'Automatically delete resource objects, that do not appear in the configs and are created by either apply or create --save-config. Should be used with either -l or --all.',
    },
    {
      name: 'prune-allowlist',
      type: 'stringArray',
      usage: 'Overwrite the default allowlist with <group/version/kind> for --prune',
    },
    recordFlag,
    selectorFlag,
    { name: 'server-side', type: 'bool', usage: 'If true, apply runs in the server instead of the client.' },
    subresourceFlag(
      'If specified, apply will operate on the subresource of the requested object.  Only allowed when using --server-side.',
    ),
    validateFlag,
    ...explainFlags,
  ],
  subcommands: {
    'edit-last-applied': () => import('./edit-last-applied'),
    'set-last-applied': () => import('./set-last-applied'),
    'view-last-applied': () => import('./view-last-applied'),
  },
  async run(invocation) {
    const { runApply } = await import('./run-apply');
    await runApply(invocation);
  },
};

export default command;
