/** `nodegroup list`: the groups, and how they stand. */
import type { NodeGroupSpec, NodeGroupStatus } from '../../apimachinery/node-groups';
import { type Command, UsageError } from '../command';

const command: Command = {
  use: 'list',
  short: 'List the groups of nodes',
  long: 'List the groups of nodes: their sizes, what their machines are like, and what goes wrong with them. As objects they are shown by get: nodegroups.kubetick.dev.',
  examples: `# All groups
kubectl nodegroup list`,
  async run(invocation) {
    const { args, streams } = invocation;
    if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
    const [{ allGroups }, { ownTable }] = await Promise.all([import('./named-groups'), import('../own-table')]);
    const groups = await allGroups(await invocation.client());
    if (groups.length === 0) {
      streams.err('There are no node groups.\n');
      return;
    }
    const rows = groups.map(({ metadata, spec, status }) => row(metadata.name ?? '', spec, status ?? {}));
    const head = ['NAME', 'MIN', 'MAX', 'TARGET', 'NODES', 'CPU', 'MEMORY', 'ZONE', 'PRICE', 'FAILS'];
    streams.out(await ownTable(streams, head, rows));
  },
};

export default command;

function row(name: string, spec: NodeGroupSpec, { nodes = 0 }: NodeGroupStatus): string[] {
  const { minSize, maxSize, targetSize, template, zone, price, fail } = spec;
  const until = fail?.until === undefined ? '' : ` until ${name}-${fail.until}`;
  return [
    name,
    ...[minSize, maxSize, targetSize, nodes].map(String),
    template.cpu,
    template.memory,
    zone ?? '<none>',
    price === undefined ? '<none>' : String(price),
    fail ? `${fail.mode}${until}` : '<none>',
  ];
}
