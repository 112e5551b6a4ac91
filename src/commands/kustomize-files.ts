/** The file system as kustomizations are built from it. */
import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import type { FileSystem } from '../kustomize/loader';
import { goFileError } from './print-objects';

export function diskFiles(cwd: string): FileSystem {
  return {
    cwd,
    realPath(path) {
      try {
        return realpathSync(path);
      } catch (error) {
        throw new Error(missingPart(path) ?? (error as Error).message);
      }
    },
    isDirectory: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
    readFile(path) {
      try {
        return readFileSync(path);
      } catch (error) {
        throw new Error(goFileError(error, path));
      }
    },
  };
}

/** Go says which step of a path is not there (filepath.EvalSymlinks). */
function missingPart(path: string): string | undefined {
  let at = '';
  for (const part of path.split('/').filter((each) => each !== '')) {
    at += `/${part}`;
    try {
      lstatSync(at);
    } catch (error) {
      const reason =
        (error as NodeJS.ErrnoException).code === 'ENOTDIR' ? 'not a directory' : 'no such file or directory';
      return `lstat ${at}: ${reason}`;
    }
  }
  return undefined;
}
