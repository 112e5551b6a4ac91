// Reads types and paths out of the generated files of @kubernetes/client-node. Nothing of it is executed.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const require = createRequire(import.meta.url);
const root = `${dirname(require.resolve('@kubernetes/client-node'))}/gen`;

/**
 * `core/v1.PodSpec` → { description, fields: { name: { type, description, required } } }
 * @param names type names that the group of `V1PodSpec` is looked up in, the likelier ones first
 */
export function readClientNode(names) {
  const resolve = resolver(names);
  const types = new Map();
  const files = readdirSync(`${root}/models`).filter((file) => /^\w*V\d\w*\.d\.ts$/.test(file));
  // A name that doesn't say its group may be left over from before another group had it too: those that say it come first.
  for (const file of [...files.filter((file) => !/^V\d/.test(file)), ...files.filter((file) => /^V\d/.test(file))]) {
    const local = file.slice(0, -'.d.ts'.length);
    const name = resolve(local);
    if (!name || types.has(name)) continue;
    const declared = readDeclaration(readFileSync(`${root}/models/${local}.d.ts`, 'utf8'));
    const fields = {};
    const script = readFileSync(`${root}/models/${local}.js`, 'utf8');
    for (const match of script.matchAll(
      /"name": "(.*)",\s*"baseName": "(.*)",\s*"type": "(.*)",\s*"format": "(.*)"/g,
    )) {
      const { required = false, description = '' } = declared.fields[match[1]] ?? {};
      fields[match[2]] = { type: readType(match[3], match[4], resolve), required, description };
    }
    types.set(name, { description: declared.description, fields });
  }
  return types;
}

/** `/api/v1/namespaces/{namespace}/pods/{name}` → the HTTP methods it takes. */
export function readPaths() {
  const paths = new Map();
  for (const file of readdirSync(`${root}/apis`)) {
    if (!/V\d\w*Api\.js$/.test(file)) continue;
    const script = readFileSync(`${root}/apis/${file}`, 'utf8');
    for (const match of script.matchAll(/localVarPath = '([^']*)'[\s\S]*?HttpMethod\.([A-Z]+)\)/g)) {
      if (!paths.has(match[1])) paths.set(match[1], new Set());
      paths.get(match[1]).add(match[2]);
    }
  }
  return paths;
}

/** `V1PodSpec` → `core/v1.PodSpec`, by the one group that has it; `CoreV1Event` says its group. */
function resolver(names) {
  const byShortName = new Map();
  for (const name of names) {
    const short = name.slice(name.indexOf('/') + 1);
    byShortName.set(short, [...(byShortName.get(short) ?? []), name]);
  }
  return (local) => {
    if (local === 'VersionInfo') return 'version.Info';
    const match = /^([A-Z][a-z]+)??(V\d+(?:(?:alpha|beta)\d+)?)([A-Z]\w*)$/.exec(local);
    if (!match) return undefined;
    const short = `${match[2].toLowerCase()}.${match[3]}`;
    const candidates = byShortName.get(short) ?? [];
    if (match[1]) return candidates.find((name) => name.startsWith(`${match[1].toLowerCase()}/`));
    return candidates[0];
  };
}

const FORMATS = {
  int32: 'int32',
  int64: 'int64',
  double: 'double',
  byte: 'byte',
  'date-time': 'time',
  'date-time-micro': 'micro-time',
  'int-or-string': 'int-or-string',
};
const PLAIN = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  any: 'any',
  Date: 'time',
  IntOrString: 'int-or-string',
};

function readType(text, format, resolve) {
  const array = /^Array<(.*)>$/.exec(text);
  if (array) return `[]${readType(array[1], '', resolve)}`;
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(text);
  if (map) return `{}${readType(map[1], '', resolve)}`;
  if (Object.hasOwn(FORMATS, format)) return FORMATS[format];
  return PLAIN[text] ?? resolve(text) ?? 'any';
}

function readDeclaration(text) {
  const result = { description: '', fields: {} };
  const lines = text.split('\n');
  let comment = '';
  let inside = false;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i].trim();
    if (line === '/**') {
      const body = [];
      while (!lines[++i].trim().startsWith('*/')) body.push(lines[i].trim().replace(/^\* ?/, ''));
      comment = body.join('\n').replace(/\\(.)/g, '$1').trim();
    } else if (line.startsWith('export declare class')) {
      result.description = comment;
      comment = '';
      inside = true;
    } else if (inside) {
      const match = /^'([^']+)'(\?)?: /.exec(line);
      if (match) result.fields[match[1]] = { required: match[2] === undefined, description: comment };
      if (match || line.startsWith('static')) comment = '';
    }
  }
  return result;
}
