/** `--sort-by` (kubectl get/sorter.go): the order of rows and objects by a field, ties and gaps included. */
import type { Json } from '../apimachinery/json';
import { compareStrings } from '../apimachinery/json-text';
import { parseQuantity, type Quantity } from '../apimachinery/quantity';
import { relaxedPath } from './custom-columns';
import { goQuote } from './go-format';
import { goSort } from './go-sort';
import { basicKind, goNumber, goType } from './go-values';
import { parseJsonPath } from './jsonpath';
import { PrinterError } from './printer';

/**
 * The items in the order of a field of their objects (`.metadata.name`, `{.status.startTime}`); those without it come first.
 * Numbers sort as numbers, text that is a quantity by its amount.
 * @throws PrinterError for a path that is none, that no object has, or whose values can't be compared
 */
export function sortByField<T>(items: readonly T[], sortBy: string, objectOf: (item: T) => Json): T[] {
  const path = pathOf(sortBy);
  const keyed = items.map((item) => ({ item, key: keyOf(objectOf(item), path) }));
  if (keyed.length > 0 && keyed.every(({ key }) => key === undefined))
    throw new PrinterError(`couldn't find any field with path ${goQuote(path.text)} in the list of objects`);
  goSort(keyed, (a, b) => {
    // sorter.go: what has no value is less than anything, even than another of its kind.
    if (a.key === undefined) return true;
    return b.key !== undefined && isLess(a.key.value, b.key.value);
  });
  return keyed.map(({ item }) => item);
}

interface SortPath {
  text: string;
  find(value: Json): Json[][];
}

function pathOf(sortBy: string): SortPath {
  try {
    const text = relaxedPath(sortBy);
    return { text, find: parseJsonPath(text).find };
  } catch (error) {
    throw new PrinterError((error as Error).message);
  }
}

function keyOf(object: Json, path: SortPath): { value: Json } | undefined {
  const first = path.find(object)[0];
  return first === undefined || first.length === 0 ? undefined : { value: first[0] as Json };
}

/** Values of an interface {}: nil is least, and only values of one type compare (isLess). */
function isLess(a: Json, b: Json): boolean {
  if (a === null || b === null) return a === null && b !== null;
  const kind = basicKind(a);
  if (kind === undefined || kind === 'bool') throw new PrinterError(`unsortable type: ${goType(a)}`);
  if (kind === 'string') {
    if (typeof b === 'string') return isLessText(a as string, b);
  } else if (kind === basicKind(b)) return (goNumber(a)?.value as number) < (goNumber(b)?.value as number);
  throw new PrinterError('unsortable interface: interface');
}

function isLessText(a: string, b: string): boolean {
  const left = quantity(a);
  const right = left && quantity(b);
  return left && right ? left.cmp(right) < 0 : compareStrings(a, b) < 0;
}

function quantity(text: string): Quantity | undefined {
  if (!/^[-+.\d]/.test(text)) return undefined;
  try {
    return parseQuantity(text);
  } catch {
    return undefined;
  }
}
