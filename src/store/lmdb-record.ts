/**
 * How a text lies in LMDB: a byte that tells whether integers need care, the length of the text, the text, and the managedFields,
 * whose bytes are not made a text before somebody asks for them.
 */
import { entryText } from './entry-text';
import type { Entry } from './store';

export interface LmdbRecord {
  text: string;
  managed: (() => string) | undefined;
  longIntegers: boolean;
}

export function plainRecord(text: string): LmdbRecord {
  return { text, managed: undefined, longIntegers: false };
}

export function entryRecord(entry: Entry): LmdbRecord {
  const parts = entryText(entry);
  const { text, managed } = parts;
  return { text, managed: managed === undefined ? undefined : () => managed, longIntegers: parts.longIntegers };
}

const HEAD = 5;

export const recordEncoder = {
  encode({ text, managed, longIntegers }: LmdbRecord): Buffer {
    const head = Buffer.from(text);
    const record = Buffer.concat([Buffer.allocUnsafe(HEAD), head, Buffer.from(managed?.() ?? '')]);
    record[0] = longIntegers ? 1 : 0;
    record.writeUInt32LE(head.length, 1);
    return record;
  },

  /** `source` is LMDB's own memory, good until the next read; `size` is missing where `source` ends with the record. */
  decode(source: Buffer, size: number | { end?: number } = source.length): LmdbRecord {
    const end = typeof size === 'number' ? size : (size.end ?? source.length);
    const middle = HEAD + source.readUInt32LE(1);
    const managed = middle < end ? keep(source, middle, end) : undefined;
    return { text: source.toString('utf8', HEAD, middle), managed, longIntegers: source[0] === 1 };
  },
};

const SHELF = 1 << 18;
let shelf: Buffer | undefined;
let used = 0;

/** Puts bytes aside, many in one piece of memory that the collector of garbage has no work with. */
function keep(source: Buffer, start: number, end: number): () => string {
  const length = end - start;
  if (!shelf || used + length > shelf.length) {
    shelf = Buffer.allocUnsafeSlow(Math.max(SHELF, length));
    used = 0;
  }
  const place = shelf;
  const from = used;
  used += source.copy(place, from, start, end);
  return () => place.toString('utf8', from, from + length);
}
