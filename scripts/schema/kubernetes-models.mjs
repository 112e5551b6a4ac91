// Reads types out of the declarations of kubernetes-models and @kubernetes-models/apimachinery: fields, references, enums,
// what is required, descriptions. Nothing of those packages is executed.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const require = createRequire(import.meta.url);

/** Stands where this package does not say; the other one does. */
export const UNKNOWN = '?';

/** `core/v1.PodSpec` → { description, fields: { name: { type, enum?, description, required } } } */
export function readKubernetesModels() {
  const types = new Map();
  for (const name of ['kubernetes-models', '@kubernetes-models/apimachinery']) {
    const root = dirname(require.resolve(`${name}/package.json`));
    for (const file of declarations(root)) readDeclaration(readFileSync(file, 'utf8'), types);
  }
  return types;
}

function* declarations(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === '_schemas' || entry.name === 'node_modules') continue;
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* declarations(path);
    else if (entry.name.endsWith('.d.ts') && entry.name !== 'index.d.ts') yield path;
  }
}

function readDeclaration(text, types) {
  const names = new Map(); // ILocal → core/v1.Local
  for (const match of text.matchAll(/\b(I\w+) as I(Io\w+)/g)) names.set(match[1], typeName(match[2]));
  const lines = text.split('\n');
  let comment = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (line.startsWith('/**')) comment = [];
    else if (line.startsWith(' * ') || line === ' *') comment.push(line.slice(3));
    else if (line.startsWith('export interface ')) {
      const local = /^export interface (\w+)/.exec(line)[1];
      const name = names.get(local);
      const body = [];
      while (lines[++i] !== '}') body.push(lines[i]);
      if (name) types.set(name, { description: prose(comment), fields: readFields(body, names) });
      comment = [];
    }
  }
}

function readFields(lines, names) {
  const fields = {};
  let comment = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (line === '    /**') comment = [];
    else if (line.startsWith('     * ') || line === '     *') comment.push(line.slice(7));
    else {
      const match = /^ {4}"([^"]+)"(\?)?: (.*)$/.exec(line);
      if (!match) continue;
      let type = match[3];
      while (!balanced(type) || !type.endsWith(';')) type += ` ${lines[++i].trim()}`;
      fields[match[1]] = {
        ...readType(type.slice(0, -1), names),
        required: match[2] === undefined,
        description: prose(comment),
      };
      comment = [];
    }
  }
  return fields;
}

function balanced(text) {
  return text.split('{').length === text.split('}').length;
}

/** A TypeScript type → { type: 'string' | 'number' | 'boolean' | reference | `[]…` | `{}…`, enum? }. */
function readType(text, names) {
  const array = /^Array<(.*)>$/.exec(text);
  if (array) return within('[]', readType(array[1], names));
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(text);
  if (map) return within('{}', readType(map[1], names));
  if (/^".*"$/.test(text)) return { type: 'string', enum: text.split(' | ').map((value) => JSON.parse(value)) };
  if (/^(string|number|boolean)$/.test(text)) return { type: text };
  if (names.has(text)) return { type: names.get(text) };
  if (text.startsWith('IIo')) return { type: typeName(text.slice(1)) };
  if (text.startsWith('{ /**')) return { type: UNKNOWN }; // written out in place: StatefulSet's volumeClaimTemplates
  throw new Error(`kubernetes-models: what is ${text}?`);
}

function within(prefix, inner) {
  return { ...inner, type: prefix + inner.type };
}

/** `IoK8sApiCoreV1PodSpec` → `core/v1.PodSpec`; scalars that have names of their own → `quantity`, `time`, … */
function typeName(name) {
  const scalar = SCALARS[name];
  if (scalar) return scalar;
  const match =
    /^IoK8s(?:Api|ApimachineryPkgApis|ApiextensionsApiserverPkgApis|KubeAggregatorPkgApis)([A-Z][a-z]+?)(V\d+(?:(?:alpha|beta)\d+)?)([A-Z]\w*)$/.exec(
      name,
    );
  if (match) return `${match[1].toLowerCase()}/${match[2].toLowerCase()}.${match[3]}`;
  if (name === 'IoK8sApimachineryPkgVersionInfo') return 'version.Info';
  throw new Error(`kubernetes-models: what is ${name}?`);
}

const SCALARS = {
  IoK8sApimachineryPkgApiResourceQuantity: 'quantity',
  IoK8sApimachineryPkgUtilIntstrIntOrString: 'int-or-string',
  IoK8sApimachineryPkgRuntimeRawExtension: 'any',
  IoK8sApimachineryPkgApisMetaV1FieldsV1: 'any',
  IoK8sApimachineryPkgApisMetaV1Time: 'time',
  IoK8sApimachineryPkgApisMetaV1MicroTime: 'micro-time',
  IoK8sApiextensionsApiserverPkgApisApiextensionsV1JSON: 'any',
  IoK8sApiextensionsApiserverPkgApisApiextensionsV1JSONSchemaPropsOrArray: 'any',
  IoK8sApiextensionsApiserverPkgApisApiextensionsV1JSONSchemaPropsOrBool: 'any',
  IoK8sApiextensionsApiserverPkgApisApiextensionsV1JSONSchemaPropsOrStringArray: 'any',
};

function prose(lines) {
  const text = lines.filter((line) => line !== '@deprecated').join('\n');
  return text.replace(/\\([*/])/g, '$1').trim();
}
