/** What the subcommands of set share: typed objects are changed, and the difference sent as a strategic patch (set/helper.go). */

import { clone, type JsonObject } from '../../apimachinery/json';
import { asJson, asObject, type KubeObject } from '../../apimachinery/meta';
import { createTwoWayPatch } from '../../merge/strategic-diff';
import type { Printer } from '../../printers/printer';
import { findResources } from '../builder/builder';
import type { Info } from '../builder/info';
import type { Result, Search } from '../builder/result';
import { patchObject } from '../builder/writes';
import { CommandError, type Invocation } from '../command';
import { messageOf } from '../errors';
import { type DryRun, dryRunOf, withDryRun } from '../flag-sets';
import { printerFor } from '../print-objects';
import { recorded } from '../record';
import type { TypedObjects } from '../typed-objects';

const LOCAL_RESOURCE = `error: you must specify resources by --filename when --local is set.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'`;

/** Throws when resources are named although nothing may be asked of a server. */
export function refuseLocalResources({ flags }: Invocation, resources: readonly string[]): void {
  if (flags.bool('local') && resources.length > 0) throw new CommandError(LOCAL_RESOURCE);
}

/** Searches by the flags that all of set have, and those that some don't; with --local in files alone. */
export async function findToSet(
  invocation: Invocation,
  resources: readonly string[],
  { selector = '', kustomize = '' }: Pick<Search, 'selector' | 'kustomize'>,
): Promise<Result> {
  const { flags } = invocation;
  const { namespace, explicit } = await invocation.namespace();
  const local = flags.bool('local');
  return findResources(invocation, {
    filenames: flags.strings('filename'),
    kustomize,
    recursive: flags.bool('recursive'),
    namespace,
    enforceNamespace: explicit,
    flatten: true,
    ...(local
      ? { local }
      : {
          args: resources,
          all: flags.bool('all'),
          selector,
          latest: true,
        }),
  });
}

/** -l and -k. */
export function searchFlags({ flags }: Invocation): Pick<Search, 'selector' | 'kustomize'> {
  return { selector: flags.string('selector'), kustomize: flags.string('kustomize') };
}

/** All that is found, each object typed; the first thing that goes wrong with any ends the command. */
export async function typedInfos(result: Result, types: TypedObjects): Promise<Info[]> {
  const infos: Info[] = [];
  await result.visit((info) => {
    info.object = types.read(info.object as KubeObject, info.source);
    infos.push(info);
  });
  return infos;
}

/** How this invocation writes and prints. */
export interface Output {
  dryRun: DryRun;
  printer: Printer;
}

/** `operation` is what the printer says was done: `image updated`. */
export async function outputOf(invocation: Invocation, operation: string): Promise<Output> {
  const dryRun = dryRunOf(invocation);
  return { dryRun, printer: await printerFor(invocation, withDryRun(operation, dryRun), { sortKeys: false }) };
}

/** Changes a typed object in place; false when there is nothing to do. Throws what is told with the object's name. */
export type Change = (object: KubeObject) => boolean | Promise<boolean>;

export interface EachOptions {
  /** What stands before the server's complaint: `failed to patch image update to pod template: `. */
  failure: string;
  /** Is a patch without a change sent all the same? */
  sendEmpty?: boolean;
  /** Does the subcommand know --record? */
  record?: boolean;
  /** Before what the server answered is printed. */
  patched?(): void;
}

/** Changes all of them; gives back what went wrong, for `change` may have its own to add. */
export async function patchEach(
  invocation: Invocation,
  infos: readonly Info[],
  types: TypedObjects,
  { dryRun, printer }: Output,
  change: Change,
  { failure, sendEmpty = false, record = false, patched }: EachOptions,
): Promise<unknown[]> {
  const { flags, streams } = invocation;
  const fieldManager = invocation.fieldManager('kubectl-set');
  const errors: unknown[] = [];
  for (const info of infos) {
    let changed: Changed | undefined;
    try {
      changed = await changedObject(info, types, change, record ? invocation : undefined);
    } catch (error) {
      errors.push(new CommandError(`error: ${info.objectName} ${messageOf(error)}\n`));
      continue;
    }
    if (!changed || (!sendEmpty && Object.keys(changed.patch).length === 0)) continue;
    if (flags.bool('local') || dryRun === 'client') {
      streams.out(printer.print(changed.after));
      continue;
    }
    let answer: KubeObject;
    try {
      answer = await patchObject(info, 'strategic', changed.patch, { dryRun, fieldManager });
    } catch (error) {
      errors.push(new CommandError(`${failure}${messageOf(error)}`));
      continue;
    }
    patched?.();
    streams.out(printer.print(types.read(answer)));
    await invocation.checkpoint();
  }
  return errors;
}

export interface Changed {
  after: KubeObject;
  patch: JsonObject;
}

/** The object with the change and the patch that makes it (CalculatePatch). `recording`: the command, where it has --record. */
export async function changedObject(
  info: Info,
  types: TypedObjects,
  change: Change,
  recording?: Invocation,
): Promise<Changed | undefined> {
  const before = info.object as KubeObject;
  const edited = asObject(clone(asJson(before)));
  if (!(await change(edited))) return undefined;
  const after = types.read(recording ? recorded(recording, edited) : edited);
  return { after, patch: createTwoWayPatch(asJson(before), asJson(after), types.schemaOf(before)) };
}

/** Throws for --local with --dry-run=server. */
export function refuseLocalOnServer({ flags }: Invocation, dryRun: DryRun): void {
  if (flags.bool('local') && dryRun === 'server') {
    throw new CommandError('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  }
}
