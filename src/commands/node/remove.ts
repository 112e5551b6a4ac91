/** `node remove`: machines that are gone for good. */
import { type Command, UsageError } from '../command';

const NODES = { group: '', version: 'v1', resource: 'nodes' };

const command: Command = {
  use: 'remove NAME...',
  short: 'Remove nodes from the cluster',
  long: 'Take nodes out of the cluster, machine and all. Pods that were on them are deleted within a minute or so; nobody stops their containers any more. To empty a node first, drain it.',
  examples: '# The machine of node-2 is gone\nkubectl node remove node-2',
  async run(invocation) {
    const { args, streams } = invocation;
    if (args.length === 0) throw new UsageError('at least one node must be named');
    const client = await invocation.client();
    for (const given of args) {
      const name = given.replace(/^(nodes?|no)\//, '');
      await client.delete(NODES, '', name);
      streams.out(`node/${name} removed\n`);
      await invocation.checkpoint();
    }
  },
};

export default command;
