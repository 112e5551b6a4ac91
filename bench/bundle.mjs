// Parts of the program that a bench drives without the command line.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { folder } from './clusters.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What `exports` (lines `export { … } from './src/…'`) names, bundled as `name`; with setSchemaReader among it, the schema too. */
export async function bundled(name, exports) {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    stdin: { contents: exports, resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
  });
  const parts = await import(pathToFileURL(outfile));
  parts.setSchemaReader?.((file) => readFileSync(join(root, 'dist', 'schema', file), 'utf8'));
  return parts;
}
