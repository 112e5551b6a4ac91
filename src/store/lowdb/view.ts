/**
 * What this process knows of the folder: the resources it has read, kept current with what other processes commit, and what
 * changed since it looked. A resource is read when it is first asked for. Readers take no lock: whoever finds that a file has
 * gone, because another process has replaced it meanwhile, reads the root again.
 */
import { join } from 'node:path';
import { LowSync } from 'lowdb';
import { makeFolder, removeFile, sweepFolder, syncFolder } from '../durable-files';
import { History, type Step } from '../history';
import { bucketWithin } from '../keys';
import { CompactedError, type Entry, type Revision } from '../store';
import { Bucket, Table } from '../table';
import { entryLine, hasLongInteger, parseLine, ResourceFile, type ResourceText } from './resource-file';
import { ROOT_FILE, type Root, RootFile } from './root-file';

/** How often to try again when files vanish while one reads; each time another process has committed. */
const PATIENCE = 1_000;

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

export class View {
  readonly table = new Table();
  readonly history: History;
  revision: Revision = 0;
  readonly #folder: string;
  readonly #root: LowSync<Root>;
  /** The root that the view shows; `#root` may have read a later one. */
  #shown: Root;
  readonly #resources = new Map<string, Resource>();
  readonly #changed = new Set<string>();
  /** What happened between two looks is known only by its outcome: no state inside these can be told. */
  #gaps: { from: Revision; to: Revision }[] = [];
  /** The revision that this process saw first: of what was not there then, nothing earlier is known. */
  #opened: Revision = 0;
  #swept = false;

  /** `tell` hears the keys that other processes changed; without keys: anything may be different. */
  constructor(
    private readonly stateFolder: string,
    private readonly tell: (keys?: string[]) => void,
    limit?: number,
  ) {
    this.#folder = join(stateFolder, 'resources');
    this.history = new History(0, limit);
    this.#root = new LowSync<Root>(new RootFile(stateFolder), { revision: 0, resources: {} });
    this.#shown = this.#root.data;
  }

  /** Reads the root for the first time. */
  open(): void {
    this.#root.read();
    this.#restart();
  }

  /** True when something was written that is not in the files. */
  get isChanged(): boolean {
    return this.#changed.size > 0;
  }

  /**
   * Looks whether another process has committed, and takes over what it did. Not while there are changes of one's own: then
   * one holds the lock, and nobody else commits.
   */
  refresh(): void {
    this.#root.read();
    this.#retrying(() => {
      if (this.#root.data !== this.#shown) this.#follow();
    });
  }

  /** Makes sure that all entries under this prefix are in the table. May move on to a later revision on the way. */
  load(prefix: string): void {
    const one = bucketWithin(prefix);
    if (one !== undefined) {
      if (!this.#resources.has(one)) this.#retrying(() => this.#loadNow(one));
    } else
      this.#retrying(() => {
        for (const bucket of Object.keys(this.#shown.resources)) if (bucket.startsWith(prefix)) this.#loadNow(bucket);
      });
  }

  #loadNow(bucket: string): void {
    if (this.#resources.has(bucket)) return;
    const resource = this.#read(bucket, this.#shown.resources[bucket]);
    this.#resources.set(bucket, resource);
    this.table.put(bucket, resource.bucket);
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
      bucket: new Bucket(lines, (line) => parseLine(line, longIntegers)),
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
      this.#resources.set(bucket, { ...resource, known, bucket: entries ?? this.table.bucket(bucket) });
    }
    steps.sort((a, b) => a.revision - b.revision);
    for (const step of steps) {
      if (step.after) this.table.set(step.after);
      else this.table.delete(step.key);
      this.history.append(step);
    }
    this.history.trim();
    this.#gaps.push({ from: this.revision, to: root.revision });
    this.#gaps = this.#gaps.filter(({ to }) => to > this.history.compacted);
    this.#shown = root;
    this.revision = root.revision;
    this.tell(steps.map(({ key }) => key));
  }

  /** Shows the root that was read, and forgets everything else. */
  #restart(): void {
    this.table.clear();
    this.#resources.clear();
    this.#gaps = [];
    this.#shown = this.#root.data;
    this.revision = this.#shown.revision;
    this.#opened = this.revision;
    this.history.restart(0);
  }

  /** Throws CompactedError when the changes under `prefix` after `since` are not known. */
  requireChanges(since: Revision, prefix: string): void {
    const require = (known: Revision) => {
      if (since < known) throw new CompactedError(since, known);
    };
    const one = bucketWithin(prefix);
    require(this.history.compacted);
    // Of resources that were gone when this process opened the store, nothing is known.
    if (one === undefined) require(this.#opened);
    for (const [bucket, { known }] of this.#resources) if (bucket.startsWith(one ?? prefix)) require(known);
  }

  /** Throws CompactedError when what was under `prefix` at the revision `at` is not known. */
  requireState(at: Revision, prefix: string): void {
    this.requireChanges(at, prefix);
    for (const { from, to } of this.#gaps) if (at > from && at < to) throw new CompactedError(at, to);
  }

  /** Writes one key; the caller has loaded it, and holds the lock. */
  write(key: string, after: Entry | undefined, revision: Revision): void {
    const bucket = bucketWithin(key) as string;
    const resource = this.#resources.get(bucket) as Resource;
    const before = resource.bucket.get(key);
    if (after) this.table.bucket(bucket).set(after);
    else resource.bucket.delete(key);
    resource.changed.add(key);
    resource.revision = revision;
    this.#changed.add(bucket);
    this.revision = revision;
    this.history.append({ key, revision, before, after });
  }

  /** Writes what changed to new files and commits them. When it throws, nothing was committed, and the view is of no more use. */
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
    if (!this.#swept) this.#sweep(kept);
  }

  /** What killed writers left goes away with the first commit of a process. */
  #sweep(kept: ReadonlySet<string>): void {
    this.#swept = true;
    sweepFolder(this.#folder, (name) => kept.has(name));
    sweepFolder(this.stateFolder, (name) => !(name.startsWith(`${ROOT_FILE}.`) && name.endsWith('.tmp')));
  }
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
      line = entryLine(resource.bucket.get(key) as Entry);
      longIntegers ||= hasLongInteger(line);
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
