/** How Go prints the values that descriptions are made of. */
import { compareStrings } from '../../apimachinery/json-text';
import { type LabelSelectorObject, selectorOf } from '../../apimachinery/labels';
import { controllerOf } from '../../apimachinery/meta';
import { toQuantity } from '../../apimachinery/quantity';
import { parseTime } from '../../apimachinery/time';
import type { Described } from './writer';

/** `Thu, 01 Jan 2026 00:00:04 +0000` (time.RFC1123Z, in UTC). */
export function rfc1123(time: string | null | undefined): string {
  const instant = time ? parseTime(time) : undefined;
  if (instant === undefined) return 'Mon, 01 Jan 0001 00:00:00 +0000';
  return new Date(instant).toUTCString().replace(/GMT$/, '+0000');
}

/** `[a b]` (%v of a list of strings). */
export function listText(list: readonly unknown[] | null | undefined): string {
  return `[${(list ?? []).join(' ')}]`;
}

/** `True`, `False` (printBool). */
export function boolText(value: boolean | undefined): string {
  return value ? 'True' : 'False';
}

/** `True`, `False`, `<unset>` (printBoolPtr). */
export function optionalBoolText(value: boolean | null | undefined): string {
  return value === undefined || value === null ? '<unset>' : boolText(value);
}

/** The canonical text; of none, `0`. */
export function quantityText(value: Described): string {
  return toQuantity(value).toString();
}

/** The canonical text; of none, what Go prints of a nil pointer. */
export function optionalQuantityText(value: Described): string {
  return value === undefined || value === null ? '<nil>' : quantityText(value);
}

/** `a=b,c in (d,e)` or `<none>` (metav1.FormatLabelSelector). */
export function selectorText(selector: LabelSelectorObject | null | undefined): string {
  try {
    return selectorOf(selector).toString() || '<none>';
  } catch {
    return '<error>';
  }
}

/** `a=b`; nothing for the selector of everything or of nothing. */
export function plainSelectorText(selector: LabelSelectorObject | null | undefined): string {
  return selectorOf(selector).toString();
}

/** Names of a resource list or other map, sorted. */
export function sortedKeys(map: object | null | undefined): string[] {
  return Object.keys(map ?? {}).sort(compareStrings);
}

/** A list sorted by a text of its items, itself unchanged. */
export function sortedBy<T>(items: readonly T[] | null | undefined, text: (item: T) => string): T[] {
  return [...(items ?? [])].sort((a, b) => compareStrings(text(a), text(b)));
}

/** `ReplicaSet/web-6f`, or nothing (printController). */
export function controllerText(object: Described): string {
  const owner = controllerOf(object);
  return owner ? `${owner.kind}/${owner.name}` : '';
}

/** `10.0.0.1:80`, `[fd00::1]:80` (net.JoinHostPort). */
export function hostPort(host: string, port: unknown): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** How many bytes a base64 text stands for. */
export function base64Length(text: string): number {
  const letters = text.replace(/[\r\n=]/g, '').length;
  return Math.floor((letters * 3) / 4);
}
