/** `what-if`: commands tried on a throw-away copy of the cluster, and what would differ. Kubetick's own. */
import type { Command } from '../command';

const command: Command = {
  use: 'what-if COMMAND... [-- COMMAND...]',
  short: 'Try commands on a copy of the cluster and show what would differ',
  long: `Run commands on a throw-away copy of the cluster, let time pass until nothing changes any more, and show what differs from what would have become of the cluster without them: which pods move, come and go, which are left without a node, and how full the nodes are. The cluster itself is not touched.

A command is typed as ever, without the name of the program; -- parts one from the next. In quotes a command is one word.`,
  examples: `# Where would the pods go?
kubectl what-if drain node-1 --ignore-daemonsets --force

# Would five of them fit?
kubectl what-if scale deployment/web --replicas=5

# One after the other
kubectl what-if cordon node-2 -- rollout restart deployment/web`,
  flags: [
    {
      name: 'for',
      type: 'duration',
      usage: 'Let this much time pass, as in 1h, instead of waiting until nothing changes.',
    },
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml).' },
  ],
  takesCommands: true,
  simulates: true,
  async run(invocation) {
    const { runWhatIf } = await import('./run-what-if');
    await runWhatIf(invocation);
  },
};

export default command;
