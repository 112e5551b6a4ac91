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
  /** See NamedUuids. Drawing from them does not move this one. */
  uuids(high: string, low: string): NamedUuids;
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
    for (const label of labels) hash = hashOfLabel(hash, String(label));
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

  uuids(high: string, low: string): NamedUuids {
    return new NamedUuids(hashOfLabel(this.hash, high), hashOfLabel(this.hash, low));
  }
}

/**
 * UUIDs by name and number: half of each comes from `fork(high, name, number)` and half from `fork(low, name, number)`. One is made for
 * everything that is created, most of them for names that begin as the one before: that is hashed once.
 */
export class NamedUuids {
  private beginning = '';
  private highBegun = 0;
  private lowBegun = 0;

  /** @param high hash of the labels so far, as `low` */
  constructor(
    private readonly high: number,
    private readonly low: number,
  ) {}

  of(name: string, number: number): string {
    if (this.beginning === '' || !name.startsWith(this.beginning)) this.begin(name.slice(0, name.lastIndexOf('/') + 1));
    let high = this.highBegun;
    let low = this.lowBegun;
    for (let i = this.beginning.length; i < name.length; i++) {
      const code = name.charCodeAt(i);
      high = Math.imul(high ^ code, FNV_PRIME);
      low = Math.imul(low ^ code, FNV_PRIME);
    }
    const digits = String(number);
    const first = xoroshiro128plus(mix(hashOfLabel(high, digits)));
    const second = xoroshiro128plus(mix(hashOfLabel(low, digits)));
    const a = first.next();
    const b = first.next();
    second.next();
    second.next();
    return uuidOf(a >>> 0, b >>> 0, second.next() >>> 0, second.next() >>> 0);
  }

  private begin(beginning: string): void {
    this.beginning = beginning;
    this.highBegun = hashOfLabel(this.high, beginning);
    this.lowBegun = hashOfLabel(this.low, beginning);
  }
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

/** A NUL leaves the hash as it is, but for the multiplication. */
function hashOfLabel(hash: number, label: string): number {
  return hashOn(Math.imul(hash, FNV_PRIME), label);
}

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
