/**
 * A file that lines are added to, which is set aside once it is large (natefinch/lumberjack v2, which kube-apiserver writes its audit
 * log with): `audit.log` becomes `audit-2026-01-01T00-00-00.000.log`. Times are the cluster's own.
 */
import {
  appendFileSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { formatMicroTime, parseTime } from '../apimachinery/time';
import type { RotationSettings } from '../apiserver/audit/rotation';
import type { Instant } from '../sim/clock';

interface Backup {
  name: string;
  at: Instant;
}

/** Only its owner may read it: requests are in it, and what they carry. */
const OWNER_ONLY = 0o600;
const MEGABYTE = 1024 * 1024;
const DAY = 86_400_000;
const PACKED = '.gz';

export class RotatingFile {
  private readonly folder: string;
  /** `audit-` and `.log` */
  private readonly prefix: string;
  private readonly suffix: string;
  private size: number;
  private hasWritten = false;

  /** @param background packing goes on beside whatever else is done: for processes that last */
  constructor(
    private readonly path: string,
    private readonly settings: RotationSettings,
    private readonly now: () => Instant,
    private readonly background: boolean,
  ) {
    this.folder = dirname(path);
    this.suffix = extname(path);
    this.prefix = `${basename(path, this.suffix)}-`;
    mkdirSync(this.folder, { recursive: true });
    this.size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Differs each time when something was written meanwhile. */
  get state(): string | number {
    const [newest] = this.backups();
    return newest ? `${newest.name} ${this.size}` : this.size;
  }

  /** @throws Error where it can't be written, or is larger than a file may be. */
  append(text: string): void {
    const length = Buffer.byteLength(text);
    const limit = this.settings.maxSize * MEGABYTE;
    if (limit > 0) {
      if (length > limit) throw new Error(`write length ${length} exceeds maximum file size ${limit}`);
      if (this.size > 0 && this.size + length > limit) this.rotate();
      else if (!this.hasWritten) this.tidy();
    }
    this.hasWritten = true;
    appendFileSync(this.path, text, { mode: OWNER_ONLY });
    this.size += length;
  }

  private rotate(): void {
    renameSync(this.path, join(this.folder, this.freeName()));
    this.size = 0;
    this.tidy();
  }

  /** Time may stand still here: what has the name of this instant already stays. */
  private freeName(): string {
    for (let instant = this.now(); ; instant++) {
      const name = `${this.prefix}${stampOf(instant)}${this.suffix}`;
      if (![name, name + PACKED].some((one) => existsSync(join(this.folder, one)))) return name;
    }
  }

  /** millRunOnce */
  private tidy(): void {
    const { maxBackups, maxAge, compress } = this.settings;
    const all = this.backups();
    const counted = new Set<string>();
    const kept = all.filter(({ name, at }) => {
      counted.add(unpacked(name));
      const isKept =
        (maxBackups === 0 || counted.size <= maxBackups) && (maxAge === 0 || at >= this.now() - maxAge * DAY);
      if (!isKept) rmSync(join(this.folder, name), { force: true });
      return isKept;
    });
    if (!compress) return;
    for (const { name } of kept) if (!name.endsWith(PACKED)) this.pack(join(this.folder, name));
  }

  /** A half of it that was left by a process that was killed is made anew. */
  private pack(path: string): void {
    if (!this.background) {
      writeFileSync(path + PACKED, gzipSync(readFileSync(path)), { mode: OWNER_ONLY });
      rmSync(path);
      return;
    }
    pipeline(createReadStream(path), createGzip(), createWriteStream(path + PACKED, { mode: OWNER_ONLY })).then(
      () => rmSync(path, { force: true }),
      () => rmSync(path + PACKED, { force: true }),
    );
  }

  /** Those that were set aside, the newest first. */
  private backups(): Backup[] {
    return readdirSync(this.folder)
      .flatMap((name) => {
        const plain = unpacked(name);
        if (!plain.startsWith(this.prefix) || !plain.endsWith(this.suffix)) return [];
        const at = instantOf(plain.slice(this.prefix.length, plain.length - this.suffix.length));
        return at === undefined ? [] : [{ name, at }];
      })
      .sort((a, b) => b.at - a.at || (a.name < b.name ? -1 : 1));
  }
}

function unpacked(name: string): string {
  return name.endsWith(PACKED) ? name.slice(0, -PACKED.length) : name;
}

/** `2026-01-01T00-00-00.000` */
function stampOf(instant: Instant): string {
  return formatMicroTime(instant).slice(0, '2026-01-01T00:00:00.000'.length).replaceAll(':', '-');
}

function instantOf(stamp: string): Instant | undefined {
  const [, day, hour, minute, second] = /^(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2}\.\d{3})$/.exec(stamp) ?? [];
  return day === undefined ? undefined : parseTime(`${day}T${hour}:${minute}:${second}Z`);
}
