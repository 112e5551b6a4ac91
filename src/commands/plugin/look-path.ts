/** Where a program is on the PATH (Go's exec.LookPath). */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** The path of an executable file: `name` itself if it is a path, else the first of that name on the PATH. */
export function lookPath(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string,
): string | undefined {
  if (name.includes('/')) return isExecutable(resolve(cwd, name)) ? name : undefined;
  if (name === '') return undefined;
  for (const folder of (environment['PATH'] ?? '').split(delimiter)) {
    // An empty one is the folder we are in.
    for (const extension of extensions(environment)) {
      const path = join(folder || '.', name + extension);
      if (isExecutable(resolve(cwd, path))) return path;
    }
  }
  return undefined;
}

/** The endings that a program's file may have: none but on Windows. */
function extensions(environment: Readonly<Record<string, string | undefined>>): string[] {
  if (process.platform !== 'win32') return [''];
  return (environment['PATHEXT'] ?? '.COM;.EXE;.BAT;.CMD').toLowerCase().split(';');
}

function isExecutable(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
