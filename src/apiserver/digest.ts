/** Hashes, by WebCrypto: this runs wherever JavaScript does. */

const utf8 = new TextEncoder();

export async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(text)));
}

/** As lower-case hexadecimal digits. */
export async function sha512(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-512', utf8.encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
