/**
 * Who owns what after a write that is not an apply, and what such a write takes from others (structured-merge-diff
 * `merge/update.go`, Updater.Update and Updater.update).
 */
import { type Json, type JsonObject, setKey } from '../../apimachinery/json';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import type { Schema } from '../../schema/schema';
import { type Comparison, compare } from './compare';
import { difference, type FieldSet, isEmptySet, recursiveDifference, setOf, union } from './field-set';
import { entryOf, identityKey, type Manager, type ManagerIdentity, type Managers, withFields } from './managers';
import { fieldElement } from './path-element';
import { typeOf } from './value-type';

/** Where else a field manager looks: objects and schemas of the other versions in which managers wrote. */
export interface VersionConverter {
  /** The object in that version; undefined where the version is gone, whose managers then go too. */
  convert(object: KubeObject, apiVersion: string): KubeObject | undefined;
  schema(apiVersion: string): Schema;
}

export interface UpdateArgs {
  /** The object before the write; undefined for a create. */
  live: KubeObject | undefined;
  /** The object that the write asks for: after defaulting, before admission and before the strategy resets fields. Not changed. */
  object: KubeObject;
  schema: Schema;
  /** The field manager's name; '' means unknown. */
  manager: string;
  /** The version that the request speaks. */
  apiVersion: string;
  subresource?: string | undefined;
  /** RFC 3339, whole seconds. */
  now: string;
  /** Fields that a write here can't set, which nobody therefore owns by it: `[['status']]`, for the status subresource `[['spec'], …]`. */
  resetFields?: readonly (readonly string[])[] | undefined;
  converter?: VersionConverter | undefined;
}

/** What there is of an object before it is made. */
export const NOTHING: JsonObject = Object.freeze({});

/** Who writes what is no apply. */
export function writerOf({ manager, apiVersion, subresource }: UpdateArgs): ManagerIdentity {
  return { manager: manager || 'unknown', operation: 'Update', apiVersion, subresource };
}

/** Brings `managers` up to date with what changed from `live` to `object`; false when the writer changed nothing. */
export function recordUpdate(managers: Managers, live: KubeObject | undefined, args: UpdateArgs): boolean {
  const identity = writerOf(args);
  // What is the same in both is no difference, and need not be taken out.
  const same = live !== undefined && live.metadata.managedFields === args.object.metadata?.managedFields;
  const after = same ? asJson(args.object) : withoutManagedFields(args.object);
  const before = !live ? NOTHING : same ? asJson(live) : withoutManagedFields(live);
  const comparison = filtered(compare(before, after, typeOf(args.schema)), args.resetFields);
  const key = identityKey(identity);
  takeAway(managers, key, comparison, args, live);
  const own = stripped(comparison.changed);
  if (isEmptySet(own)) return false;
  managers.set(key, entryOf(identity, union(managers.get(key)?.fields, own), args.now));
  return true;
}

/** Takes what changed or went from those who owned it, except what `writer` changed from itself; managers with nothing left go. */
function takeAway(
  managers: Managers,
  writer: string,
  own: Comparison,
  args: UpdateArgs,
  live: KubeObject | undefined,
): void {
  for (const [key, manager] of managers) {
    const comparison = comparisonFor(manager, own, args, live);
    if (comparison === undefined) {
      managers.delete(key);
      continue;
    }
    const kept = key === writer ? manager.fields : difference(manager.fields, comparison.changed);
    const fields = difference(kept, comparison.removed);
    if (isEmptySet(fields)) managers.delete(key);
    else if (fields !== manager.fields) managers.set(key, withFields(manager, fields));
  }
}

/** What changed, in the version that a manager wrote in; undefined where that version is gone. */
export function comparisonFor(
  { entry }: Manager,
  own: Comparison,
  {
    apiVersion,
    converter,
    object,
    resetFields,
  }: Pick<UpdateArgs, 'apiVersion' | 'converter' | 'object' | 'resetFields'>,
  live: KubeObject | undefined,
): Comparison | undefined {
  if (entry.apiVersion === apiVersion || !converter) return own;
  const before = live ? converter.convert(live, entry.apiVersion) : NOTHING;
  const after = converter.convert(object, entry.apiVersion);
  if (before === undefined || after === undefined) return undefined;
  const type = typeOf(converter.schema(entry.apiVersion));
  return filtered(compare(before as JsonObject, asJson(after), type), resetFields);
}

/** The object as upstream compares it: without its managed fields. Copies no more than the way there. */
export function withoutManagedFields(object: KubeObject): JsonObject {
  if (object.metadata?.managedFields === undefined) return asJson(object);
  const metadata: JsonObject = {};
  const given = asJson(object)['metadata'] as JsonObject;
  for (const key in given) if (key !== 'managedFields') setKey(metadata, key, given[key] as Json);
  const rest = { ...asJson(object) };
  rest['metadata'] = metadata;
  return rest;
}

export function filtered(comparison: Comparison, resetFields: readonly (readonly string[])[] | undefined): Comparison {
  if (!resetFields || resetFields.length === 0) return comparison;
  const reset = resetSet(resetFields);
  return {
    changed: recursiveDifference(comparison.changed, reset),
    removed: recursiveDifference(comparison.removed, reset),
  };
}

const resetSets = new WeakMap<readonly (readonly string[])[], FieldSet>();

/** `[['metadata', 'labels']]` as a set. Made once per list, which resources hold on to. */
export function resetSet(paths: readonly (readonly string[])[]): FieldSet {
  let set = resetSets.get(paths);
  if (set === undefined) {
    set = setOf(paths.map((path) => path.map(fieldElement)));
    resetSets.set(paths, set);
  }
  return set;
}

// What no manager can own (stripmeta.go).
const STRIPPED = setOf(
  [
    ['apiVersion'],
    ['kind'],
    ['metadata'],
    ...[
      'name',
      'namespace',
      'creationTimestamp',
      'selfLink',
      'uid',
      'clusterName',
      'generation',
      'managedFields',
      'resourceVersion',
    ].map((name) => ['metadata', name]),
  ].map((path) => path.map(fieldElement)),
);

export function stripped(fields: FieldSet): FieldSet {
  return difference(fields, STRIPPED);
}
