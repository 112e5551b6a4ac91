/** `node fail`: nothing is heard of a node's kubelet from now on. */
import type { Command } from '../command';

const command: Command = {
  use: 'fail NAME...',
  short: 'Have nodes fail',
  long: `Have nodes fail: from now on nothing is heard of their kubelets. After 50 seconds without a heartbeat a node is NotReady, its pods are not ready either, and after as long as they tolerate it, 5 minutes unless they say otherwise, they are deleted. They stay Terminating until the node is back, or gone.`,
  examples: '# Nothing is heard of node-1 any more\nkubectl node fail node-1',
  async run(invocation) {
    const [{ annotateNodes }, { simulatedNow }, { FAILED_SINCE }, { formatTime }] = await Promise.all([
      import('./annotate-nodes'),
      import('../simulated-clock'),
      import('../../apimachinery/behaviour-annotations'),
      import('../../apimachinery/time'),
    ]);
    const value = formatTime(await simulatedNow(invocation));
    await annotateNodes(invocation, invocation.args, FAILED_SINCE, (_, present) =>
      present === undefined ? { value, said: 'failed' } : { said: 'already failed' },
    );
  },
};

export default command;
