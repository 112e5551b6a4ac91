// Builds dist/: the compiled schema, and the program as CommonJS scripts that bin/kubetick loads: kubetick.cjs, and one for what
// each command (or anything else that is imported late) needs besides, shared parts apart.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { asCommonJs } from './common-js.mjs';
import { compileSchema } from './compile-schema.mjs';
import { lmdbInside } from './lmdb-plugin.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
mkdirSync(dist, { recursive: true });
compileSchema();

/** commander can start other programs. This one never has it do so, and node:child_process takes milliseconds to load. */
const withoutSubprograms = {
  name: 'without-subprograms',
  setup(builder) {
    builder.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes(`${sep}commander${sep}`) ? { path: 'none', namespace: 'without-subprograms' } : undefined,
    );
    builder.onLoad({ filter: /./, namespace: 'without-subprograms' }, () => ({ contents: 'module.exports = {};' }));
  },
};

// Only ES modules can be split by esbuild; so it splits them, and each part then becomes CommonJS, which V8's code cache knows.
const { outputFiles } = await build({
  entryPoints: { kubetick: join(root, 'src/commands/main.ts') },
  outdir: dist,
  outExtension: { '.js': '.cjs' },
  chunkNames: 'part-[hash]',
  write: false,
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  minify: true,
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [withoutSubprograms, lmdbInside],
  legalComments: 'none',
  logLevel: 'warning',
});
const modules = outputFiles.map(({ path, text }) => ({ name: basename(path), text }));
const scripts = await Promise.all(
  asCommonJs(modules).map(async ({ name, code: text }) => {
    // `charset: ascii`: bin/kubetick reads them as Latin-1, which is faster. ES modules are strict, CommonJS must say so: a write
    // to what is frozen has to fail rather than to be forgotten.
    const strict = { banner: '"use strict";' };
    const options = { format: 'cjs', platform: 'node', target: 'node20', minify: true, charset: 'ascii', ...strict };
    const { code } = await transform(text, { ...options, supported: { 'dynamic-import': false } });
    return { name, code };
  }),
);

// The entry names the build in its first line: bin/kubetick keeps compiled code under that name. It is replaced last and in
// one step, and parts of earlier builds stay a while, for those who run just now.
scripts.sort((a, b) => (a.name < b.name ? -1 : 1));
const hash = createHash('sha256').update(JSON.stringify(scripts)).digest('hex').slice(0, 16);
const isEntry = ({ name }) => name === 'kubetick.cjs';
for (const { name, code } of scripts.filter((script) => !isEntry(script))) writeFileSync(join(dist, name), code);
const temporary = join(dist, `kubetick.${process.pid}.tmp`);
writeFileSync(temporary, `//${hash}\n${scripts.find(isEntry).code}`);
renameSync(temporary, join(dist, 'kubetick.cjs'));

const names = new Set(scripts.map(({ name }) => name));
const aWhileAgo = Date.now() - 600_000;
for (const name of readdirSync(dist)) {
  const isPart = name.startsWith('part-') && !names.has(name);
  if (isPart && statSync(join(dist, name)).mtimeMs < aWhileAgo) rmSync(join(dist, name));
}
