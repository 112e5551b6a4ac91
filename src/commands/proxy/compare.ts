/** `proxy compare`: the four modes side by side. */
import type { Command } from '../command';

const command: Command = {
  use: 'compare [--services N,…] [--connections N]',
  short: 'Run the same connections through all modes of kube-proxy',
  long: 'Run the same connections through all modes of kube-proxy, for clusters of few and of many services, and show what each mode costs: what it writes, how much a first packet has to look at, and how connections spread over backends.',
  flags: [],
  completion: { offer: 'words', words: [] },
  async run(invocation) {
    const { runCompare } = await import('./run-compare');
    await runCompare(invocation);
  },
};

export default command;
