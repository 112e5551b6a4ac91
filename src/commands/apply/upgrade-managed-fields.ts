/** Managed fields of client-side apply handed to a manager of server-side apply (client-go util/csaupgrade/upgrade.go). */
import { isObject, type Json, type JsonObject, setKey } from '../../apimachinery/json';
import type { ManagedFieldsEntry } from '../../apimachinery/meta';

/** The entries with those of `csaManagers` made part of `ssaManager`'s; undefined where nothing changes. */
export function upgradedManagedFields(
  entries: readonly ManagedFieldsEntry[],
  csaManagers: ReadonlySet<string>,
  ssaManager: string,
): ManagedFieldsEntry[] | undefined {
  let result = [...entries];
  let changed = false;
  for (const csaManager of csaManagers) {
    const isClientSide = (entry: ManagedFieldsEntry) =>
      entry.manager === csaManager && entry.operation === 'Update' && !entry.subresource;
    let target = result.findIndex(
      (entry) => entry.manager === ssaManager && entry.operation === 'Apply' && !entry.subresource,
    );
    if (target < 0) {
      target = result.findIndex(isClientSide);
      if (target < 0) continue;
      result[target] = { ...(result[target] as ManagedFieldsEntry), operation: 'Apply', manager: ssaManager };
      changed = true;
    }
    const into = result[target] as ManagedFieldsEntry;
    const from = result.find((entry) => isClientSide(entry) && entry.apiVersion === into.apiVersion);
    if (from) result[target] = { ...into, fieldsV1: union(into.fieldsV1, from.fieldsV1) };
    const kept = result.filter((entry) => !isClientSide(entry));
    changed ||= kept.length < result.length;
    result = kept;
  }
  return changed ? result : undefined;
}

/** All paths of both sets. `{}` is a path that ends here; with paths below it, that is said by a `.`. */
function union(a: JsonObject, b: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const left = Object.hasOwn(a, key) ? a[key] : undefined;
    const right = Object.hasOwn(b, key) ? b[key] : undefined;
    setKey(result, key, isObject(left) && isObject(right) ? joined(left, right) : ((left ?? right) as Json));
  }
  return result;
}

function joined(a: JsonObject, b: JsonObject): JsonObject {
  const endsHere = Object.keys(a).length === 0 || Object.keys(b).length === 0;
  const paths = union(a, b);
  return endsHere && Object.keys(paths).length > 0 ? { '.': {}, ...paths } : paths;
}
