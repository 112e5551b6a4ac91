/** The printer that -o, --template and their kin ask for (genericclioptions.PrintFlags.ToPrinter). */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createPrinter, type Printer, type PrinterOptions } from '../printers/printer';
import type { Invocation } from './command';

/** `operation` is what the printer of an empty output format says was done: `created`, `configured (dry run)`. */
export function printerFor(
  { flags, cwd }: Pick<Invocation, 'flags' | 'cwd'>,
  operation: string,
  more: PrinterOptions = {},
): Promise<Printer> {
  return createPrinter(flags.string('output'), {
    template: flags.string('template'),
    allowMissingKeys: flags.bool('allow-missing-template-keys'),
    showManagedFields: flags.bool('show-managed-fields'),
    operation,
    readFile: (path) => readFileText(path, cwd),
    ...more,
  });
}

/** A file's text; fails as Go does: `open x: no such file or directory`. */
export async function readFileText(path: string, cwd: string): Promise<string> {
  try {
    return readFileSync(resolve(cwd, path), 'utf8');
  } catch (error) {
    throw new Error(goFileError(error, path));
  }
}

/** What Go says of a file that can't be read (os.PathError). */
export function goFileError(error: unknown, path: string): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return `open ${path}: no such file or directory`;
    case 'EACCES':
      return `open ${path}: permission denied`;
    case 'EISDIR':
      return `read ${path}: is a directory`;
    case 'ENOTDIR':
      return `open ${path}: not a directory`;
    default:
      return `open ${path}: ${error instanceof Error ? error.message : error}`;
  }
}
