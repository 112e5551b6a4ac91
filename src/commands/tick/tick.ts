/** `tick`: lets simulated time pass, and tells who did what. */
import type { Command } from '../command';

const command: Command = {
  use: 'tick [DURATION]',
  short: 'Let simulated time pass',
  long: `Nothing happens in the cluster until time passes. A tick is one step of it: every component reacts once to what it sees, and a second goes by.

With a duration that much time passes. --settle goes on until nothing would change any more, --until to a condition of an object. A duration and --settle together let the time pass first.`,
  examples: `# One step
kubectl tick

# A minute and a half
kubectl tick 90s

# Until nothing more happens
kubectl tick --settle

# Until a deployment is available
kubectl tick --until deployment/web:Available

# What each did at which time
kubectl tick 10m -o wide`,
  flags: [
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml, wide).' },
    { name: 'quiet', shorthand: 'q', type: 'bool', usage: 'If true, print nothing.' },
    { name: 'settle', type: 'bool', usage: 'If true, go on until nothing more would change.' },
    {
      name: 'timeout',
      type: 'duration',
      default: '1h',
      usage: 'How much simulated time --settle and --until may take before they give up.',
    },
    {
      name: 'until',
      type: 'string',
      usage: 'Go on until a condition holds: TYPE/NAME:CONDITION[=STATUS], for example deployment/web:Available.',
    },
  ],
  simulates: true,
  async run(invocation) {
    const { runTick } = await import('./run-tick');
    await runTick(invocation);
  },
};

export default command;
