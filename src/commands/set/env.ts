/** `set env` (kubectl pkg/cmd/set/set_env.go). */
import type { Command } from '../command';
import { dryRunFlag, fieldManagerFlag, filenameFlags, printFlags, selectorFlag } from '../flag-sets';
import { localFlag, TEMPLATED_KINDS } from './flags';

const command: Command = {
  use: 'env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  short: 'Update environment variables on a pod template',
  long: `Set variables in the environment of containers with NAME=VALUE, remove them with NAME-, or list them.

With --from they come from a config map or a secret, each by a reference to its key. With -e - they are read from standard input, one on a line.

Possible resources include (case insensitive):

  ${TEMPLATED_KINDS}`,
  examples: `# Set a variable
kubectl set env deployment/web STORAGE_DIR=/local

# List what there is
kubectl set env deployment/web --list

# Of all pods
kubectl set env pods --all --list

# Of one container only
kubectl set env deployment/web -c nginx MODE=fast

# All keys of a secret
kubectl set env --from=secret/settings deployment/web

# Some keys of a config map, with a prefix
kubectl set env --from=configmap/settings --keys=size,colour --prefix=WEB_ deployment/web

# Remove one
kubectl set env deployments --all --containers="nginx" MODE-

# What a file would be without it
kubectl set env -f web.yaml MODE- --local -o yaml

# From this shell
env | grep RAILS_ | kubectl set env -e - deployment/web`,
  flags: [
    ...filenameFlags('Filename, directory, or URL to files the resource to update the env'),
    {
      name: 'containers',
      shorthand: 'c',
      type: 'string',
      default: '*',
      usage: 'The names of containers in the selected pod templates to change - may use wildcards',
    },
    {
      name: 'from',
      type: 'string',
      usage: 'The name of a resource from which to inject environment variables',
    },
    { name: 'prefix', type: 'string', usage: 'Prefix to append to variable names' },
    {
      name: 'env',
      shorthand: 'e',
      type: 'stringArray',
      usage: 'Specify a key-value pair for an environment variable to set into each container.',
    },
    { name: 'keys', type: 'stringSlice', usage: 'Comma-separated list of keys to import from specified resource' },
    {
      name: 'list',
      type: 'bool',
      usage:
        'If true, display the environment and any changes in the standard format. this flag will removed when we have kubectl view env.',
    },
    {
      name: 'resolve',
      type: 'bool',
      usage: 'If true, show secret or configmap references when listing variables',
    },
    localFlag('env'),
    {
      name: 'all',
      type: 'bool',
      usage: 'If true, select all resources in the namespace of the specified resource types',
    },
    {
      name: 'overwrite',
      type: 'bool',
      default: true,
      usage:
        'If true, allow environment to be overwritten, otherwise reject updates that overwrite existing environment.',
    },
    fieldManagerFlag('kubectl-set'),
    selectorFlag,
    ...printFlags(),
    dryRunFlag,
  ],
  async run(invocation) {
    const { runSetEnv } = await import('./run-env');
    await runSetEnv(invocation);
  },
};

export default command;
