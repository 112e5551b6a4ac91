/**
 * Hands over fields of client-side apply to server-side apply, before the latter is done for the first time
 * (client-go `util/csaupgrade/upgrade.go`; kubectl `apply --server-side` calls it).
 */
import { deepEqual, type Json, type JsonObject } from '../apimachinery/json';
import type { KubeObject, ManagedFieldsEntry } from '../apimachinery/meta';
import { difference, isEmptySet, parseFieldSet, setOf, union } from './managed-fields/field-set';
import { fieldElement } from './managed-fields/path-element';

/** The entries of this operation that own all these fields, each a path of names. */
export function findFieldsOwners(
  entries: readonly ManagedFieldsEntry[],
  operation: 'Apply' | 'Update',
  paths: readonly (readonly string[])[],
): ManagedFieldsEntry[] {
  const wanted = setOf(paths.map((path) => path.map(fieldElement)));
  return entries.filter((entry) => {
    if (entry.operation !== operation) return false;
    try {
      return isEmptySet(difference(wanted, parseFieldSet(entry.fieldsV1)));
    } catch {
      // An entry that can't be read owns nothing that is asked for.
      return false;
    }
  });
}

/**
 * The JSON patch that gives what `csaManagers` own by updates to `ssaManager` as an applier; undefined where there is nothing
 * to do. It fails with a conflict when the object has changed since.
 */
export function upgradeManagedFieldsPatch(
  object: KubeObject,
  csaManagers: readonly string[],
  ssaManager: string,
  options: { subresource?: string } = {},
): JsonObject[] | undefined {
  const { managedFields, resourceVersion = '' } = object.metadata;
  if (managedFields === undefined) return undefined;
  let entries: ManagedFieldsEntry[] = managedFields;
  for (const manager of csaManagers) entries = upgrade(entries, manager, ssaManager, options.subresource ?? '');
  const value = entries as unknown as Json;
  if (deepEqual(managedFields as unknown as Json, value)) return undefined;
  return [
    { op: 'replace', path: '/metadata/managedFields', value: entries.length > 0 ? value : null },
    { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
  ];
}

function upgrade(
  entries: ManagedFieldsEntry[],
  csaManager: string,
  ssaManager: string,
  subresource: string,
): ManagedFieldsEntry[] {
  const here = (entry: ManagedFieldsEntry) => (entry.subresource ?? '') === subresource;
  const isCsa = (entry: ManagedFieldsEntry) =>
    entry.manager === csaManager && entry.operation === 'Update' && here(entry);
  let at = entries.findIndex((entry) => entry.manager === ssaManager && entry.operation === 'Apply' && here(entry));
  if (at < 0) at = entries.findIndex(isCsa);
  const target = entries[at];
  if (target === undefined) return entries;
  // Of several entries of the old manager only the one in the same version counts; the others are dropped.
  const source = entries.find((entry) => entry !== target && isCsa(entry) && entry.apiVersion === target.apiVersion);
  const fields = union(parseFieldSet(target.fieldsV1), source && parseFieldSet(source.fieldsV1));
  const upgraded: ManagedFieldsEntry = {
    ...target,
    manager: ssaManager,
    operation: 'Apply',
    fieldsV1: fields as ManagedFieldsEntry['fieldsV1'],
  };
  return entries.flatMap((entry) => (entry === target ? [upgraded] : isCsa(entry) ? [] : [entry]));
}
