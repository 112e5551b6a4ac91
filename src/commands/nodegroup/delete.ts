/** `nodegroup delete`: groups, with their machines. */
import { type Command, UsageError } from '../command';

const command: Command = {
  use: 'delete NAME...',
  short: 'Delete groups of nodes',
  long: 'Delete groups, and all their machines with them. The pods on them are deleted soon afterwards.',
  examples: '# The group small is gone\nkubectl nodegroup delete small',
  async run(invocation) {
    const { args, streams } = invocation;
    if (args.length === 0) throw new UsageError('at least one group must be named');
    const [{ GROUP, NODE_GROUPS }, { groupName }] = await Promise.all([
      import('../../apimachinery/node-groups'),
      import('./named-groups'),
    ]);
    const client = await invocation.client();
    for (const name of args.map(groupName)) {
      await client.delete(NODE_GROUPS, '', name);
      streams.out(`nodegroup.${GROUP}/${name} deleted\n`);
      await invocation.checkpoint();
    }
  },
};

export default command;
