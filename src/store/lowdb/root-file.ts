/**
 * `root.json`: names the file of each resource. Replacing it is the commit. A lowdb adapter: read() answers null while the
 * file is what it was when it was last read.
 */
import { join } from 'node:path';
import type { SyncAdapter } from 'lowdb';
import { checksum } from '../checksum';
import { readIfThere, replaceFile } from '../durable-files';
import { ROOT_FILE, ROOT_FORMAT } from '../folder-layout';
import { DamagedStateError, type Revision } from '../store';

export interface Root {
  /** Of the whole store. */
  revision: Revision;
  /** Bucket → file name in the folder `resources`. */
  resources: Record<string, string>;
}

export class RootFile implements SyncAdapter<Root> {
  readonly path: string;
  #text: string | undefined;

  constructor(folder: string) {
    this.path = join(folder, ROOT_FILE);
  }

  /** Null when nothing changed since. DamagedStateError when the file is not there or not what was written. */
  read(): Root | null {
    const text = readIfThere(this.path)?.toString();
    if (text === undefined) throw new DamagedStateError(this.path, 'it is missing');
    if (text === this.#text) return null;
    const root = parseRoot(text, this.path);
    this.#text = text;
    return root;
  }

  write(root: Root): void {
    const text = rootText(root);
    replaceFile(this.path, text);
    this.#text = text;
  }
}

function rootText(root: Root): string {
  const resources: Record<string, string> = {};
  for (const bucket of Object.keys(root.resources).sort()) resources[bucket] = root.resources[bucket] as string;
  const body = { format: ROOT_FORMAT, store: 'lowdb', revision: root.revision, resources };
  return `${JSON.stringify({ ...body, checksum: checksum(Buffer.from(JSON.stringify(body))) }, null, 2)}\n`;
}

function parseRoot(text: string, file: string): Root {
  let parsed: Partial<Root> & { format?: unknown; store?: unknown; checksum?: unknown };
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new DamagedStateError(file, text === '' ? 'it is empty' : `it is not JSON (${(error as Error).message})`);
  }
  if (typeof parsed !== 'object' || parsed === null) throw new DamagedStateError(file, 'it is not a JSON object');
  const { checksum: sum, ...body } = parsed;
  if (checksum(Buffer.from(JSON.stringify(body))) !== sum)
    throw new DamagedStateError(file, 'its content is not what was written (the checksum differs)');
  if (body.format !== ROOT_FORMAT || body.store !== 'lowdb')
    throw new DamagedStateError(file, `its format (${body.store} ${body.format}) is none that this version knows`);
  return { revision: body.revision as Revision, resources: body.resources as Record<string, string> };
}
