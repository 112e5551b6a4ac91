/**
 * The default driver: readable JSON files, through lowdb. `root.json` names one file per resource in `resources/`; changed
 * resources are written to new files, and the replacement of the root is the commit.
 *
 * A resource is read when it is first asked for, and kept current with what other processes commit. Readers take no lock:
 * whoever finds that a file has gone, because another process has replaced it meanwhile, reads the root again. Changes by
 * other processes are seen as their outcome: of several changes to one key only the last is told. What happened to a resource
 * before this process looked at it is unknown: CompactedError.
 */
import { join } from 'node:path';
import { LowSync } from 'lowdb';
import { withRoom } from '../../host/young-heap';
import { makeFolder, removeFile, syncFolder } from '../durable-files';
import { entryText } from '../entry-text';
import type { Files } from '../file-store';
import { RESOURCES_FOLDER, sweepState } from '../folder-layout';
import { History, type Step } from '../history';
import { bucketWithin } from '../keys';
import { type Change, CompactedError, type Entry, type Page, type PageEnd, type Revision, type Visit } from '../store';
import { Bucket, Table } from '../table';
import { lineOf, parseLine, ResourceFile, type ResourceText } from './resource-file';
import { type Root, RootFile } from './root-file';

/** How often to try again when files vanish while one reads; each time another process has committed. */
const PATIENCE = 1_000;

/** From so many entries on it pays to make room for them. */
const MANY = 200;

const NOTHING: ResourceText = { revision: 0, lines: new Map(), longIntegers: false };

/** A resource that this process has read. */
interface Resource {
  /** The text as it stands in the file. */
  low: LowSync<ResourceText>;
  file: ResourceFile;
  bucket: Bucket;
  /** The oldest revision that the bucket's past is known from. */
  known: Revision;
  /** Keys written since the file was. */
  changed: Set<string>;
  /** Of the last change. */
  revision: Revision;
}

export class LowdbFiles implements Files {
  readonly #table = new Table();
  readonly #history: History;
  revision: Revision = 0;
  readonly #folder: string;
  readonly #root: LowSync<Root>;
  /** The root that is shown; `#root` may have read a later one. */
  #shown: Root;
  readonly #resources = new Map<string, Resource>();
  readonly #changed = new Set<string>();
  /** What happened between two looks is known only by its outcome: no state inside these can be told. */
  #gaps: { from: Revision; to: Revision }[] = [];
  /** The revision that this process saw first: of what was not there then, nothing earlier is known. */
  #opened: Revision = 0;
  #swept = false;
  /** Every resource there is was read; those that other processes make are read as they appear. */
  #allRead = false;
  /** From here on everything is known of all resources that were read; undefined where that is to be found anew. */
  #allKnown: Revision | undefined;
  /** Entries whose text was read since the last page, about. */
  #unparsed = 0;

  /** `isNew`: nothing in the folder counts; what is written takes its place. */
  constructor(
    private readonly stateFolder: string,
    private readonly tell: (keys?: string[]) => void,
    options: { isNew: boolean; history?: number },
  ) {
    this.#folder = join(stateFolder, RESOURCES_FOLDER);
    this.#history = new History(0, options.history);
    this.#root = new LowSync<Root>(new RootFile(stateFolder), { revision: 0, resources: {} });
    this.#shown = this.#root.data;
    if (options.isNew) return;
    this.#root.read();
    this.#restart();
  }

  get isChanged(): boolean {
    return this.#changed.size > 0;
  }

  /** Never: a save writes whole resources, however little of them is new. */
  readonly isFull = false;

  refresh(): void {
    this.#root.read();
    this.#retrying(() => {
      if (this.#root.data !== this.#shown) this.#follow();
    });
  }

  load(prefix: string): void {
    const one = bucketWithin(prefix);
    if (one !== undefined) {
      if (!this.#resources.has(one)) this.#retrying(() => this.#loadNow(one));
    } else if (!this.#allRead)
      this.#retrying(() => {
        for (const bucket of Object.keys(this.#shown.resources)) if (bucket.startsWith(prefix)) this.#loadNow(bucket);
        this.#allRead = prefix === '/';
      });
  }

  #loadNow(bucket: string): void {
    if (this.#resources.has(bucket)) return;
    const resource = this.#read(bucket, this.#shown.resources[bucket]);
    this.#resources.set(bucket, resource);
    this.#allKnown = undefined;
    this.#table.put(bucket, resource.bucket);
    this.#unparsed += resource.bucket.size;
  }

  /** What can't be read may have been replaced meanwhile: then the root has moved, and tells the new name. */
  #retrying(read: () => void): void {
    for (let attempt = 0; ; attempt++) {
      const seen = this.#root.data;
      try {
        read();
        return;
      } catch (error) {
        this.#root.read();
        if (this.#root.data === seen || attempt === PATIENCE) throw error;
        this.#retrying(() => {
          if (this.#root.data !== this.#shown) this.#follow();
        });
      }
    }
  }

  #read(bucket: string, name: string | undefined): Resource {
    const file = new ResourceFile(this.#folder, bucket, name);
    const low = new LowSync<ResourceText>(file, NOTHING);
    low.read();
    const { lines, longIntegers, revision } = low.data;
    return {
      low,
      file,
      bucket: new Bucket(lines, (line, own) => parseLine(line, longIntegers, own)),
      known: name === undefined ? this.#opened : revision,
      changed: new Set(),
      revision,
    };
  }

  /** Takes over the root that was read: reads all that changed, and only then shows it. */
  #follow(): void {
    const root = this.#root.data;
    const present = (bucket: string) => root.resources[bucket];
    const moved = [...this.#resources].filter(([bucket, { file }]) => file.name !== present(bucket));
    const appeared = Object.keys(root.resources).filter(
      (bucket) => !this.#resources.has(bucket) && this.#shown.resources[bucket] === undefined,
    );
    const fresh = [...moved.map(([bucket]) => bucket), ...appeared].map(
      (bucket) => [bucket, this.#read(bucket, present(bucket))] as const,
    );
    const steps = fresh.flatMap(([bucket, resource]) =>
      differences(this.#resources.get(bucket), resource, root.revision),
    );
    if (root.revision <= this.revision || steps.some(({ after }) => after && after.revision <= this.revision)) {
      // Another past: the cluster was made anew.
      this.#restart();
      this.tell();
      return;
    }
    for (const bucket of Object.keys(this.#shown.resources))
      if (!this.#resources.has(bucket) && present(bucket) === undefined)
        this.#resources.set(bucket, { ...this.#read(bucket, undefined), known: root.revision });
    for (const [bucket, resource] of fresh) {
      const { known, bucket: entries } = this.#resources.get(bucket) ?? { known: this.#opened, bucket: undefined };
      // The entries that were parsed already stay as they are.
      this.#resources.set(bucket, { ...resource, known, bucket: entries ?? this.#table.bucket(bucket) });
    }
    steps.sort((a, b) => a.revision - b.revision);
    for (const step of steps) {
      if (step.after) this.#table.set(step.after);
      else this.#table.delete(step.key);
      this.#history.append(step);
    }
    this.#gaps.push({ from: this.revision, to: root.revision });
    this.#gaps = this.#gaps.filter(({ to }) => to > this.#history.compacted);
    this.#allKnown = undefined;
    this.#shown = root;
    this.revision = root.revision;
    this.tell(steps.map(({ key }) => key));
  }

  /** Shows the root that was read, and forgets everything else. */
  #restart(): void {
    this.#table.clear();
    this.#resources.clear();
    this.#allRead = false;
    this.#allKnown = undefined;
    this.#gaps = [];
    this.#shown = this.#root.data;
    this.revision = this.#shown.revision;
    this.#opened = this.revision;
    this.#history.restart(0);
  }

  get(key: string): Entry | undefined {
    return this.#table.get(key);
  }

  page(prefix: string, after: string | undefined, limit: number | undefined): Page {
    const page = () => this.#table.page(prefix, this.revision, after, limit);
    if (this.#unparsed < MANY) return page();
    this.#unparsed = 0;
    return withRoom(page);
  }

  scan(prefix: string, after: string | undefined, limit: number | undefined, visit: Visit): PageEnd {
    return this.#table.scan(prefix, this.revision, after, limit, visit);
  }

  changes(since: Revision, prefix: string): Change[] {
    this.#requireKnown(since, prefix);
    return this.#history.changes(since, prefix);
  }

  isTouched(since: Revision, prefix: string): boolean {
    this.#requireKnown(since, prefix);
    return this.#history.isTouched(since, prefix);
  }

  before(at: Revision, prefix: string): Map<string, Entry | undefined> {
    this.#requireKnown(at, prefix);
    for (const { from, to } of this.#gaps) if (at > from && at < to) throw new CompactedError(at, to);
    return this.#history.before(at, prefix);
  }

  /** Throws CompactedError when what happened under `prefix` after `since` is not known. */
  #requireKnown(since: Revision, prefix: string): void {
    if (this.#allKnown !== undefined && since >= this.#allKnown) return;
    const require = (known: Revision) => {
      if (since < known) throw new CompactedError(since, known);
    };
    const one = bucketWithin(prefix);
    // Of resources that were gone when this process opened the store, nothing is known.
    if (one === undefined) require(this.#opened);
    let all = this.#opened;
    for (const [bucket, { known }] of this.#resources) {
      if (bucket.startsWith(one ?? prefix)) require(known);
      all = Math.max(all, known);
    }
    this.#allKnown = all;
  }

  write(key: string, after: Entry | undefined, revision: Revision): void {
    const bucket = bucketWithin(key) as string;
    const resource = this.#resources.get(bucket) as Resource;
    const before = resource.bucket.get(key);
    if (after) this.#table.bucket(bucket).set(after);
    else resource.bucket.delete(key);
    resource.changed.add(key);
    resource.revision = revision;
    this.#changed.add(bucket);
    this.revision = revision;
    this.#history.append({ key, revision, before, after });
  }

  save(): void {
    const resources = { ...this.#shown.resources };
    const superseded: string[] = [];
    const written: string[] = [];
    try {
      makeFolder(this.#folder);
      for (const bucket of [...this.#changed].sort()) {
        const { file, ...resource } = this.#resources.get(bucket) as Resource;
        if (file.name !== undefined) superseded.push(file.name);
        if (resource.bucket.size === 0) {
          file.name = undefined;
          resource.low.data = { ...NOTHING, revision: resource.revision };
          delete resources[bucket];
        } else {
          resource.low.data = textOf(resource.low.data, resource);
          resource.low.write();
          resources[bucket] = file.name as string;
          written.push(file.name as string);
        }
        resource.changed.clear();
      }
      syncFolder(this.#folder);
      this.#root.data = { revision: this.revision, resources };
      this.#root.write();
    } catch (error) {
      for (const name of written) removeFile(join(this.#folder, name));
      throw error;
    }
    this.#shown = this.#root.data;
    this.#changed.clear();
    const kept = new Set(Object.values(resources));
    for (const name of superseded) if (!kept.has(name)) removeFile(join(this.#folder, name));
    if (!this.#swept) sweepState(this.stateFolder, { resources: kept });
    this.#swept = true;
  }

  async close(): Promise<void> {}
}

/** The text of a resource's file with what was changed since it was written. */
function textOf(
  text: ResourceText,
  resource: { bucket: Bucket; changed: Set<string>; revision: Revision },
): ResourceText {
  let { longIntegers } = text;
  const lines = new Map<string, string>();
  for (const key of resource.bucket.keys()) {
    let line = resource.changed.has(key) ? undefined : text.lines.get(key);
    if (line === undefined) {
      const text = entryText(resource.bucket.get(key) as Entry);
      longIntegers ||= text.longIntegers;
      line = lineOf(text);
    }
    lines.set(key, line);
  }
  return { revision: resource.revision, lines, longIntegers };
}

/** What leads from the old text of a resource to its new one. Deletions carry the revision at which they were seen. */
function differences(old: Resource | undefined, fresh: Resource, revision: Revision): Step[] {
  const steps: Step[] = [];
  const { lines } = old?.low.data ?? NOTHING;
  for (const [key, line] of fresh.low.data.lines) {
    if (lines.get(key) === line) continue;
    const after = fresh.bucket.get(key) as Entry;
    steps.push({ key, revision: after.revision, before: old?.bucket.get(key), after });
  }
  for (const key of lines.keys())
    if (!fresh.low.data.lines.has(key)) steps.push({ key, revision, before: old?.bucket.get(key), after: undefined });
  return steps;
}
