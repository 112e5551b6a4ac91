/** Completes, validates and runs `nodegroup autoscaler`. */
import { autoscalerFlagComplaint, typeComplaint } from '../../apimachinery/autoscaler-flag-values';
import { AUTOSCALER_FLAGS, CLUSTER_FLAG_NAMES } from '../../apimachinery/autoscaler-flags';
import { AUTOSCALER_IDLE_FLAGS, type IdleFlag } from '../../apimachinery/autoscaler-idle-flags';
import type { KubeObject } from '../../apimachinery/meta';
import { AUTOSCALER_NAME, CLUSTER_AUTOSCALERS, GROUP, VERSION } from '../../apimachinery/node-groups';
import { isReason } from '../../apimachinery/status';
import type { Client } from '../../client/client';
import { CommandError, type Invocation, UsageError } from '../command';
import { ownTable } from '../own-table';
import { simulatedNow } from '../simulated-clock';
import { defineKinds } from './definitions';

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
  await defineKinds(client, fieldManager, await kindsFor(given));
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

/** The kinds that flags bring along. */
async function kindsFor(given: Readonly<Record<string, string>>): Promise<KubeObject[]> {
  const kinds: KubeObject[] = [];
  const is = (name: string) => given[name] === 'true';
  if (is('enable-provisioning-requests')) kinds.push((await import('./provisioning-request')).provisioningRequests);
  if (is('capacity-buffer-controller-enabled') || is('capacity-buffer-pod-injection-enabled'))
    kinds.push((await import('./capacity-buffer')).capacityBuffers);
  return kinds;
}

function givenFlags({ flags, streams }: Invocation): Record<string, string> {
  const given: Record<string, string> = {};
  const take = (name: string, type: string, complaintOf: (value: string) => string | undefined) => {
    const value = type === 'strings' ? flags.strings(name).join(',') : flags.string(name);
    const complaint = complaintOf(value);
    if (complaint) throw new CommandError(`invalid value ${JSON.stringify(value)} of --${name}: ${complaint}`);
    given[name] = value;
  };
  for (const name of CLUSTER_FLAG_NAMES)
    if (flags.changed(name)) take(name, AUTOSCALER_FLAGS[name].type, (value) => autoscalerFlagComplaint(name, value));
  for (const [name, flag] of Object.entries(AUTOSCALER_IDLE_FLAGS)) {
    if (!flags.changed(name)) continue;
    take(name, flag.type, (value) => idleComplaint(flag, value));
    if (given[name] !== flag.default) streams.err(`Warning: --${name} changes nothing here: ${flag.why}\n`);
  }
  const delays = given['drain-priority-config'] !== undefined && given['max-graceful-termination-sec'] !== undefined;
  if (delays)
    throw new CommandError(
      'Invalid configuration, could not use --drain-priority-config together with --max-graceful-termination-sec',
    );
  return given;
}

function idleComplaint({ type, default: usual, fixed, why }: IdleFlag, value: string): string | undefined {
  return typeComplaint(type, value) ?? (fixed && value !== usual ? why : undefined);
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
  const usual = new Map(CLUSTER_FLAG_NAMES.map((name): [string, string] => [name, AUTOSCALER_FLAGS[name].default]));
  for (const [name, flag] of Object.entries(AUTOSCALER_IDLE_FLAGS)) usual.set(name, flag.default);
  const rows = [...usual]
    .filter(([name]) => flags.bool('all') || set[name] !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [`--${name}`, set[name] ?? value, value]);
  if (rows.length === 0) streams.err('All flags are as they come; --all shows them.\n');
  else streams.out(await ownTable(streams, ['FLAG', 'VALUE', 'DEFAULT'], rows));
}
