/** Where the compiled schema lies: beside the bundle, or under dist/ when the sources run as they are. */

/** Has src/schema read its files from disk. */
export async function useCompiledSchema(): Promise<void> {
  const { setSchemaReader } = await import('../schema/catalog');
  if (folder !== undefined) return;
  const { existsSync, readFileSync } = await import('node:fs');
  const { join } = await import('node:path');
  const beside = join(__dirname, 'schema');
  folder = existsSync(beside) ? beside : join(__dirname, '../../dist/schema');
  setSchemaReader((file) => readFileSync(join(folder as string, file), 'utf8'));
}

let folder: string | undefined;
