/** Standard base64 as Go reads and writes it (encoding/base64 StdEncoding). */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const WELL_FORMED = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;

/**
 * The text that Go writes for the bytes that it reads from this one: line breaks go, spare bits are cleared. Where Go refuses
 * to read, the number of the byte that it complains of (CorruptInputError).
 */
export function canonicalBase64(text: string): string | number {
  return WELL_FORMED.test(text) ? text : decodeQuanta(new TextEncoder().encode(text));
}

/** Encoding.decodeQuantum, quantum by quantum. */
function decodeQuanta(source: Uint8Array): string | number {
  let output = '';
  let at = 0;
  const skipBreaks = () => {
    while (source[at] === 10 || source[at] === 13) at++;
  };
  for (;;) {
    const digits: number[] = [];
    while (digits.length < 4) {
      if (at === source.length) return digits.length === 0 ? output : at - digits.length;
      const byte = source[at++] as number;
      const digit = ALPHABET.indexOf(String.fromCharCode(byte));
      if (digit >= 0) digits.push(digit);
      else if (byte === 10 || byte === 13) continue;
      else if (byte !== 61 || digits.length < 2) return at - 1;
      else {
        if (digits.length === 2) {
          skipBreaks();
          if (at === source.length) return source.length;
          if (source[at] !== 61) return at - 1;
          at++;
        }
        skipBreaks();
        if (at < source.length) return at;
        break;
      }
    }
    output += written(digits);
    if (digits.length < 4) return output;
  }
}

/** Two digits hold one byte and three hold two: what is beyond is cleared. */
function written(digits: number[]): string {
  const last = digits.length - 1;
  const mask = digits.length === 2 ? 0b110000 : digits.length === 3 ? 0b111100 : 0b111111;
  return digits
    .map((digit, i) => ALPHABET[i === last ? digit & mask : digit])
    .join('')
    .padEnd(4, '=');
}

/** The bytes of canonical base64, with or without its padding. */
export function base64Bytes(text: string): Uint8Array {
  const digits = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length;
  const bytes = new Uint8Array(Math.floor((digits * 3) / 4));
  let [at, bits, value] = [0, 0, 0];
  for (let i = 0; i < digits; i++) {
    value = ((value << 6) | (VALUES[text.charCodeAt(i)] as number)) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (value >> bits) & 0xff;
  }
  return bytes;
}

const VALUES = new Uint8Array(256);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/** Bytes as base64 text. */
export function base64Text(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += ALPHABET.charAt(group >> 18) + ALPHABET.charAt((group >> 12) & 63);
    text += left > 1 ? ALPHABET.charAt((group >> 6) & 63) : '=';
    text += left > 2 ? ALPHABET.charAt(group & 63) : '=';
  }
  return text;
}
