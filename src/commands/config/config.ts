/** `config`: shows and changes the kubeconfig of the state folder, or the one that --kubeconfig names. */
import type { Command } from '../command';

const command: Command = {
  use: 'config SUBCOMMAND',
  short: 'Modify kubeconfig files',
  long: `Show and change a kubeconfig by subcommands like "kubectl config set-context --current --namespace=team".

It is the one in the state folder of the cluster, or the file that --kubeconfig names. KUBECONFIG and ~/.kube/config are left alone.`,
  subcommands: {
    'current-context': () => import('./current-context'),
    'delete-cluster': () => import('./delete-entry').then(({ deleteCluster }) => ({ default: deleteCluster })),
    'delete-context': () => import('./delete-entry').then(({ deleteContext }) => ({ default: deleteContext })),
    'delete-user': () => import('./delete-entry').then(({ deleteUser }) => ({ default: deleteUser })),
    'get-clusters': () => import('./list-names').then(({ getClusters }) => ({ default: getClusters })),
    'get-contexts': () => import('./get-contexts'),
    'get-users': () => import('./list-names').then(({ getUsers }) => ({ default: getUsers })),
    'rename-context': () => import('./rename-context'),
    set: () => import('./set-property').then(({ set }) => ({ default: set })),
    'set-cluster': () => import('./set-cluster'),
    'set-context': () => import('./set-context'),
    'set-credentials': () => import('./set-credentials'),
    unset: () => import('./set-property').then(({ unset }) => ({ default: unset })),
    'use-context': () => import('./use-context'),
    view: () => import('./view'),
  },
  subcommandAliases: { use: 'use-context' },
};

export default command;
