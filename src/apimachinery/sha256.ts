/**
 * SHA-256 (FIPS 180-4) of short texts, at once: WebCrypto's answers come later, and names of chains are needed by the ten
 * thousand. Nothing secret is hashed here.
 */

const encoder = new TextEncoder();
const words = new Uint32Array(64);
let bytes = new Uint8Array(1024);

/** The first `length` of the digest's 32 bytes. The array is used again by the next call. */
export function sha256(text: string, length = 32): Uint8Array {
  if (bytes.length < text.length * 3 + 72) bytes = new Uint8Array(text.length * 6 + 72);
  const { written } = encoder.encodeInto(text, bytes);
  const end = ((written + 72) >> 6) << 6;
  bytes.fill(0, written, end);
  bytes[written] = 0x80;
  for (let i = 1, bits = written * 8; bits > 0; i++, bits = Math.floor(bits / 256)) bytes[end - i] = bits & 255;
  state.set(START);
  for (let block = 0; block < end; block += 64) compress(block);
  for (let i = 0; i < length; i++) digest[i] = (state[i >> 2] as number) >>> (24 - 8 * (i & 3));
  return digest.subarray(0, length);
}

const state = new Uint32Array(8);
const digest = new Uint8Array(32);

/** The fractional parts of square roots and cube roots of the first primes. */
const PRIMES = primes(64);
const START = Uint32Array.from(PRIMES.slice(0, 8), (prime) => fraction(prime ** (1 / 2)));
const ROUND = Uint32Array.from(PRIMES, (prime) => fraction(prime ** (1 / 3)));

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

function fraction(root: number): number {
  return Math.floor((root % 1) * 2 ** 32);
}

function compress(block: number): void {
  const w = words;
  for (let i = 0; i < 16; i++) {
    const at = block + 4 * i;
    w[i] =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
  }
  for (let i = 16; i < 64; i++) {
    const a = w[i - 15] as number;
    const b = w[i - 2] as number;
    const small0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
    const small1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
    w[i] = (w[i - 16] as number) + small0 + (w[i - 7] as number) + small1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const big1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const choice = (e & f) ^ (~e & g);
    const one = (h + big1 + choice + (ROUND[i] as number) + (w[i] as number)) | 0;
    const big0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  const add = (i: number, value: number) => {
    state[i] = (state[i] as number) + value;
  };
  add(0, a);
  add(1, b);
  add(2, c);
  add(3, d);
  add(4, e);
  add(5, f);
  add(6, g);
  add(7, h);
}
