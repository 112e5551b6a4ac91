/** Certificates and keys in a kubeconfig: the path of a file (`client-key`), or what is in it (`client-key-data`). */
import { CommandError } from '../command';
import { goFileError } from '../print-objects';

/** @throws CommandError `could not stat client-key file x: stat x: no such file or directory` */
export async function requireFileToEmbed(field: string, path: string, cwd: string): Promise<void> {
  const { statSync } = await import('node:fs');
  const { resolve } = await import('node:path');
  try {
    statSync(resolve(cwd, path));
  } catch (error) {
    const reason = goFileError(error, path).replace(/^open /, 'stat ');
    throw new CommandError(`could not stat ${field} file ${path}: ${reason}`);
  }
}

/** Puts a file into `entry` by its content, or by its path as seen from the kubeconfig where it stands below its folder. */
export async function embedOrName(
  entry: Record<string, unknown>,
  field: string,
  path: string,
  { embed, cwd, kubeconfig }: { embed: boolean; cwd: string; kubeconfig: string },
): Promise<void> {
  const { dirname, relative, resolve } = await import('node:path');
  delete entry[field];
  const file = resolve(cwd, path);
  if (embed) {
    entry[`${field}-data`] = await contentOf(file);
    return;
  }
  delete entry[`${field}-data`];
  const below = relative(dirname(kubeconfig), file);
  entry[field] = below.startsWith('..') ? file : below;
}

/** The entry with its files inside, as `config view --flatten` shows it (clientcmdapi.FlattenConfig). */
export async function withFilesInside<T extends Record<string, unknown>>(
  entry: T,
  fields: readonly string[],
  kubeconfig: string,
): Promise<T> {
  const { dirname, resolve } = await import('node:path');
  const flat: Record<string, unknown> = { ...entry };
  for (const field of fields) {
    const path = flat[field];
    if (typeof path !== 'string' || path === '') continue;
    delete flat[field];
    if (!flat[`${field}-data`]) flat[`${field}-data`] = await contentOf(resolve(dirname(kubeconfig), path));
  }
  return flat as T;
}

/** In base64, as fields of bytes are written. */
async function contentOf(file: string): Promise<string> {
  const { readFileSync } = await import('node:fs');
  try {
    return readFileSync(file).toString('base64');
  } catch (error) {
    throw new CommandError(goFileError(error, file));
  }
}
