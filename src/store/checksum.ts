/** CRC-32 (of zlib and PNG) as eight hex digits: tells a file that was damaged from one that is as it was written. */

/** From so many bytes on the native one pays for loading it. Node 20 has it since 20.16. */
const LARGE = 16_384;
type Crc = (data: Uint8Array) => number;

export function checksum(bytes: Uint8Array): string {
  const crc = (bytes.length >= LARGE && nativeCrc()) || crcInScript;
  return crc(bytes).toString(16).padStart(8, '0');
}

function nativeCrc(): Crc | undefined {
  return (process.getBuiltinModule?.('node:zlib') as { crc32?: Crc } | undefined)?.crc32;
}

/** The remainders of half a byte: so small a table that making it costs nothing. */
const HALVES = Int32Array.from({ length: 16 }, (_, half) => {
  let crc = half;
  for (let bit = 0; bit < 4; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crcInScript(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) {
    crc ^= bytes[i] as number;
    crc = (crc >>> 4) ^ (HALVES[crc & 15] as number);
    crc = (crc >>> 4) ^ (HALVES[crc & 15] as number);
  }
  return ~crc >>> 0;
}
