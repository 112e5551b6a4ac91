/** One file out of a .tgz or a .zip, with nothing but zlib: as much of the two formats as npm's tarballs and their archives use. */
import { gunzipSync, inflateRawSync } from 'node:zlib';

const BLOCK = 512;

/** @throws Error where the tarball has no such file */
export function fileOfTarball(tgz: Buffer, name: string): Buffer {
  const tar = gunzipSync(tgz);
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(textUntilNul(tar, at + 124, 12), 8);
    const start = at + BLOCK;
    if (textUntilNul(tar, at, 100) === name) return tar.subarray(start, start + size);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw new Error(`the tarball has no ${name}`);
}

/** By the directory at the end of the archive, which alone knows the sizes. @throws Error where the archive has no such file */
export function fileOfZip(zip: Buffer, name: string): Buffer {
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end < 0) throw new Error('not a zip archive');
  let at = zip.readUInt32LE(end + 16);
  for (let entries = zip.readUInt16LE(end + 10); entries > 0; entries--) {
    const nameLength = zip.readUInt16LE(at + 28);
    if (zip.toString('latin1', at + 46, at + 46 + nameLength) === name) return content(zip, at);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`the archive has no ${name}`);
}

function content(zip: Buffer, entry: number): Buffer {
  const method = zip.readUInt16LE(entry + 10);
  const size = zip.readUInt32LE(entry + 20);
  const header = zip.readUInt32LE(entry + 42);
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  const packed = zip.subarray(start, start + size);
  if (method === 0) return packed;
  if (method === 8) return inflateRawSync(packed);
  throw new Error(`packed by method ${method}`);
}

function textUntilNul(bytes: Buffer, start: number, length: number): string {
  return (bytes.toString('latin1', start, start + length).split('\0')[0] as string).trim();
}
