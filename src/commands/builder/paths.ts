/** From what -f was given to files: folders are walked, patterns expanded (cli-runtime resource/builder.go, visitor.go). */
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { extname, isAbsolute, join, resolve } from 'node:path';

const EXTENSIONS = ['.json', '.yaml', '.yml'];

/** The paths that a name stands for: itself where it exists, else what it matches as a pattern (filepath.Glob). */
export function expandPattern(name: string, cwd: string): string[] {
  if (exists(name, cwd)) return [name];
  const matches = /[*?[\\]/.test(name) ? glob(name, cwd) : [];
  if (matches.length === 0) throw new Error(`the path ${JSON.stringify(name)} does not exist`);
  return matches;
}

/** The manifests under a path: a file is itself whatever it is called, a folder those of its files that have a manifest's name. */
export function walkPath(path: string, cwd: string, recursive: boolean): string[] {
  if (!statSync(resolve(cwd, path)).isDirectory()) return [path];
  const files: string[] = [];
  const walk = (folder: string) => {
    for (const name of readdirSync(resolve(cwd, folder)).sort()) {
      const inside = join(folder, name);
      if (lstatSync(resolve(cwd, inside)).isDirectory()) {
        if (recursive) walk(inside);
      } else if (EXTENSIONS.includes(extname(name))) files.push(inside);
    }
  };
  walk(path);
  return files;
}

function exists(path: string, cwd: string): boolean {
  try {
    statSync(resolve(cwd, path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new Error(`the path ${JSON.stringify(path)} cannot be accessed: ${(error as Error).message}`);
  }
}

/** Files that match a pattern of `*`, `?` and `[…]`, none of which crosses a `/`. */
function glob(pattern: string, cwd: string): string[] {
  const parts = pattern.split('/');
  let found = [isAbsolute(pattern) ? '/' : ''];
  for (const part of parts.filter((each) => each !== '')) {
    const matcher = segmentPattern(part, pattern);
    found = found.flatMap((folder) => {
      if (part === '.' || part === '..') return [`${folder}${part}/`];
      try {
        return readdirSync(resolve(cwd, folder || '.'))
          .filter((name) => matcher.test(name))
          .sort()
          .map((name) => `${folder}${name}/`);
      } catch {
        return [];
      }
    });
  }
  return found.map((path) => path.slice(0, -1));
}

function segmentPattern(part: string, pattern: string): RegExp {
  let source = '';
  for (let i = 0; i < part.length; i++) {
    const c = part[i] as string;
    if (c === '*') source += '[^/]*';
    else if (c === '?') source += '[^/]';
    else if (c === '[') {
      const end = part.indexOf(']', i + 2);
      if (end < 0) throw new Error(`pattern ${JSON.stringify(pattern)} is not valid: syntax error in pattern`);
      const body = part.slice(i + 1, end).replace(/\\/g, '\\\\');
      source += `[${body.startsWith('^') ? `^${body.slice(1)}` : body}]`;
      i = end;
    } else if (c === '\\' && i + 1 < part.length) source += literal(part[++i] as string);
    else source += literal(c);
  }
  return new RegExp(`^${source}$`, 'su');
}

function literal(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
}
