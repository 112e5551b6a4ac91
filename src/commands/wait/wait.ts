/** `wait`: until conditions hold (kubectl pkg/cmd/wait/wait.go). */
import type { Command } from '../command';
import { manifestFiles } from '../completion/declared';
import { allNamespacesFlag, fieldSelectorFlag, printFlags } from '../flag-sets';

const command: Command = {
  use: "wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  short: 'Wait for a specific condition on one or many resources',
  long: `Wait until resources are there, are gone, have a condition, or have a value.

In a cluster in a folder time stands still by itself: waiting lets simulated time pass, so the command is back at once, and
--timeout counts in simulated time.`,
  examples: `# Until a pod is ready
kubectl wait --for=condition=Ready pod/web

# Until a deployment is available, for at most two minutes
kubectl wait --for=condition=Available --timeout=2m deployment/web

# Until a condition is false
kubectl wait --for=condition=Ready=false pod/web

# Until a field has a value
kubectl wait --for=jsonpath='{.status.phase}'=Running pod/web

# Until all pods with a label are gone
kubectl wait --for=delete pod -l app=web`,
  flags: [
    { name: 'all', type: 'bool', usage: 'Select all resources in the namespace of the specified resource types' },
    allNamespacesFlag,
    fieldSelectorFlag,
    {
      name: 'filename',
      shorthand: 'f',
      type: 'stringSlice',
      usage: 'identifying the resource.',
      completion: manifestFiles,
    },
    {
      name: 'for',
      type: 'stringArray',
      usage:
        "The condition to wait on: [create|delete|condition=condition-name[=condition-value]|jsonpath='{JSONPath expression}'=[JSONPath value]]. The default condition-value is true. Condition values are compared after Unicode simple case folding, which is a more general form of case-insensitivity. Multiple conditions are supported and AND'ed to each other in a sequential order. If --for=create is passed, it is always waited first.",
    },
    { name: 'local', type: 'bool', usage: 'If true, annotation will NOT contact api-server but run locally.' },
    ...printFlags(),
    {
      name: 'recursive',
      shorthand: 'R',
      type: 'bool',
      default: true,
      usage:
        'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory.',
    },
    {
      name: 'selector',
      shorthand: 'l',
      type: 'string',
      usage: "Selector (label query) to filter on, supports '=', '==', and '!='.(e.g. -l key1=value1,key2=value2)",
    },
    {
      name: 'timeout',
      type: 'duration',
      default: '30s',
      usage:
        "The length of time to wait before giving up. Zero means check once and don't wait, negative means wait for a week.",
    },
  ],
  async run(invocation) {
    const { runWait } = await import('./run-wait');
    await runWait(invocation);
  },
};

export default command;
