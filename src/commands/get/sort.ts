/** `--sort-by`: rows and objects in the order of a field (kubectl pkg/cmd/get/sorter.go). */
import { isObject, type Json } from '../../apimachinery/json';
import { compareStrings } from '../../apimachinery/json-text';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import { parseQuantity, type Quantity } from '../../apimachinery/quantity';
import type { Table } from '../../apimachinery/table';
import { CommandError } from '../command';
import { fieldPath } from './field-path';

/** The items in the order of a field; those without it come first. Throws when none has it. */
export async function sortObjects<T>(items: T[], sortBy: string, objectOf: (item: T) => KubeObject): Promise<T[]> {
  const read = await fieldPath(sortBy);
  const keyed = items.map((item) => ({ item, key: read.first(asJson(objectOf(item))) }));
  requireField(keyed, read.path);
  return keyed.sort((a, b) => order(a.key, b.key)).map(({ item }) => item);
}

/** The table with its rows in the order of a field of their objects. */
export async function sortTable(table: Table, sortBy: string): Promise<Table> {
  if (table.rows.length === 0) return table;
  const read = await fieldPath(sortBy);
  const keyed = table.rows.map((item) => ({ item, key: read.first((item.object ?? {}) as unknown as Json) }));
  requireField(keyed, read.path);
  return { ...table, rows: keyed.sort((a, b) => order(a.key, b.key)).map(({ item }) => item) };
}

function requireField(keyed: readonly { key: Json | undefined }[], path: string): void {
  if (keyed.some(({ key }) => key !== undefined)) return;
  throw new CommandError(`couldn't find any field with path ${JSON.stringify(path)} in the list of objects`);
}

function order(a: Json | undefined, b: Json | undefined): number {
  return isLess(a, b) ? -1 : isLess(b, a) ? 1 : 0;
}

/** sorter.go isLess: quantities by their amount, lists by their first elements. */
function isLess(a: Json | undefined, b: Json | undefined): boolean {
  if (b === undefined || b === null) return false;
  if (a === undefined || a === null) return true;
  if (typeof a === 'number' || typeof a === 'bigint') {
    if (typeof b === 'number' || typeof b === 'bigint') return a < b;
  } else if (typeof a === 'string') {
    if (typeof b === 'string') return isLessText(a, b);
  } else if (Array.isArray(a)) {
    return Array.isArray(b) && a.slice(0, b.length).every((item, i) => isLess(item, b[i]));
  }
  const type = isObject(a) ? 'map[string]interface {}' : typeof a === 'boolean' ? 'bool' : 'interface';
  throw new CommandError(`unsortable type: ${type}`);
}

function isLessText(a: string, b: string): boolean {
  const left = quantity(a);
  const right = left && quantity(b);
  return left && right ? left.cmp(right) < 0 : compareStrings(a, b) < 0;
}

function quantity(text: string): Quantity | undefined {
  try {
    return parseQuantity(text);
  } catch {
    return undefined;
  }
}
