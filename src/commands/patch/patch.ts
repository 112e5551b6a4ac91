/** `patch`: changes fields of what is there (kubectl pkg/cmd/patch/patch.go). */
import type { Command } from '../command';
import { dryRunFlag, fieldManagerFlag, filenameFlags, printFlags, recordFlag, subresourceFlag } from '../flag-sets';

const command: Command = {
  use: 'patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  short: 'Update fields of a resource',
  completion: { offer: 'types-and-names' },
  long: `Change fields of a resource by a strategic merge patch, a JSON merge patch or a JSON patch, written in JSON or YAML.

A strategic merge patch knows which lists are merged by a key, and by which; custom resources have none, so use --type=merge for them.`,
  examples: `# A strategic merge patch
kubectl patch node node-1 -p '{"spec":{"unschedulable":true}}'

# The same in YAML
kubectl patch node node-1 -p $'spec:\\n unschedulable: true'

# One container's image; containers are merged by their names
kubectl patch deployment web -p '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","image":"nginx:1.27"}]}}}}'

# By position, with a JSON patch
kubectl patch pod web --type=json -p '[{"op":"replace","path":"/spec/containers/0/image","value":"nginx:1.27"}]'

# What a file would be with it, without asking the server
kubectl patch -f web.yaml --local -p '{"spec":{"replicas":3}}' -o yaml

# Through a subresource
kubectl patch deployment web --subresource=scale --type=merge -p '{"spec":{"replicas":2}}'`,
  flags: [
    ...printFlags(),
    dryRunFlag,
    fieldManagerFlag('kubectl-patch'),
    ...filenameFlags('Filename, directory, or URL to files identifying the resource to update'),
    {
      name: 'local',
      type: 'bool',
      usage: 'If true, patch will operate on the content of the file, not the server-side resource.',
    },
    {
      name: 'patch',
      shorthand: 'p',
      type: 'string',
      usage: 'The patch to be applied to the resource JSON file.',
    },
    { name: 'patch-file', type: 'string', usage: 'A file containing a patch to be applied to the resource.' },
    recordFlag,
    subresourceFlag('If specified, patch will operate on the subresource of the requested object.'),
    {
      name: 'type',
      type: 'string',
      default: 'strategic',
      usage: 'The type of patch being provided; one of [json merge strategic]',
    },
  ],
  async run(invocation) {
    const { runPatch } = await import('./run-patch');
    await runPatch(invocation);
  },
};

export default command;
