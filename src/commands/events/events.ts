/** `events`: what happened lately, oldest first (kubectl pkg/cmd/events/events.go). */
import type { Command } from '../command';
import { allNamespacesFlag, chunkSizeFlag, printFlags } from '../flag-sets';

const command: Command = {
  use: 'events [(-o|--output=)json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]',
  short: 'List events',
  long: `Show events as a table, the latest at the end.

Events are those of one namespace, or of all (-A); --for leaves those about one object, --types those of some types.`,
  examples: `# What happened in this namespace
kubectl events

# What happened anywhere
kubectl events --all-namespaces

# What happened to a pod, and what happens next
kubectl events --for pod/web-7c5ddbdf54-x2x7k --watch

# Whole
kubectl events -o yaml

# Nothing but warnings
kubectl events --types=Warning`,
  flags: [
    ...printFlags(),
    allNamespacesFlag,
    chunkSizeFlag,
    { name: 'for', type: 'string', usage: 'Filter events to only those pertaining to the specified resource.' },
    { name: 'no-headers', type: 'bool', usage: "When using the default output format, don't print headers." },
    { name: 'types', type: 'stringSlice', usage: 'Output only events of given types.' },
    {
      name: 'watch',
      shorthand: 'w',
      type: 'bool',
      usage: 'After listing the requested events, watch for more events.',
    },
  ],
  async run(invocation) {
    const { runEvents } = await import('./run-events');
    await runEvents(invocation);
  },
};

export default command;
