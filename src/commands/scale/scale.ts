/** `scale`: sets how many replicas there are to be (kubectl pkg/cmd/scale/scale.go). */
import type { Command } from '../command';
import { dryRunFlag, filenameFlags, printFlags, recordFlag, selectorFlag } from '../flag-sets';

const command: Command = {
  use: 'scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  short: 'Set a new size for a deployment, replica set, or replication controller',
  completion: { offer: 'types-and-names', types: ['deployment', 'replicaset', 'replicationcontroller', 'statefulset'] },
  long: `Set how many replicas a deployment, replica set, stateful set, replication controller, or anything else with a scale is to have.

With --current-replicas or --resource-version it is scaled only if it has that size or that version when the request arrives.`,
  examples: `# Three replicas
kubectl scale --replicas=3 deployment/web

# Of what a file names
kubectl scale --replicas=3 -f web.yaml

# Only if there are two now
kubectl scale --current-replicas=2 --replicas=3 deployment/web

# Several at once
kubectl scale --replicas=5 deployment/web deployment/api statefulset/db

# And let time pass until they are there
kubectl scale --replicas=3 deployment/web --timeout=5m`,
  flags: [
    recordFlag,
    ...printFlags(),
    {
      name: 'all',
      type: 'bool',
      usage: 'Select all resources in the namespace of the specified resource types',
    },
    {
      name: 'resource-version',
      type: 'string',
      usage:
        'Precondition for resource version. Requires that the current resource version match this value in order to scale.',
    },
    {
      name: 'current-replicas',
      type: 'int',
      default: -1,
      usage:
        'Precondition for current size. Requires that the current size of the resource match this value in order to scale. -1 (default) for no condition.',
    },
    { name: 'replicas', type: 'int', required: true, usage: 'The new desired number of replicas. Required.' },
    {
      name: 'timeout',
      type: 'duration',
      usage:
        "The length of time to wait before giving up on a scale operation, zero means don't wait. Any other values should contain a corresponding time unit (e.g. 1s, 2m, 3h).",
    },
    ...filenameFlags('Filename, directory, or URL to files identifying the resource to set a new size'),
    dryRunFlag,
    selectorFlag,
  ],
  async run(invocation) {
    const { runScale } = await import('./run-scale');
    await runScale(invocation);
  },
};

export default command;
