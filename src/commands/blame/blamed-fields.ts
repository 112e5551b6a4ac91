/** The fields of an object with their owners, for programs: each value that has no parts of its own, by its path. */
import { isObject, type Json } from '../../apimachinery/json';
import { asJson, type KubeObject, type ManagedFieldsEntry } from '../../apimachinery/meta';
import type { PathElement } from '../../merge/decision';
import { FieldOwners } from '../../merge/managed-fields/field-owners';
import { formatFieldPath } from '../explain-merge/field-path';

export interface BlamedField {
  path: string;
  value: Json;
  owners: ManagedFieldsEntry[];
}

export function blamedFields(object: KubeObject): BlamedField[] {
  const fields: BlamedField[] = [];
  const visit = (value: Json, owners: FieldOwners, path: PathElement[]): void => {
    if (isObject(value) && Object.keys(value).length > 0) {
      for (const key of Object.keys(value)) {
        if (path.length === 1 && path[0] === 'metadata' && key === 'managedFields') continue;
        visit(value[key] as Json, owners.field(key), [...path, key]);
      }
    } else if (Array.isArray(value) && value.length > 0) {
      value.forEach((item, i) => {
        visit(item, owners.item(item, i), [...path, owners.keyOf(item) ?? i]);
      });
    } else fields.push({ path: formatFieldPath(path), value, owners: owners.here() });
  };
  visit(asJson(object), FieldOwners.of(object.metadata.managedFields), []);
  return fields;
}
