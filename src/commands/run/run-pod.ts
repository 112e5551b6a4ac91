/** Completes, validates and runs `run` (RunOptions). */
import { stringifyGo } from '../../apimachinery/json-text';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import type { Printer } from '../../printers/printer';
import { writeQuery } from '../builder/writes';
import { CommandError, type Invocation, UsageError } from '../command';
import { overridden } from '../expose/run-expose';
import { type DryRun, dryRunOf, withDryRun } from '../flag-sets';
import { isImageReference } from '../image-reference';
import { LAST_APPLIED } from '../last-applied';
import { printerFor } from '../print-objects';
import { recorded } from '../record';
import { type TypedObjects, typedObjects } from '../typed-objects';
import { podOf, serviceOf } from './pod-object';

export async function runPod(invocation: Invocation): Promise<void> {
  const { flags, args, argsBeforeDash, streams } = invocation;
  const dryRun = dryRunOf(invocation);
  const attach = flags.changed('attach') ? flags.bool('attach') : flags.bool('stdin');
  const printer = await printerFor(invocation, withDryRun('created', dryRun), { sortKeys: false });
  if (args.length === 0 || argsBeforeDash === 0) throw new UsageError('NAME is required for run');
  validate(invocation, dryRun, attach);
  const types = await typedObjects();
  const creation = { invocation, dryRun, types };
  const pod = await create(creation, 'pods', await overridden(flags, types.read(podOf(flags, args))));
  if (flags.bool('expose')) {
    const service = await create(creation, 'services', types.read(serviceOf(flags, args[0] as string)));
    await printService(invocation, printer, service);
  }
  if (attach) {
    const { attachToPod } = await import('./attach-pod');
    try {
      await attachToPod(invocation, pod);
    } finally {
      if (flags.bool('rm')) await remove(invocation, pod);
    }
    return;
  }
  streams.out(printer.print(pod));
}

function validate({ flags }: Invocation, dryRun: DryRun, attach: boolean): void {
  if (flags.duration('pod-running-timeout') <= 0) {
    throw new UsageError('--pod-running-timeout must be higher than zero');
  }
  const image = flags.string('image');
  if (image === '') throw new CommandError('--image is required');
  if (!isImageReference(image)) {
    throw new CommandError(`Invalid image name ${JSON.stringify(image)}: invalid reference format`);
  }
  if (flags.bool('tty') && !flags.bool('stdin')) {
    throw new UsageError('-i/--stdin is required for containers with -t/--tty=true');
  }
  if (flags.bool('expose') && !flags.string('port')) {
    throw new UsageError('--port must be set when exposing a service');
  }
  if (!['', 'Always', 'OnFailure', 'Never'].includes(flags.string('restart'))) {
    throw new UsageError(`invalid restart policy: ${flags.string('restart')}`);
  }
  if (!attach && flags.bool('rm')) throw new UsageError('--rm should only be used for attached containers');
  if (attach && dryRun !== 'none') {
    throw new UsageError(
      "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
    );
  }
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(flags.string('image-pull-policy'))) {
    throw new UsageError(`invalid image pull policy: ${flags.string('image-pull-policy')}`);
  }
}

async function create(
  { invocation, dryRun, types }: { invocation: Invocation; dryRun: DryRun; types: TypedObjects },
  resource: string,
  generated: KubeObject,
): Promise<KubeObject> {
  const { flags } = invocation;
  const { namespace, explicit } = await invocation.namespace();
  const object = types.read(recorded(invocation, generated));
  if (dryRun === 'client') {
    return explicit ? types.read({ ...object, metadata: { ...object.metadata, namespace } }) : object;
  }
  const text = `${stringifyGo(asJson(object), { sortKeys: false })}\n`;
  const annotations = { ...object.metadata.annotations, [LAST_APPLIED]: text };
  const wanted = flags.bool('save-config') ? { ...object, metadata: { ...object.metadata, annotations } } : object;
  const client = await invocation.client();
  const query = writeQuery({ dryRun, fieldManager: invocation.fieldManager('kubectl-run') });
  return types.read(await client.create({ group: '', version: 'v1', resource }, namespace, wanted, query));
}

async function printService({ flags, streams }: Invocation, printer: Printer, service: KubeObject): Promise<void> {
  streams.out(printer.print(service));
  if (flags.string('output') === 'yaml') streams.out('---\n');
}

async function remove(invocation: Invocation, pod: KubeObject): Promise<void> {
  const { name = '', namespace = '' } = pod.metadata;
  const client = await invocation.client();
  await client.delete({ group: '', version: 'v1', resource: 'pods' }, namespace, name);
  if (!invocation.flags.bool('quiet')) {
    invocation.streams.out(`pod ${JSON.stringify(name)} deleted from ${namespace} namespace\n`);
  }
}
