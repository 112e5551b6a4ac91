/** `nodegroup set`: changes a group. */
import { type Command, CommandError, UsageError } from '../command';
import { groupFlags } from './group-flags';

const command: Command = {
  use: 'set NAME [--min N] [--max N] [--size N] [--fail MODE]',
  short: 'Change a group of nodes',
  long: 'Change what is said of a group; what no flag tells stays. What machines are like holds for those that are ordered from now on. --size is how many there shall be, as if somebody had asked the cloud for it.',
  examples: `# It may grow further
kubectl nodegroup set small --max 20

# The cloud has no more machines of the kind
kubectl nodegroup set gpu --fail quota

# It has again
kubectl nodegroup set gpu --fail none`,
  flags: [...groupFlags, { name: 'size', type: 'int', default: -1, usage: 'How many machines there shall be.' }],
  async run(invocation) {
    const { args, flags, streams } = invocation;
    if (args.length !== 1) throw new UsageError('one group must be named');
    const [{ GROUP, NODE_GROUPS }, { specOf }, { groupName }, { jsonOf }] = await Promise.all([
      import('../../apimachinery/node-groups'),
      import('./group-flags'),
      import('./named-groups'),
      import('../../apimachinery/json'),
    ]);
    const name = groupName(args[0] as string);
    const client = await invocation.client();
    const group = await client.get(NODE_GROUPS, '', name);
    const spec = specOf(invocation, group['spec'], group['status']?.ordered ?? 0);
    if (flags.changed('size')) {
      if (flags.int('size') < 0) throw new CommandError(`--size must not be negative, but is ${flags.int('size')}`);
      spec.targetSize = flags.int('size');
    }
    await client.update(
      NODE_GROUPS,
      { ...group, spec: jsonOf(spec) },
      { fieldManager: invocation.fieldManager('kubectl-nodegroup') },
    );
    streams.out(`nodegroup.${GROUP}/${name} changed\n`);
  },
};

export default command;
