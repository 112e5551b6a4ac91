/** `describe`: what there is to know about objects, for people (kubectl pkg/cmd/describe/describe.go). */
import type { Command } from '../command';
import { allNamespacesFlag, chunkSizeFlag, filenameFlags, selectorFlag } from '../flag-sets';

const command: Command = {
  use: 'describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  short: 'Show details of a specific resource or group of resources',
  completion: { offer: 'types-and-names' },
  long: `Show everything that matters about objects, with what belongs to them: their events, the pods of a node, the replica sets of a deployment.

Objects are chosen by name, by label, or all of a type at once. Where there is no object of the name that is given, all are shown whose names begin with it:

    $ kubectl describe TYPE NAME_PREFIX

Use "kubectl api-resources" for a complete list of supported resources.`,
  examples: `# A node
kubectl describe nodes node-1

# A pod
kubectl describe pods/web

# What a file names
kubectl describe -f web.yaml

# All pods
kubectl describe pods

# Pods of a label
kubectl describe pods -l app=web

# The pods of a replica set, whose names begin with its own
kubectl describe pods web-7c5ddbdf54`,
  flags: [
    allNamespacesFlag,
    chunkSizeFlag,
    ...filenameFlags('Filename, directory, or URL to files containing the resource to describe'),
    selectorFlag,
    {
      name: 'show-events',
      type: 'bool',
      default: true,
      usage:
        'If true, display events related to the described object. Defaults to true for a single object, false for multiple objects and prefix matching.',
    },
  ],
  async run(invocation) {
    const { runDescribe } = await import('./run-describe');
    await runDescribe(invocation);
  },
};

export default command;
