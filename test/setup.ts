/** Before every test file: schemas are read from dist/schema, which is compiled first where it is not there. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { setSchemaReader } from '../src/schema/catalog';

// V8 11 (Node.js 20) compiles a function anew early and often, on a core of its own; where each core runs tests already, those wait
// for it. Later versions have no such setting.
if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=400000');

const root = `${__dirname}/..`;
if (!existsSync(`${root}/dist/schema/resources.json`)) {
  execFileSync(process.execPath, [`${root}/scripts/compile-schema.mjs`]);
}
setSchemaReader((file) => readFileSync(`${root}/dist/schema/${file}`, 'utf8'));
