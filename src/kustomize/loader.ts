/** Finds the files that a kustomization names, and keeps it inside its folder (api/internal/loader). */
import { baseName, cleanPath, directoryOf, joinPath } from './paths';
import { isRepository } from './repository';

/** What a build needs of a file system. Paths given to it are absolute. */
export interface FileSystem {
  /** Where relative paths start. */
  readonly cwd: string;
  /** Without symbolic links. @throws Error `lstat /x: no such file or directory` */
  realPath(path: string): string;
  isDirectory(path: string): boolean;
  /** @throws Error `open /x: permission denied` */
  readFile(path: string): Uint8Array;
}

export type LoadRestrictions = 'LoadRestrictionsRootOnly' | 'LoadRestrictionsNone';

/** Reads files for one kustomization. */
export class Loader {
  private constructor(
    private readonly files: FileSystem,
    private readonly restrictions: LoadRestrictions,
    readonly root: string,
    private readonly referrer?: Loader,
  ) {}

  /** For the kustomization that a build starts at. @throws Error `must build at directory: …` */
  static at(files: FileSystem, path: string, restrictions: LoadRestrictions): Loader {
    if (isRepository(path)) throw remote(path);
    return new Loader(files, restrictions, directory(files, path));
  }

  /** For a kustomization that this one refers to. */
  below(path: string): Loader {
    if (path === '') throw new Error('new root cannot be empty');
    if (isRepository(path)) throw remote(path);
    if (path.startsWith('/')) throw new Error(`new root '${path}' cannot be absolute`);
    const root = directory(this.files, joinPath(this.root, path));
    this.refuseCycle(root);
    return new Loader(this.files, this.restrictions, root, this);
  }

  private refuseCycle(root: string): void {
    if (isInside(this.root, root)) {
      throw new Error(`cycle detected: candidate root '${root}' contains visited root '${this.root}'`);
    }
    this.referrer?.refuseCycle(root);
  }

  /** @throws Error `security; file '/x' is not in or below '/y'`, and what the file system says. */
  bytes(path: string): Uint8Array {
    if (/^https?:/i.test(path)) throw new RemoteError(`remote files are not loaded: ${path}`);
    let file = path.startsWith('/') ? path : joinPath(this.root, path);
    if (this.restrictions === 'LoadRestrictionsRootOnly') {
      const real = resolve(this.files, file);
      if (this.files.isDirectory(real)) throw new Error(`'${file}' must resolve to a file`);
      if (!isInside(directoryOf(real), this.root)) {
        throw new Error(`security; file '${file}' is not in or below '${this.root}'`);
      }
      file = joinPath(directoryOf(real), baseName(real));
    }
    return this.files.readFile(file);
  }

  text(path: string): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes(path));
  }
}

/** What would have to be fetched: builds read files only. Ends the attempt to read the path as something else. */
export class RemoteError extends Error {}

function remote(path: string): RemoteError {
  return new RemoteError(`remote kustomizations are not fetched: ${path}`);
}

function directory(files: FileSystem, path: string): string {
  const place = 'must build at directory: ';
  if (path === '') throw new Error(`${place}directory path cannot be empty`);
  let real: string;
  try {
    real = resolve(files, path);
  } catch (error) {
    throw new Error(`${place}not a valid directory: ${(error as Error).message}`);
  }
  if (!files.isDirectory(real)) throw new Error(`${place}'${path}': file is not directory`);
  return real;
}

function resolve(files: FileSystem, path: string): string {
  const absolute = path.startsWith('/') ? cleanPath(path) : joinPath(files.cwd, path);
  try {
    return files.realPath(absolute);
  } catch (error) {
    throw new Error(`evalsymlink failure on '${path}' : ${(error as Error).message}`);
  }
}

/** True when `path` is `root` or below it. */
function isInside(path: string, root: string): boolean {
  return root === '/' || path === root || path.startsWith(`${root}/`);
}
