/** Completes, validates and runs `delete` (DeleteOptions.Complete, Validate, RunDelete). */
import { findResources } from '../builder/builder';
import type { Info } from '../builder/info';
import type { Result, Search } from '../builder/result';
import { CommandError, type Invocation } from '../command';
import { dryRunOf } from '../flag-sets';
import { kindName } from '../kind-name';
import { type Deletion, deleteResult } from './delete-result';
import { cascadeOf } from './deletion-flags';

export async function runDelete(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  const propagation = cascadeOf(invocation);
  const selector = flags.string('selector');
  const fieldSelector = flags.string('field-selector');
  const all = flags.bool('all');
  const filenames = flags.strings('filename');
  const gracePeriod = gracePeriodOf(invocation);
  const dryRun = dryRunOf(invocation);
  const raw = flags.string('raw');
  const { namespace, explicit } = await invocation.namespace();
  const allNamespaces = flags.bool('all-namespaces');
  const search: Search = {
    filenames,
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    args,
    namespace,
    enforceNamespace: explicit,
    allNamespaces,
    selector,
    fieldSelector,
    all,
    requireObject: false,
    flatten: true,
  };
  const result = raw ? undefined : await findResources(invocation, search);
  validate(invocation, gracePeriod, filenames);
  if (raw || !result) {
    const { sendRaw } = await import('../raw');
    const { sendFile } = await import('../raw-file');
    await (filenames.length > 0
      ? sendFile(invocation, 'DELETE', raw, filenames[0] as string)
      : sendRaw(invocation, 'DELETE', raw));
    return;
  }
  const deletion: Deletion = {
    propagation,
    gracePeriod,
    dryRun,
    ignoreNotFound: flags.changed('ignore-not-found')
      ? flags.bool('ignore-not-found')
      : all || selector !== '' || fieldSelector !== '',
    wait: flags.bool('wait'),
    timeout: flags.duration('timeout'),
    nameOnly: flags.string('output') === 'name',
    warnClusterScope: explicit && !allNamespaces,
  };
  if (flags.bool('interactive')) {
    const confirmed = await confirm(invocation, result);
    if (!confirmed) return;
    deletion.confirmed = (info) => confirmed.has(locationOf(info));
    await deleteResult(invocation, await findResources(invocation, search), deletion);
    return;
  }
  await deleteResult(invocation, result, deletion);
}

/** --now, --force and --grace-period together: seconds, negative for the object's own. */
function gracePeriodOf({ flags }: Invocation): number {
  let gracePeriod = flags.int('grace-period');
  const force = flags.bool('force');
  if (flags.bool('now')) {
    if (gracePeriod !== -1) throw new CommandError('--now and --grace-period cannot be specified together');
    gracePeriod = 1;
  }
  if (gracePeriod === 0 && !force) gracePeriod = 1;
  return force && gracePeriod < 0 ? 0 : gracePeriod;
}

function validate({ flags, streams }: Invocation, gracePeriod: number, filenames: readonly string[]): void {
  const output = flags.string('output');
  if (output !== '' && output !== 'name') {
    throw new CommandError(`unexpected -o output mode: ${output}. We only support '-o name'`);
  }
  if (flags.bool('all') && flags.string('selector')) {
    throw new CommandError('cannot set --all and --selector at the same time');
  }
  if (flags.bool('all') && flags.string('field-selector')) {
    throw new CommandError('cannot set --all and --field-selector at the same time');
  }
  if (flags.bool('force')) {
    if (gracePeriod > 0) {
      throw new CommandError('--force and --grace-period greater than 0 cannot be specified together');
    }
    streams.err(
      'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n',
    );
  }
  if (!flags.string('raw')) return;
  if (flags.bool('interactive')) throw new CommandError('--interactive can not be used with --raw');
  if (filenames.length > 1) throw new CommandError('--raw can only use a single local file or stdin');
  if (/^https?:\/\//.test(filenames[0] ?? '')) throw new CommandError('--raw cannot read from a url');
  if (flags.bool('recursive')) throw new CommandError('--raw and --recursive are mutually exclusive');
  if (output !== '') throw new CommandError('--raw and --output are mutually exclusive');
}

/** Asks whether what was found is to go; undefined when not (DeleteOptions.confirmation). */
async function confirm(invocation: Invocation, result: Result): Promise<Set<string> | undefined> {
  const { streams } = invocation;
  const infos: Info[] = [];
  await result.visit((info) => {
    infos.push(info);
  });
  if (infos.length === 0) {
    streams.out('No resources found\n');
    return undefined;
  }
  streams.out(`You are about to delete the following ${infos.length} resource(s):\n`);
  for (const info of infos) streams.out(`${kindName(info.mapping as NonNullable<Info['mapping']>)}/${info.name}\n`);
  streams.out('Do you want to continue? (y/N): ');
  await invocation.release();
  const answer = streams.line ? await streams.line() : ((await streams.stdin()).split('\n')[0] as string);
  if (answer.trim().toLowerCase() === 'y') return new Set(infos.map(locationOf));
  streams.out('deletion is cancelled\n');
  return undefined;
}

function locationOf(info: Info): string {
  return `${info.mapping?.group}/${info.mapping?.plural}/${info.namespace}/${info.name}`;
}
