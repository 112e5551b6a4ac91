/** Lists of amounts by resource name, reckoned with exactly (apiserver `pkg/quota/v1/resources.go`). */
import type { Json } from './json';
import { parseQuantity, type Quantity, QuantityError, toQuantity, ZERO } from './quantity';

/** `cpu` → 500m. A map, since names are whatever users write. */
export type ResourceTotals = Map<string, Quantity>;

export type WrittenList = Readonly<Record<string, Json>> | null | undefined;

/** What an object says; what can't be read counts as nothing, for validation refuses it. */
export function totalsOf(list: WrittenList): ResourceTotals {
  const totals: ResourceTotals = new Map();
  for (const [name, value] of Object.entries(list ?? {})) totals.set(name, readQuantity(value));
  return totals;
}

function readQuantity(value: Json): Quantity {
  try {
    return toQuantity(value);
  } catch (error) {
    if (error instanceof QuantityError) return ZERO;
    throw error;
  }
}

/** As it is written in objects: by name. */
export function writtenTotals(totals: ResourceTotals): Record<string, string> {
  return Object.fromEntries(sortedNames(totals).map((name) => [name, String(totals.get(name))]));
}

export function sortedNames(totals: ResourceTotals): string[] {
  return [...totals.keys()].sort();
}

/** Adds to a list in place. */
export function addTo(totals: ResourceTotals, more: ResourceTotals): void {
  for (const [name, amount] of more) totals.set(name, totals.get(name)?.add(amount) ?? amount);
}

/** Makes each amount at least as large as in the other list, in place. */
export function raiseTo(totals: ResourceTotals, least: ResourceTotals): void {
  for (const [name, amount] of least) {
    const present = totals.get(name);
    if (!present || amount.cmp(present) > 0) totals.set(name, amount);
  }
}

/** Only the named ones (Mask). */
export function masked(totals: ResourceTotals, names: Iterable<string>): ResourceTotals {
  const result: ResourceTotals = new Map();
  for (const name of names) {
    const amount = totals.get(name);
    if (amount) result.set(name, amount);
  }
  return result;
}

/** How much more it is, nothing where it is less (SubtractWithNonNegativeResult). */
export function increase(totals: ResourceTotals, before: ResourceTotals): ResourceTotals {
  const result: ResourceTotals = new Map();
  for (const [name, amount] of totals) {
    const old = before.get(name);
    const more = old ? amount.sub(old) : amount;
    result.set(name, more.sign() > 0 ? more : ZERO);
  }
  return result;
}

export function withoutZeros(totals: ResourceTotals): ResourceTotals {
  return new Map([...totals].filter(([, amount]) => !amount.isZero()));
}

export function sameTotals(a: ResourceTotals, b: ResourceTotals): boolean {
  if (a.size !== b.size) return false;
  for (const [name, amount] of a) {
    const other = b.get(name);
    if (!other?.equals(amount)) return false;
  }
  return true;
}

export const ONE: Quantity = parseQuantity('1');
