/**
 * The only chance there is: seeded, and without hidden state. A generator is derived from the cluster's seed and a label
 * (`fork('scheduler', revision)`), so that what is drawn depends on who draws and when in the cluster's history, not on the
 * process: the same commands on the same seed give the same bytes, and two processes don't share a stream.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

export interface Random {
  /** A generator of its own, fixed by this one's seed and the labels; drawing from it does not move this one. */
  fork(...labels: (string | number)[]): Random;
  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number;
  /** A whole number from 0 (included) to `bound` (excluded). */
  below(bound: number): number;
  /** From 0 (included) to 1 (excluded). */
  fraction(): number;
  /** A random suffix as generateName adds: letters and digits without vowels (apimachinery `util/rand`). */
  suffix(length: number): string;
  /** A UUID of version 4 form. */
  uuid(): string;
}

/** The alphabet of apimachinery `util/rand/rand.go`: no vowels, no 0, 1, 3. */
const ALPHANUMS = 'bcdfghjklmnpqrstvwxz2456789';

export function createRandom(seed: number | string): Random {
  return new SeededRandom(hashOn(FNV_OFFSET, typeof seed === 'number' ? `#${seed}` : seed));
}

/** Forked for nearly every write, and drawn from by few: the seed is a hash that goes on with each label, and the generator is made late. */
class SeededRandom implements Random {
  private generator: RandomGenerator | undefined;

  /** @param hash of the seed and all labels so far, each behind a NUL */
  constructor(private readonly hash: number) {}

  fork(...labels: (string | number)[]): Random {
    let hash = this.hash;
    // A NUL leaves the hash as it is, but for the multiplication.
    for (const label of labels) hash = hashOn(Math.imul(hash, FNV_PRIME), String(label));
    return new SeededRandom(hash);
  }

  uint32(): number {
    this.generator ??= xoroshiro128plus(mix(this.hash));
    return this.generator.next() >>> 0;
  }

  below(bound: number): number {
    return Math.floor((this.uint32() / 0x1_0000_0000) * bound);
  }

  fraction(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  suffix(length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += ALPHANUMS[this.below(ALPHANUMS.length)];
    return text;
  }

  uuid(): string {
    return uuidOf(this.uint32(), this.uint32(), this.uint32(), this.uint32());
  }
}

/** A UUID of two generators, as each has half the bits: the first half of the one's and the second half of the other's. */
export function uuidOfTwo(high: Random, low: Random): string {
  const a = high.uint32();
  const b = high.uint32();
  low.uint32();
  low.uint32();
  return uuidOf(a, b, low.uint32(), low.uint32());
}

/** Made of one list of codes: a text put together of pieces takes many times as long. */
function uuidOf(a: number, b: number, c: number, d: number): string {
  writeHex(a, 0, 8);
  writeHex(b >>> 16, 9, 4);
  writeHex((b & 0xfff) | 0x4000, 14, 4);
  writeHex(((c >>> 16) & 0x3fff) | 0x8000, 19, 4);
  writeHex(c & 0xffff, 24, 4);
  writeHex(d, 28, 8);
  return String.fromCharCode(...UUID_CODES);
}

const UUID_CODES = Array.from('00000000-0000-0000-0000-000000000000', (character) => character.charCodeAt(0));

function writeHex(value: number, at: number, digits: number): void {
  for (let i = at + digits - 1, rest = value; i >= at; i--, rest >>>= 4) UUID_CODES[i] = HEX.charCodeAt(rest & 0xf);
}

const HEX = '0123456789abcdef';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a, gone on with. */
function hashOn(hash: number, text: string): number {
  let h = hash;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), FNV_PRIME);
  return h;
}

/** A final mix, so that labels that differ in one letter start far apart. */
function mix(hash: number): number {
  let h = hash;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
