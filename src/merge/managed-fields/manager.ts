/**
 * Keeps `metadata.managedFields` true: after every create, update and patch, and for server-side apply (apimachinery
 * `util/managedfields/internal/fieldmanager.go` and the chain of managers behind it; structured-merge-diff `merge/update.go`).
 */
import { deepEqual, type JsonObject } from '../../apimachinery/json';
import { asJson, type KubeObject, type ManagedFieldsEntry } from '../../apimachinery/meta';
import type { Schema } from '../../schema/schema';
import { type Comparison, compare } from './compare';
import { difference, type FieldSet, isEmptySet, recursiveDifference, setOf, union } from './field-set';
import {
  capUpdateManagers,
  entryOf,
  identityKey,
  type Manager,
  type ManagerIdentity,
  type Managers,
  managersOf,
  withFields,
  writeManagers,
} from './managers';
import { fieldElement } from './path-element';
import { TypedValueError, typeOf } from './value-type';

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

/**
 * The managed fields after a write that is not an apply: who changes or adds a field owns it alone, who removes one takes it
 * from everybody. Undefined where none are kept: an object that has none already, or one whose lists have elements without keys.
 *
 * An entry's time moves when its manager changed anything; a write that changes no field gives back the live entries as they are.
 */
export function updateManagedFields(args: UpdateArgs): ManagedFieldsEntry[] | undefined {
  const { live, object, subresource } = args;
  const entries = live?.metadata.managedFields;
  // Through a subresource nobody can set the managed fields themselves.
  const managers = managersOf(entries, subresource ? entries : object.metadata.managedFields);
  // An object whose managed fields are gone stays without.
  if (managers.size === 0 && live?.metadata.uid) return undefined;
  try {
    if (!recordUpdate(managers, live, args)) return sameEntries(managers, entries);
  } catch (error) {
    if (error instanceof TypedValueError) return undefined;
    throw error;
  }
  capUpdateManagers(managers);
  return writeManagers(managers);
}

function sameEntries(managers: Managers, entries: ManagedFieldsEntry[] | undefined): ManagedFieldsEntry[] | undefined {
  const unchanged =
    managers.size === entries?.length && entries.every((entry) => managers.get(identityKey(entry))?.entry === entry);
  if (unchanged) return entries;
  capUpdateManagers(managers);
  return writeManagers(managers);
}

const NOTHING: JsonObject = Object.freeze({});

/** Brings `managers` up to date with what changed from `live` to `object`; false when the writer changed nothing. */
export function recordUpdate(managers: Managers, live: KubeObject | undefined, args: UpdateArgs): boolean {
  const identity: ManagerIdentity = {
    manager: args.manager || 'unknown',
    operation: 'Update',
    apiVersion: args.apiVersion,
    subresource: args.subresource,
  };
  const before = live ? withoutManagedFields(live) : NOTHING;
  const after = withoutManagedFields(args.object);
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
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...asJson(object), metadata: metadata as JsonObject };
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

/**
 * The old entries, when the new ones differ from them in nothing but times (the first half of upstream's
 * IgnoreManagedFieldsTimestampsTransformer): if the rest of the object is the same too, the write is none.
 */
export function entriesButForTimes(
  old: ManagedFieldsEntry[] | undefined,
  now: ManagedFieldsEntry[] | undefined,
): ManagedFieldsEntry[] | undefined {
  if (!old || !now || old.length !== now.length || now.length === 0 || old === now) return undefined;
  const same = now.every((entry, i) => {
    const { time: _, ...fields } = entry;
    const { time: __, ...others } = old[i] as ManagedFieldsEntry;
    return deepEqual(fields as unknown as JsonObject, others as unknown as JsonObject);
  });
  return same ? old : undefined;
}
