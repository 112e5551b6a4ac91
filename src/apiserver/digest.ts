/** Hashes, by WebCrypto: this runs wherever JavaScript does. */

import { base64Text } from '../schema/base64';

const utf8 = new TextEncoder();

/** As lower-case hexadecimal digits. */
export async function sha512(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-512', utf8.encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What a kind is stored as, for discovery (apiserver `endpoints/discovery/storageversionhash.go` StorageVersionHash). */
export async function storageVersionHash(group: string, version: string, kind: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(`${group}/${version}/${kind}`)));
  return base64Text(digest.subarray(0, 8));
}
