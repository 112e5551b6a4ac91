/** `node recover`: a node's kubelet is heard of again. */
import type { Command } from '../command';

const command: Command = {
  use: 'recover NAME...',
  short: 'Have failed nodes come back',
  long: 'Have nodes that failed come back. Their kubelets go on with the pods they find: those that were deleted meanwhile are stopped now.',
  examples: '# node-1 is back\nkubectl node recover node-1',
  async run(invocation) {
    const [{ annotateNodes }, { FAILED_SINCE }] = await Promise.all([
      import('./annotate-nodes'),
      import('../../apimachinery/behaviour-annotations'),
    ]);
    await annotateNodes(invocation, invocation.args, FAILED_SINCE, (_, present) =>
      present === undefined ? { said: 'has not failed' } : { value: null, said: 'recovered' },
    );
  },
};

export default command;
