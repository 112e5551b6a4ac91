/** Which folder is the cluster's, and is there one in it: loaded by every command, and so without the stores. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Names the driver, and what of the rest counts; whoever replaces it commits. */
export const ROOT_FILE = 'root.json';

/**
 * The folder of the cluster to use, as an absolute path, whether it is there or not: `--state`, else KUBETICK_STATE, else the
 * nearest `.kubetick` from `cwd` upward, else `~/.kubetick/default`.
 */
export function findStateFolder(where: {
  flag?: string | undefined;
  environment: Record<string, string | undefined>;
  cwd: string;
  home: string;
}): string {
  const named = where.flag || where.environment.KUBETICK_STATE;
  if (named) return resolve(where.cwd, named);
  const ofHome = join(where.home, '.kubetick');
  for (let folder = where.cwd; ; folder = dirname(folder)) {
    const candidate = join(folder, '.kubetick');
    // The one in the home folder holds clusters and is none itself, unless somebody made it one.
    if (candidate === ofHome ? hasStore(candidate) : existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return join(ofHome, 'default');
  }
}

/** True when a cluster was made in this folder. */
export function hasStore(folder: string): boolean {
  return existsSync(join(folder, ROOT_FILE));
}
