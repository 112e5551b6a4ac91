/** `delete`: by files, names, labels or all of a type (kubectl pkg/cmd/delete/delete.go). */
import type { Command } from '../command';
import { allNamespacesFlag, dryRunFlag, fieldSelectorFlag, manifestFlags, selectorFlag } from '../flag-sets';
import { deletionFlags } from './deletion-flags';

const command: Command = {
  use: 'delete ([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])',
  short: 'Delete resources by file names, stdin, resources and names, or by resources and label selector',
  completion: { offer: 'types-and-names' },
  long: `Delete what files hold, what names name, or what a selector selects. Only one of these ways can be used at a time.

Some resources go gracefully: pods are told to stop and given time to do so. --now cuts that to a second; --force with a grace period of 0 takes the object away without waiting for whatever it stood for, which may go on running.

Delete does not look at versions: a change that somebody makes at the same moment is lost with the rest.`,
  examples: `# What a file names
kubectl delete -f ./web.yaml

# One object
kubectl delete deployment web

# Several, of several types
kubectl delete deployment/web service/web

# By label
kubectl delete pods,services -l app=web

# Without time to stop
kubectl delete pod web-1 --now

# A pod of a node that is gone
kubectl delete pod web-1 --force

# All of a type, in this namespace
kubectl delete pods --all`,
  flags: [
    ...manifestFlags('containing the resource to delete.'),
    ...deletionFlags(true),
    {
      name: 'all',
      type: 'bool',
      usage: 'Delete all resources, in the namespace of the specified resource types.',
    },
    allNamespacesFlag,
    dryRunFlag,
    fieldSelectorFlag,
    {
      name: 'ignore-not-found',
      type: 'bool',
      usage: 'Treat "resource not found" as a successful delete. Defaults to "true" when --all is specified.',
    },
    {
      name: 'interactive',
      shorthand: 'i',
      type: 'bool',
      usage: 'If true, delete resource only when user confirms.',
    },
    {
      name: 'now',
      type: 'bool',
      usage: 'If true, resources are signaled for immediate shutdown (same as --grace-period=1).',
    },
    {
      name: 'output',
      shorthand: 'o',
      type: 'string',
      usage: 'Output mode. Use "-o name" for shorter output (resource/name).',
    },
    {
      name: 'raw',
      type: 'string',
      usage: 'Raw URI to DELETE to the server.  Uses the transport specified by the kubeconfig file.',
    },
    selectorFlag,
  ],
  async run(invocation) {
    const { runDelete } = await import('./run-delete');
    await runDelete(invocation);
  },
};

export default command;
