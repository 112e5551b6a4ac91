/**
 * The file of one resource: JSON with one entry a line, and perhaps its managedFields on the next. So it reads well in a diff,
 * and each entry is parsed only when somebody asks for it. Its name ends in the revision of its last change and the checksum of its content
 * (`pods.core.124-9f3a01bc.json`): a name stands for one content, for good.
 */
import { join } from 'node:path';
import type { SyncAdapter } from 'lowdb';
import { checksum } from '../checksum';
import { readIfThere, removeFile, writeNewFile } from '../durable-files';
import { type EntryText, keyOfText, parseEntry } from '../entry-text';
import { DamagedStateError, type Entry, type Revision } from '../store';

export interface ResourceText {
  /** Of the last change to any entry, deletions included. */
  revision: Revision;
  /** The text of each entry by its key, in the order of the keys. */
  lines: ReadonlyMap<string, string>;
  /** True when an entry may hold an integer that a double can't: reading it then takes more care. */
  longIntegers: boolean;
}

export class ResourceFile implements SyncAdapter<ResourceText> {
  constructor(
    private readonly folder: string,
    private readonly bucket: string,
    /** Its present name. Writing gives it a new one and leaves the old file to whoever commits the new name. */
    public name: string | undefined,
  ) {}

  /** Null where there is none yet. DamagedStateError when the file is not there or not what was written. */
  read(): ResourceText | null {
    if (this.name === undefined) return null;
    const path = join(this.folder, this.name);
    const bytes = readIfThere(path);
    if (!bytes) throw new DamagedStateError(path, 'it is missing');
    if (this.name.split(/[-.]/).at(-2) !== checksum(bytes))
      throw new DamagedStateError(path, 'its content is not what was written (the checksum differs)');
    return parseText(bytes.toString(), path);
  }

  write(text: ResourceText): void {
    const bytes = Buffer.from(writeText(this.bucket, text));
    const name = `${stem(this.bucket)}.${text.revision}-${checksum(bytes)}.json`;
    const path = join(this.folder, name);
    try {
      writeNewFile(path, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      // The cluster was made anew and went the same way again, or a writer was killed before its commit: then it may be torn.
      if (readIfThere(path)?.equals(bytes) !== true) {
        removeFile(path);
        writeNewFile(path, bytes);
      }
    }
    this.name = name;
  }
}

/** Between the entry and its managedFields. No text of JSON.stringify has a line break in it. */
const BREAK = ',\n';

/** An entry as it stands in the file: one line, or two. */
export function lineOf({ text, managed }: EntryText): string {
  return managed === undefined ? text : text + BREAK + managed;
}

/** The entry of such a line. Throws SyntaxError or JsonSyntaxError. */
export function parseLine(line: string, longIntegers: boolean, own: boolean): Entry {
  const end = line.indexOf(BREAK);
  if (end < 0) return parseEntry(line, undefined, longIntegers, own);
  return parseEntry(line.slice(0, end), () => line.slice(end + BREAK.length), longIntegers, own);
}

function writeText(bucket: string, { revision, lines, longIntegers }: ResourceText): string {
  const head = { resource: bucket, revision, ...(longIntegers ? { longIntegers } : {}) };
  return `${JSON.stringify(head).slice(0, -1)},"entries":[\n${[...lines.values()].join(',\n')}\n]}\n`;
}

const COMMA = 0x2c;
const ARRAY = 0x5b;
const OBJECT = 0x7b;

function parseText(text: string, file: string): ResourceText {
  const lines = new Map<string, string>();
  try {
    let start = text.indexOf('\n') + 1;
    const head = JSON.parse(`${text.slice(0, start)}]}`) as ResourceText;
    while (text.charCodeAt(start) === OBJECT) {
      let end = text.indexOf('\n', start);
      if (text.charCodeAt(end + 1) === ARRAY) end = text.indexOf('\n', end + 1);
      const line = text.slice(start, text.charCodeAt(end - 1) === COMMA ? end - 1 : end);
      lines.set(keyOfText(line), line);
      start = end + 1;
    }
    return { revision: head.revision, lines, longIntegers: head.longIntegers === true };
  } catch (error) {
    throw new DamagedStateError(file, `it does not read as it was written (${(error as Error).message})`);
  }
}

/** `/registry/apps/deployments/` → `deployments.apps`; `/kubetick/` → `kubetick`. Safe where case does not count. */
function stem(bucket: string): string {
  const [first, ...rest] = bucket.split('/').slice(1, -1) as [string, ...string[]];
  const name =
    rest.length === 2 ? `${escapeName(rest[1] as string)}.${escapeName(rest[0] as string, '.')}` : escapeName(first);
  // Most file systems end at 255 bytes.
  return name.length <= 200 ? name : `${name.slice(0, 190)}~${checksum(Buffer.from(bucket))}`;
}

function escapeName(name: string, allowed = ''): string {
  let escaped = '';
  for (const byte of Buffer.from(name)) {
    const char = String.fromCharCode(byte);
    escaped += /[a-z0-9_-]/.test(char) || char === allowed ? char : `%${byte.toString(16).padStart(2, '0')}`;
  }
  return escaped;
}
