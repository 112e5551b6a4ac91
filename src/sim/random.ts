/**
 * The only chance there is: seeded, and without hidden state. A generator is derived from the cluster's seed and a label
 * (`fork('scheduler', revision)`), so that what is drawn depends on who draws and when in the cluster's history, not on the
 * process: the same commands on the same seed give the same bytes, and two processes don't share a stream.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

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
  const key = typeof seed === 'number' ? `#${seed}` : seed;
  const generator = xoroshiro128plus(hash32(key));
  const uint32 = () => generator.next() >>> 0;
  const random: Random = {
    fork: (...labels) => createRandom([key, ...labels].join('\u0000')),
    uint32,
    below: (bound) => Math.floor((uint32() / 0x1_0000_0000) * bound),
    fraction: () => uint32() / 0x1_0000_0000,
    suffix(length) {
      let text = '';
      for (let i = 0; i < length; i++) text += ALPHANUMS[random.below(ALPHANUMS.length)];
      return text;
    },
    uuid() {
      let hex = '';
      for (let i = 0; i < 4; i++) hex += uint32().toString(16).padStart(8, '0');
      const variant = ((Number.parseInt(hex[16] as string, 16) & 0x3) | 0x8).toString(16);
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    },
  };
  return random;
}

/** FNV-1a with a final mix, so that labels that differ in one letter start far apart. */
function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    h ^= text.charCodeAt(i);
    h = Math.imul(h, 0x01000193);
  }
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
