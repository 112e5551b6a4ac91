/** Completes, validates and runs `nodegroup add`. */
import { jsonOf } from '../../apimachinery/json';
import { isDNS1123Subdomain } from '../../apimachinery/names';
import { GROUP, NODE_GROUPS, type NodeGroupStatus, VERSION } from '../../apimachinery/node-groups';
import { formatTime } from '../../apimachinery/time';
import { CommandError, type Invocation, UsageError } from '../command';
import { simulatedNow } from '../simulated-clock';
import { defineKinds } from './definitions';
import { specOf } from './group-flags';

export async function runAdd(invocation: Invocation): Promise<void> {
  const { args, flags, streams } = invocation;
  const [name, ...more] = args;
  if (name === undefined) throw new UsageError('the group must be named');
  if (more.length > 0) throw new UsageError(`Unexpected args: [${more.join(' ')}]`);
  const [complaint] = isDNS1123Subdomain(name);
  if (complaint) throw new CommandError(`invalid name ${JSON.stringify(name)}: ${complaint}`);
  const spec = specOf(invocation, {}, 0);
  const initial = flags.changed('initial') ? flags.int('initial') : spec.minSize;
  if (initial < 0) throw new CommandError(`--initial must not be negative, but is ${initial}`);
  if (initial > spec.maxSize) throw new CommandError(`--initial must be at most --max, ${spec.maxSize}`);
  const now = await simulatedNow(invocation);
  const client = await invocation.client();
  const fieldManager = invocation.fieldManager('kubectl-nodegroup');
  await defineKinds(client, fieldManager);
  const apiVersion = `${GROUP}/${VERSION}`;
  const group = await client.create(
    NODE_GROUPS,
    '',
    { apiVersion, kind: 'NodeGroup', metadata: { name }, spec: { ...spec, targetSize: initial } },
    { fieldManager },
  );
  if (initial > 0) {
    // They were ordered before anybody looked.
    const created = formatTime(now - flags.duration('provision-time'));
    const machines = Array.from({ length: initial }, (_, i) => ({ name: `${name}-${i + 1}`, created }));
    const status: NodeGroupStatus = { ordered: initial, machines };
    await client.updateStatus(NODE_GROUPS, { ...group, status: jsonOf(status) });
  }
  streams.out(`nodegroup.${GROUP}/${name} added\n`);
}
