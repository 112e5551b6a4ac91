/** `--sort-by`: rows and objects in the order of a field (kubectl pkg/cmd/get/sorter.go). */
import type { Json } from '../../apimachinery/json';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import type { Table } from '../../apimachinery/table';
import { relaxedPath } from '../../printers/custom-columns';
import { parseJsonPath } from '../../printers/jsonpath';
import { sortByField } from '../../printers/sort-by';
import { CommandError } from '../command';
import { messageOf } from '../errors';

/** The items in the order of a field; those without it come first. Throws when none has it. */
export function sortObjects<T>(items: readonly T[], sortBy: string, objectOf: (item: T) => KubeObject): T[] {
  return sortByField(items, sortBy, (item) => asJson(objectOf(item)));
}

/** The table with its rows in the order of a field of their objects. */
export function sortTable(table: Table, sortBy: string): Table {
  if (table.rows.length === 0) return table;
  const path = relaxedPath(sortBy);
  try {
    parseJsonPath(path);
  } catch (error) {
    throw new CommandError(`sorting error: ${messageOf(error)}`);
  }
  return { ...table, rows: sortByField(table.rows, sortBy, (row) => (row.object ?? {}) as unknown as Json) };
}
