/** Completes, validates and runs `nodegroup autoscaler`. */
import {
  AUTOSCALER_FLAGS,
  type AutoscalerFlagName,
  autoscalerFlagComplaint,
} from '../../apimachinery/autoscaler-flags';
import type { KubeObject } from '../../apimachinery/meta';
import { AUTOSCALER_NAME, CLUSTER_AUTOSCALERS, GROUP, VERSION } from '../../apimachinery/node-groups';
import { isReason } from '../../apimachinery/status';
import type { Client } from '../../client/client';
import { CommandError, type Invocation, UsageError } from '../command';
import { ownTable } from '../own-table';
import { simulatedNow } from '../simulated-clock';
import { defineKinds } from './definitions';

const NAMES = Object.keys(AUTOSCALER_FLAGS) as AutoscalerFlagName[];

export async function runAutoscaler(invocation: Invocation): Promise<void> {
  const { args, flags, streams } = invocation;
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
  const client = await invocation.client();
  const given = givenFlags(invocation);
  if (Object.keys(given).length === 0 && !flags.bool('reset')) {
    await show(invocation, await present(client));
    return;
  }
  const fieldManager = invocation.fieldManager('kubectl-nodegroup');
  // Nothing is defined in a cluster that is no simulation.
  await simulatedNow(invocation);
  await defineKinds(client, fieldManager);
  const there = await present(client);
  const wanted = { ...(flags.bool('reset') ? {} : there?.['spec']?.flags), ...given };
  if (there) await client.update(CLUSTER_AUTOSCALERS, { ...there, spec: { flags: wanted } }, { fieldManager });
  else
    await client.create(
      CLUSTER_AUTOSCALERS,
      '',
      {
        apiVersion: `${GROUP}/${VERSION}`,
        kind: 'ClusterAutoscaler',
        metadata: { name: AUTOSCALER_NAME },
        spec: { flags: wanted },
      },
      { fieldManager },
    );
  streams.out(`clusterautoscaler.${GROUP}/${AUTOSCALER_NAME} ${there ? 'changed' : 'created'}\n`);
}

function givenFlags({ flags }: Invocation): Record<string, string> {
  const given: Record<string, string> = {};
  for (const name of NAMES) {
    if (!flags.changed(name)) continue;
    const value = AUTOSCALER_FLAGS[name].type === 'strings' ? flags.strings(name).join(',') : flags.string(name);
    const complaint = autoscalerFlagComplaint(name, value);
    if (complaint) throw new CommandError(`invalid value ${JSON.stringify(value)} of --${name}: ${complaint}`);
    given[name] = value;
  }
  const delays = given['drain-priority-config'] !== undefined && given['max-graceful-termination-sec'] !== undefined;
  if (delays)
    throw new CommandError(
      'Invalid configuration, could not use --drain-priority-config together with --max-graceful-termination-sec',
    );
  return given;
}

async function present(client: Client): Promise<KubeObject | undefined> {
  try {
    return await client.get(CLUSTER_AUTOSCALERS, '', AUTOSCALER_NAME);
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    return undefined;
  }
}

async function show({ flags, streams }: Invocation, object: KubeObject | undefined): Promise<void> {
  const set: Record<string, string> = object?.['spec']?.flags ?? {};
  const rows = NAMES.filter((name) => flags.bool('all') || set[name] !== undefined).map((name) => {
    const { default: usual } = AUTOSCALER_FLAGS[name];
    return [`--${name}`, set[name] ?? usual, usual];
  });
  if (rows.length === 0) streams.err('All flags are as they come; --all shows them.\n');
  else streams.out(await ownTable(streams, ['FLAG', 'VALUE', 'DEFAULT'], rows));
}
