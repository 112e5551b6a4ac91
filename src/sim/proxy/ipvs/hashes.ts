/** Hashes by which schedulers of IPVS choose (linux `include/linux/hash.h` hash_32, `lib/siphash.c` hsiphash_1u32). */
import { parseIP } from '../../../apimachinery/ip';

/** An address as one number of 32 bits: those of IPv6 are folded. */
export function foldAddress(text: string): number {
  const address = parseIP(text);
  if (!address) throw new Error(`${text} is no address`);
  let folded = 0;
  for (let value = address.value; value > 0n; value >>= 32n) folded ^= Number(value & 0xffffffffn);
  return folded >>> 0;
}

/** The uppermost bits of a multiplication by the golden ratio. */
export function hash32(value: number, bits: number): number {
  return (Math.imul(value, 0x61c88647) >>> 0) >>> (32 - bits);
}

const MASK = 0xffff_ffff_ffff_ffffn;

/** SipHash-1-3 of one number of 32 bits, of which the lower half is taken: what kernels of 64 bits do. */
export function hsiphash(value: number, key: readonly [bigint, bigint]): number {
  const state: State = [
    0x736f6d6570736575n ^ key[0],
    0x646f72616e646f6dn ^ key[1],
    0x6c7967656e657261n ^ key[0],
    0x7465646279746573n ^ key[1],
  ];
  const block = (4n << 56n) | BigInt(value >>> 0);
  state[3] ^= block;
  sipRound(state);
  state[0] ^= block;
  state[2] ^= 0xffn;
  for (let i = 0; i < 3; i++) sipRound(state);
  return Number((state[0] ^ state[1] ^ state[2] ^ state[3]) & 0xffffffffn);
}

type State = [bigint, bigint, bigint, bigint];

function sipRound(v: State): void {
  v[0] = (v[0] + v[1]) & MASK;
  v[1] = rotate(v[1], 13n) ^ v[0];
  v[0] = rotate(v[0], 32n);
  v[2] = (v[2] + v[3]) & MASK;
  v[3] = rotate(v[3], 16n) ^ v[2];
  v[0] = (v[0] + v[3]) & MASK;
  v[3] = rotate(v[3], 21n) ^ v[0];
  v[2] = (v[2] + v[1]) & MASK;
  v[1] = rotate(v[1], 17n) ^ v[2];
  v[2] = rotate(v[2], 32n);
}

function rotate(value: bigint, by: bigint): bigint {
  return ((value << by) | (value >> (64n - by))) & MASK;
}
