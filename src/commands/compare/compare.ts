/** `compare`: the same files by several verbs, each on a throw-away copy of the cluster. Kubetick's own. */
import type { Command } from '../command';

const command: Command = {
  use: 'compare VERB VERB... -f FILENAME [-f FILENAME | --then COMMAND]...',
  short: 'Try several verbs on copies of the cluster and lay what came of them side by side',
  long: `Try each verb on its own throw-away copy of the cluster, and lay side by side what it printed, how it ended, and how the objects differ that came of it: the last-applied annotation, the managed fields, the generation, and the fields that were kept or lost. The cluster itself is not touched.

Verbs are create, apply, server-side-apply, replace and patch. In quotes a verb can have flags of its own: 'create --save-config'.

Each -f is a step: first one file, then the next. --then is a step too: a command typed between two files, such as scale or label.`,
  examples: `# What create and apply make of one file
kubectl compare create apply -f web.yaml

# What they make of the next version of it
kubectl compare create apply -f web.yaml -f web-2.yaml

# The same, when somebody scales in between
kubectl compare apply server-side-apply replace -f web.yaml --then 'scale deployment/web --replicas=5' -f web-2.yaml

# With flags of their own
kubectl compare 'create --save-config' 'apply --server-side --force-conflicts' -f web.yaml -o json`,
  flags: [
    {
      name: 'filename',
      shorthand: 'f',
      type: 'stringArray',
      usage: 'File of the next step; several, parted by commas, are one step.',
    },
    { name: 'then', type: 'stringArray', usage: 'Command of the next step, without the name of the program.' },
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml).' },
  ],
  async run(invocation) {
    const { runCompare } = await import('./run-compare');
    await runCompare(invocation);
  },
};

export default command;
