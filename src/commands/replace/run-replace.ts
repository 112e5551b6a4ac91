/** Completes, validates and runs `replace` (ReplaceOptions). */
import type { KubeObject } from '../../apimachinery/meta';
import { findResources, requireFiles } from '../builder/builder';
import type { Info } from '../builder/info';
import type { Search } from '../builder/result';
import { createObject, replaceObject } from '../builder/writes';
import { CommandError, type Invocation } from '../command';
import { deleteResult } from '../delete/delete-result';
import { cascadeOf } from '../delete/deletion-flags';
import { waitUntilGone } from '../delete/wait-until-gone';
import { addSource } from '../errors';
import { type DryRun, dryRunOf, fieldValidationOf, withDryRun } from '../flag-sets';
import { saveConfig } from '../last-applied';
import { printerFor } from '../print-objects';
import { recorded } from '../record';

export async function runReplace(invocation: Invocation): Promise<void> {
  const { flags, streams } = invocation;
  const fieldValidation = fieldValidationOf(flags);
  const dryRun = dryRunOf(invocation);
  const printer = await printerFor(invocation, withDryRun('replaced', dryRun));
  const propagation = cascadeOf(invocation);
  const filenames = flags.strings('filename');
  requireFiles(filenames, flags.string('kustomize'));
  validate(invocation, dryRun);
  const raw = flags.string('raw');
  if (raw) {
    const { sendFile } = await import('../raw-file');
    return sendFile(invocation, 'PUT', raw, filenames[0] as string);
  }
  const { namespace, explicit } = await invocation.namespace();
  const options = {
    dryRun,
    fieldValidation,
    fieldManager: invocation.fieldManager('kubectl-replace'),
    subresource: flags.string('subresource'),
  };
  const search: Search = {
    filenames,
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    namespace,
    enforceNamespace: explicit,
    subresource: options.subresource,
    flatten: true,
    validate: fieldValidation !== 'Ignore',
  };
  const done = async (info: Info, object: KubeObject) => {
    info.refresh(object);
    streams.out(printer.print(object));
    await invocation.checkpoint();
  };
  if (flags.bool('force')) {
    await deleteAll(invocation, { ...search, validate: false }, propagation);
    const result = await findResources(invocation, search);
    let count = 0;
    await result.visit(async (info) => {
      info.object = recorded(invocation, saveConfig(flags.bool('save-config'), info.object as KubeObject));
      const created = await createObject(info, options);
      count++;
      await done(info, created);
    });
    if (count === 0) throw new CommandError('no objects passed to replace');
    return;
  }
  const result = await findResources(invocation, search);
  await result.visit(async (info) => {
    info.object = recorded(invocation, saveConfig(flags.bool('save-config'), info.object as KubeObject));
    if (dryRun === 'client') {
      streams.out(printer.print(info.object));
      return;
    }
    let replaced: KubeObject;
    try {
      replaced = await replaceObject(info, options);
    } catch (error) {
      throw addSource('replacing', info.source, error);
    }
    await done(info, replaced);
  });
}

const FIVE_MINUTES = 300_000;

/** Deletes what the files name and lets time pass until it is gone. */
async function deleteAll(
  invocation: Invocation,
  search: Search,
  propagation: ReturnType<typeof cascadeOf>,
): Promise<void> {
  const { flags, args } = invocation;
  const gracePeriod = flags.int('grace-period');
  const infos: Info[] = [];
  const result = await findResources(invocation, { ...search, args, requireObject: false });
  await deleteResult(invocation, result, {
    propagation,
    // A period of 0 is a second, and waited for.
    gracePeriod: gracePeriod === 0 ? 1 : gracePeriod,
    wait: flags.bool('wait') || gracePeriod === 0,
    dryRun: 'none',
    ignoreNotFound: true,
    timeout: flags.duration('timeout'),
    nameOnly: flags.string('output') === 'name',
    warnClusterScope: false,
    confirmed: (info) => {
      infos.push(info);
      return true;
    },
  });
  await waitUntilGone(
    invocation,
    infos.map((info) => ({ info, uid: undefined })),
    flags.duration('timeout') || FIVE_MINUTES,
  );
}

function validate({ flags }: Invocation, dryRun: DryRun): void {
  const force = flags.bool('force');
  if (flags.int('grace-period') >= 0 && !force) throw new CommandError('--grace-period must have --force specified');
  if (flags.duration('timeout') !== 0 && !force) throw new CommandError('--timeout must have --force specified');
  if (force && dryRun !== 'none') throw new CommandError('--dry-run can not be used when --force is set');
  if (!flags.string('raw')) return;
  const filenames = flags.strings('filename');
  if (filenames.length !== 1) throw new CommandError('--raw can only use a single local file or stdin');
  if (/^https?:\/\//.test(filenames[0] as string)) throw new CommandError('--raw cannot read from a url');
  if (flags.bool('recursive')) throw new CommandError('--raw and --recursive are mutually exclusive');
  if (flags.string('output')) throw new CommandError('--raw and --output are mutually exclusive');
}
