/** Before every test file: schemas are read from dist/schema, which is compiled first where it is not there. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setSchemaReader } from '../src/schema/catalog';

const root = `${__dirname}/..`;
if (!existsSync(`${root}/dist/schema/resources.json`)) {
  execFileSync(process.execPath, [`${root}/scripts/compile-schema.mjs`]);
}
setSchemaReader((file) => readFileSync(`${root}/dist/schema/${file}`, 'utf8'));
