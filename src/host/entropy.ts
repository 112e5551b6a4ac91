/** Real chance: the other module that may ask the machine. For names of temporary files and requests and for keys, never for cluster state. */

/** So many random bytes as lower-case hex. */
export function randomHex(bytes: number): string {
  const buffer = globalThis.crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(buffer, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A name that nothing else has: for requests, never for objects. */
export function randomUuid(): string {
  return globalThis.crypto.randomUUID();
}
