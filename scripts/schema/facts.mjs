// Reads the tables under src/schema/facts: tab-separated, `#` lines are comments, the first other line names the columns.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../src/schema/facts/', import.meta.url));

/** The rows of a table as objects; empty cells are ''. */
export function readFacts(name) {
  const lines = readFileSync(`${folder}${name}.tsv`, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const columns = lines[0].split('\t');
  return lines.slice(1).map((line) => {
    const cells = line.split('\t');
    return Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? '']));
  });
}

/** A comma-separated cell; empty is []. */
export function list(cell) {
  return cell === '' ? [] : cell.split(',');
}

/** Descriptions of scalars that are types with names of their own, by Go type: no package tells that of a quantity. */
export function readScalarDescriptions() {
  return JSON.parse(readFileSync(`${folder}scalar-descriptions.json`, 'utf8'));
}
