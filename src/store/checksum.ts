/** CRC-32 (of zlib and PNG) as eight hex digits: tells a file that was damaged from one that is as it was written. */

/** From so many bytes on the native one pays for loading it. Node 20 has it since 20.16. */
const LARGE = 32_768;
type NativeCrc = (data: Uint8Array) => number;

export function checksum(bytes: Uint8Array): string {
  const crc = (bytes.length >= LARGE && nativeCrc()) || crcInScript;
  return crc(bytes).toString(16).padStart(8, '0');
}

function nativeCrc(): NativeCrc | undefined {
  return (process.getBuiltinModule?.('node:zlib') as { crc32?: NativeCrc } | undefined)?.crc32;
}

let table: Int32Array | undefined;

function crcInScript(bytes: Uint8Array): number {
  table ??= makeTable();
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[i] as number)) & 0xff] as number);
  return ~crc >>> 0;
}

function makeTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
}
