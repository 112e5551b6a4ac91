/** The hashes in names of chains: the beginning of a SHA-256 in base32 (`pkg/proxy/{iptables,nftables}/proxier.go`). */
import { sha256 } from '../../apimachinery/sha256';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** @param length at most 16 */
export function chainHash(text: string, length: number): string {
  const digest = sha256(text, 10);
  let letters = '';
  let bits = 0;
  let held = 0;
  for (let i = 0; letters.length < length; i++) {
    held = (held << 8) | (digest[i] as number);
    bits += 8;
    while (bits >= 5 && letters.length < length) {
      bits -= 5;
      letters += ALPHABET[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return letters;
}
