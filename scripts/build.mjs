// Builds dist/: the compiled schema and one CommonJS bundle that bin/kubetick loads.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { compileSchema } from './compile-schema.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
mkdirSync(`${root}dist`, { recursive: true });
compileSchema();

await build({
  entryPoints: [`${root}src/commands/main.ts`],
  outfile: `${root}dist/kubetick.cjs`,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: true,
  keepNames: false,
  external: ['lmdb'],
  legalComments: 'none',
  logLevel: 'warning',
});
