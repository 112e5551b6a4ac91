/** The hash that --append-hash puts behind a name (kubectl/pkg/util/hash/hash.go). */
import type { Json } from '../../apimachinery/json';
import { stringifyGo } from '../../apimachinery/json-text';

/** Hex digits that could make words become letters that can't. */
const LETTERS: Record<string, string> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' };

/** Ten letters that stand for the value. */
export async function contentHash(value: Json): Promise<string> {
  const bytes = new TextEncoder().encode(stringifyGo(value));
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes));
  const hex = Array.from(digest.subarray(0, 5), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/[013ae]/g, (digit) => LETTERS[digit] as string);
}
