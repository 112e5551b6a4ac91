/** Keys as bytes whose order is that of the key's code units: UTF-8, but each half of a surrogate pair by itself (CESU-8). */

const ASCII = /^[\0-\x7f]*$/;

/** `text` as bytes after the first byte `tag`, and before the last byte `end` if there is one. */
export function keyBytes(tag: number, text: string, end?: number): Buffer {
  const bytes = Buffer.allocUnsafe(2 + text.length * (ASCII.test(text) ? 1 : 3));
  let at = 0;
  bytes[at++] = tag;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes[at++] = unit;
    else {
      if (unit < 0x800) bytes[at++] = 0xc0 | (unit >> 6);
      else {
        bytes[at++] = 0xe0 | (unit >> 12);
        bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
      }
      bytes[at++] = 0x80 | (unit & 0x3f);
    }
  }
  if (end !== undefined) bytes[at++] = end;
  return bytes.subarray(0, at);
}
