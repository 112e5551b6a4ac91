/** `drain`: empties a node (kubectl pkg/cmd/drain/drain.go). */
import type { Command } from '../command';
import { chunkSizeFlag, dryRunFlag, selectorFlag } from '../flag-sets';

const command: Command = {
  use: 'drain NODE',
  short: 'Drain node in preparation for maintenance',
  completion: { offer: 'names', type: 'node' },
  long: `Empty a node: it is cordoned, then its pods are evicted, and the command waits until they are gone.

Evictions ask disruption budgets; one that is refused is tried again every five seconds. --disable-eviction deletes pods instead.

Pods of daemon sets stay: they would be back at once. With any on the node nothing is drained unless --ignore-daemonsets is given. Pods without a controller are gone for good, so they need --force; pods with emptyDir volumes lose what is in them, so they need --delete-emptydir-data. Mirror pods stay.

In a cluster in a folder waiting lets simulated time pass. When the node may be used again, uncordon it.`,
  examples: `# Empty a node, even of pods that no controller will replace
kubectl drain node-1 --force

# Give pods a quarter of an hour to end
kubectl drain node-1 --grace-period=900`,
  flags: [
    {
      name: 'force',
      type: 'bool',
      usage: 'Continue even if there are pods that do not declare a controller.',
    },
    { name: 'ignore-daemonsets', type: 'bool', usage: 'Ignore DaemonSet-managed pods.' },
    {
      name: 'delete-emptydir-data',
      type: 'bool',
      usage:
        'Continue even if there are pods using emptyDir (local data that will be deleted when the node is drained).',
    },
    {
      name: 'grace-period',
      type: 'int',
      default: -1,
      usage:
        'Period of time in seconds given to each pod to terminate gracefully. If negative, the default value specified in the pod will be used.',
    },
    {
      name: 'timeout',
      type: 'duration',
      usage: 'The length of time to wait before giving up, zero means infinite',
    },
    { name: 'pod-selector', type: 'string', usage: 'Label selector to filter pods on the node' },
    {
      name: 'disable-eviction',
      type: 'bool',
      usage:
        'Force drain to use delete, even if eviction is supported. This will bypass checking PodDisruptionBudgets, use with caution.',
    },
    {
      name: 'skip-wait-for-delete-timeout',
      type: 'int',
      default: 0,
      usage:
        'If pod DeletionTimestamp older than N seconds, skip waiting for the pod.  Seconds must be greater than 0 to skip.',
    },
    chunkSizeFlag,
    dryRunFlag,
    selectorFlag,
  ],
  async run(invocation) {
    const { runDrain } = await import('./run-drain');
    await runDrain(invocation, command);
  },
};

export default command;
