/** Completes, validates and runs `apply` (ApplyFlags.ToOptions, ApplyOptions.Validate, Run). */
import type { KubeList, KubeObject } from '../../apimachinery/meta';
import type { Printer } from '../../printers/printer';
import { findResources, requireFiles } from '../builder/builder';
import type { Info } from '../builder/info';
import type { Propagation } from '../builder/writes';
import { CommandError, type Invocation, UsageError } from '../command';
import { cascadeOf } from '../delete/deletion-flags';
import { throwCollected } from '../errors';
import type { MergeRecord } from '../explain-merge/explanation';
import { type DryRun, dryRunOf, fieldValidationOf, withDryRun } from '../flag-sets';
import { applySetGate, isOpen } from '../gates';
import { printerFor } from '../print-objects';
import { recorded } from '../record';
import type { ApplySet } from './apply-set';

export interface ApplyOptions {
  serverSide: boolean;
  forceConflicts: boolean;
  fieldManager: string;
  fieldValidation: string;
  dryRun: DryRun;
  overwrite: boolean;
  subresource: string;
  /** --force: delete and make anew what can't be patched. */
  forceDeletion: boolean;
  propagation: Propagation;
  gracePeriod: number;
  timeout: number;
  /** -o with a format that shows whole objects: they are printed at the end. */
  printsObjects: boolean;
  /** Of what was done, as it is needed. */
  printers: Map<string, Printer>;
  /** --explain: hears what each merge goes by. */
  explain?: ((record: MergeRecord | undefined) => void) | undefined;
}

/** The objects that are in the files, for --prune. */
export interface Visited {
  uids: Set<string>;
  namespaces: Set<string>;
}

export async function runApply(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const options = readOptions(invocation);
  const filenames = flags.strings('filename');
  requireFiles(filenames, flags.string('kustomize'));
  const prune = flags.bool('prune');
  const applySet = await applySetFor(invocation);
  const pruned = prune ? await pruneMappings(invocation) : undefined;
  await validate(invocation, options, prune, applySet);
  const { namespace, explicit } = await invocation.namespace();
  const result = await findResources(invocation, {
    filenames,
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    namespace,
    enforceNamespace: explicit,
    selector: flags.string('selector'),
    flatten: true,
    validate: options.fieldValidation !== 'Ignore',
  });
  const explainer = await explainerOf(invocation);
  options.explain = explainer && ((record) => explainer.take(record));
  const visited: Visited = { uids: new Set(), namespaces: new Set(explicit ? [namespace] : []) };
  const found = await result.infos();
  const errors: unknown[] = found.error === undefined ? [] : [found.error];
  const infos = applySet ? labelled(found.infos, applySet, errors) : found.infos;
  if (infos.length === 0 && errors.length === 0) throw new CommandError('no objects passed to apply');
  await applySet?.beforeApply(infos, options);
  const { applyObject } = options.serverSide
    ? await import('./apply-server-side')
    : await import('./apply-client-side');
  for (const info of infos) {
    if (info.namespaced) visited.namespaces.add(info.namespace);
    try {
      refuseGeneratedName(info);
      explainer?.listen(info);
      info.object = recorded(invocation, info.object as KubeObject);
      const operation = await applyObject(invocation, info, options);
      visited.uids.add(info.object?.metadata.uid ?? '');
      await printOperation(invocation, info, operation, options);
      const answer = options.dryRun === 'client' ? undefined : info.object;
      await explainer?.explain({ info, operation: withDryRun(operation, options.dryRun), answer });
    } catch (failure) {
      errors.push(failure);
      await explainer?.explain({ info, error: failure });
    }
    await invocation.checkpoint();
  }
  await explainer?.finish();
  throwCollected(errors);
  if (options.printsObjects && !explainer) await printAll(invocation, infos, options);
  if (applySet) {
    const { pruneApplySet } = await import('./prune-apply-set');
    await pruneApplySet(invocation, applySet, visited, options);
  } else if (pruned) {
    const { pruneAll } = await import('./prune');
    await pruneAll(invocation, pruned, visited, options);
  }
}

function readOptions(invocation: Invocation): ApplyOptions {
  const { flags, args } = invocation;
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
  const serverSide = flags.bool('server-side');
  const output = flags.string('output');
  return {
    serverSide,
    forceConflicts: flags.bool('force-conflicts'),
    dryRun: dryRunOf(invocation),
    fieldManager: invocation.fieldManager(serverSide ? 'kubectl' : 'kubectl-client-side-apply'),
    propagation: cascadeOf(invocation),
    fieldValidation: fieldValidationOf(flags),
    overwrite: flags.bool('overwrite'),
    subresource: flags.string('subresource'),
    forceDeletion: flags.bool('force'),
    gracePeriod: flags.int('grace-period'),
    timeout: flags.duration('timeout'),
    printsObjects: output !== '' && output !== 'name',
    printers: new Map(),
  };
}

/** Who explains, where --explain asks for it. */
async function explainerOf(invocation: Invocation) {
  const { flags } = invocation;
  if (!flags.bool('explain')) return undefined;
  const { Explainer } = await import('../explain-merge/explainer');
  const options = Explainer.readOptions(invocation, {
    output: flags.string('output'),
    showSecrets: false,
    heading: false,
  });
  return new Explainer(invocation, options);
}

/** What --applyset names, where there is such a flag. */
async function applySetFor(invocation: Invocation): Promise<ApplySet | undefined> {
  if (!isOpen(applySetGate, invocation.environment) || invocation.flags.string('applyset') === '') return undefined;
  const { applySetOf } = await import('./apply-set');
  return applySetOf(invocation);
}

/** Makes all of them members, or none. */
function labelled(infos: readonly Info[], applySet: ApplySet, errors: unknown[]): readonly Info[] {
  try {
    for (const info of infos) info.object = applySet.withLabel(info.object as KubeObject);
    return infos;
  } catch (error) {
    errors.splice(0, errors.length, error);
    return [];
  }
}

async function validate(
  { flags }: Invocation,
  options: ApplyOptions,
  prune: boolean,
  applySet: ApplySet | undefined,
): Promise<void> {
  const { serverSide, dryRun, forceDeletion: force } = options;
  const selector = flags.string('selector');
  const refuse = (when: boolean, message: string) => {
    if (when) throw new CommandError(message);
  };
  refuse(options.forceConflicts && !serverSide, '--force-conflicts only works with --server-side');
  refuse(
    dryRun === 'client' && serverSide,
    "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
  );
  refuse(serverSide && force, '--force cannot be used with --server-side');
  refuse(dryRun === 'server' && force, '--dry-run=server cannot be used with --force');
  refuse(flags.bool('all') && selector !== '', 'cannot set --all and --selector at the same time');
  if (applySet) {
    refuse(!prune, '--applyset requires --prune');
    await applySet.validate();
  }
  refuse(prune && force, '--force cannot be used with --prune');
  if (applySet) {
    refuse(flags.bool('all'), '--all is incompatible with --applyset');
    refuse(selector !== '', '--selector is incompatible with --applyset');
    refuse(flags.strings('prune-allowlist').length > 0, '--prune-allowlist is incompatible with --applyset');
  } else if (prune) {
    refuse(
      !flags.bool('all') && selector === '',
      'all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector',
    );
    refuse(serverSide, "--prune is in alpha and doesn't currently work on objects created by server-side apply");
  }
  refuse(options.subresource !== '' && !serverSide, '--subresource can only be specified for --server-side');
}

async function pruneMappings(invocation: Invocation) {
  const { readAllowlist } = await import('./prune');
  return readAllowlist(await invocation.mapper(), invocation.flags.strings('prune-allowlist'));
}

function refuseGeneratedName(info: Info): void {
  const generateName = info.object?.metadata.generateName;
  if (info.name === '' && generateName) {
    throw new CommandError(`from ${generateName}: cannot use generate name with apply`);
  }
}

/** `deployment.apps/web configured`, unless whole objects are printed at the end. */
export async function printOperation(
  invocation: Invocation,
  info: Info,
  operation: string,
  options: ApplyOptions,
): Promise<void> {
  if (options.printsObjects) return;
  let printer = options.printers.get(operation);
  if (!printer) {
    printer = await printerFor(invocation, withDryRun(operation, options.dryRun));
    options.printers.set(operation, printer);
  }
  invocation.streams.out(printer.print(info.object as KubeObject));
}

async function printAll(invocation: Invocation, infos: readonly Info[], options: ApplyOptions): Promise<void> {
  if (infos.length === 0) return;
  const printer = await printerFor(invocation, withDryRun('', options.dryRun));
  const objects = infos.map((info) => info.object as KubeObject);
  const list: KubeList = { apiVersion: 'v1', kind: 'List', metadata: {}, items: objects };
  invocation.streams.out(printer.print(objects.length === 1 ? (objects[0] as KubeObject) : list));
}
