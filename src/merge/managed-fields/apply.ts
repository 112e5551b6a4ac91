/**
 * Server-side apply of one configuration: lays it over the live object, takes away what its manager gave up and nobody else
 * owns, and finds the conflicts (structured-merge-diff `merge/update.go`, Updater.Apply and its prune).
 */
import { deepEqual, type JsonObject } from '../../apimachinery/json';
import { asJson, asObject, type KubeObject } from '../../apimachinery/meta';
import { type Comparison, compare } from './compare';
import { type Conflict, conflictsOf } from './conflict';
import { difference, type FieldSet, intersection, isEmptySet, LEAF, recursiveDifference, union } from './field-set';
import { entryOf, identityKey, type Manager, type ManagerIdentity, type Managers, withFields } from './managers';
import { fieldsOf, mergeTyped, reconcileWithSchema, removeFields, withNamedFields } from './typed-value';
import { comparisonFor, filtered, resetSet, stripped, type UpdateArgs, withoutManagedFields } from './update';
import { typeOf, type ValueType } from './value-type';

/** Thrown when others own what the configuration sets differently, and it was not forced. */
export class ApplyConflicts extends Error {
  constructor(readonly conflicts: readonly Conflict[]) {
    super('conflicts');
  }
}

export type ApplyArgs = Omit<UpdateArgs, 'live' | 'object'> & {
  /** The live object; one without fields where there is none yet. */
  live: KubeObject;
  /** The configuration, as it was sent. */
  applied: KubeObject;
  force: boolean;
};

export interface Applied {
  /** Without managed fields; undefined when the live object is the result. */
  object: KubeObject | undefined;
  /** What the manager owned before. */
  lastFields: FieldSet | undefined;
  /** What it owns now. */
  fields: FieldSet;
  /** What was taken from others, because it was forced. */
  taken: readonly Conflict[];
}

/**
 * Applies the configuration and brings `managers` up to date.
 * @throws ApplyConflicts, and then `managers` is to be thrown away; TypedValueError.
 */
export function applyConfiguration(managers: Managers, identity: ManagerIdentity, args: ApplyArgs): Applied {
  const { applied, now, resetFields } = args;
  const type = typeOf(args.schema);
  const live = withoutManagedFields(args.live);
  for (const [key, manager] of managers) {
    managers.set(key, withFields(manager, reconcileWithSchema(manager.fields, typeOfVersion(manager, args))));
  }
  const merged = mergeTyped(live, asJson(applied), type) as JsonObject;
  const key = identityKey(identity);
  const last = managers.get(key);
  const named = fieldsOf(asJson(applied), type);
  const fields = resetFields?.length ? recursiveDifference(named, resetSet(resetFields)) : named;
  managers.set(key, entryOf(identity, fields, last?.entry.time));
  const pruned = asObject(prune(merged, managers, last, args));
  const taken = takeAway(managers, key, pruned, args);
  const object = deepEqual(live, asJson(pruned)) ? undefined : pruned;
  const own = stripped(fields);
  if (isEmptySet(own)) managers.delete(key);
  else managers.set(key, entryOf(identity, own, object ? now : last?.entry.time));
  return { object, lastFields: last?.fields, fields: own, taken };
}

function typeOfVersion({ entry }: Manager, { apiVersion, converter, schema }: ApplyArgs): ValueType {
  return typeOf(converter && entry.apiVersion !== apiVersion ? converter.schema(entry.apiVersion) : schema);
}

/**
 * Takes out what the manager applied last time, not this time, and no other manager owns (prune). What it never applied stays,
 * also where it stands in something that goes.
 */
function prune(merged: JsonObject, managers: Managers, last: Manager | undefined, args: ApplyArgs): JsonObject {
  if (last === undefined || isEmptySet(last.fields)) return merged;
  const version = last.entry.apiVersion;
  const converted = inVersion(merged, args.apiVersion, version, args);
  if (converted === undefined) return merged;
  const type = typeOfVersion(last, args);
  const lastNamed = withNamedFields(last.fields, type);
  let pruned = (removeFields(converted, lastNamed, type) ?? {}) as JsonObject;
  pruned = addBackOwned(converted, pruned, version, managers, args);
  const before = withNamedFields(fieldsOf(converted, type), type);
  const after = withNamedFields(fieldsOf(pruned, type), type);
  const dangling = intersection(difference(before, after), lastNamed);
  const result = (removeFields(converted, dangling, type) ?? {}) as JsonObject;
  return inVersion(result, version, args.apiVersion, args) ?? merged;
}

/** Puts back what was taken out but is owned, by another manager or by the new configuration (addBackOwnedItems). */
function addBackOwned(
  merged: JsonObject,
  pruned: JsonObject,
  prunedVersion: string,
  managers: Managers,
  args: ApplyArgs,
): JsonObject {
  const owned = new Map<string, FieldSet>([[prunedVersion, LEAF]]);
  for (const { entry, fields } of managers.values()) {
    owned.set(entry.apiVersion, union(owned.get(entry.apiVersion), fields));
  }
  let result = pruned;
  for (const [version, fields] of owned) {
    const [all, left] = [
      inVersion(merged, prunedVersion, version, args),
      inVersion(result, prunedVersion, version, args),
    ];
    if (all === undefined || left === undefined) continue;
    const other = version !== args.apiVersion && args.converter !== undefined;
    const type = typeOf(other ? args.converter?.schema(version) : args.schema);
    const whole = withNamedFields(fieldsOf(all, type), type);
    const keep = union(withNamedFields(fieldsOf(left, type), type), withNamedFields(fields, type));
    const kept = (removeFields(all, difference(whole, keep), type) ?? {}) as JsonObject;
    result = inVersion(kept, version, prunedVersion, args) ?? result;
  }
  return result;
}

function inVersion(object: JsonObject, from: string, to: string, { converter }: ApplyArgs): JsonObject | undefined {
  if (from === to || !converter) return object;
  return converter.convert(asObject(object), to) as JsonObject | undefined;
}

/** Takes what the new object has differently from who owns it: conflicts, unless forced; and what is gone from everybody. */
function takeAway(managers: Managers, writer: string, object: KubeObject, args: ApplyArgs): Conflict[] {
  const { live, apiVersion, converter, resetFields } = args;
  const own = filtered(compare(withoutManagedFields(live), asJson(object), typeOf(args.schema)), resetFields);
  const comparisons = new Map<string, Comparison>();
  const disputed: { key: string; owner: ManagerIdentity; fields: FieldSet }[] = [];
  for (const [key, manager] of managers) {
    if (key === writer) continue;
    const comparison = comparisonFor(manager, own, { apiVersion, converter, object, resetFields }, live);
    if (comparison === undefined) {
      managers.delete(key);
      continue;
    }
    comparisons.set(key, comparison);
    const fields = intersection(manager.fields, comparison.changed);
    if (!isEmptySet(fields)) disputed.push({ key, owner: manager.entry, fields });
  }
  disputed.sort((a, b) => (a.key < b.key ? -1 : 1));
  const conflicts = conflictsOf(disputed);
  if (conflicts.length > 0 && !args.force) throw new ApplyConflicts(conflicts);
  for (const [key, { changed, removed }] of comparisons) {
    const manager = managers.get(key) as Manager;
    const left = difference(difference(manager.fields, changed), removed);
    if (isEmptySet(left)) managers.delete(key);
    else managers.set(key, withFields(manager, left));
  }
  return conflicts;
}
