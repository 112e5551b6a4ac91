// Compiles the schema of Kubernetes 1.36 into dist/schema: what kubernetes-models and @kubernetes/client-node say of types,
// joined with the facts under src/schema/facts. One file of types per group and version, its descriptions and its protobuf
// field numbers beside it, index.json (which there are) and resources.json (what a server serves). How the files read is in src/schema/compiled.ts.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readClientNode, readPaths } from './schema/client-node.mjs';
import { list, readFacts, readScalarDescriptions } from './schema/facts.mjs';
import { readKubernetesModels, UNKNOWN } from './schema/kubernetes-models.mjs';
import { protobufNumbers } from './schema/protobuf-numbers.mjs';
import { resourceIndex } from './schema/resource-index.mjs';

const output = fileURLToPath(new URL('../dist/schema/', import.meta.url));

export function compileSchema(folder = output) {
  const groups = readFacts('groups').map((row) => ({ ...row, versions: list(row.versions), served: list(row.served) }));
  const wanted = new Set(groups.flatMap((group) => group.versions.map((version) => `${group.types}/${version}`)));
  wanted.add('meta/v1').add('version');
  const { types, descriptions } = compileTypes((name) => wanted.has(groupVersionOf(name)));
  addMetadataOnly(types, descriptions);
  mkdirSync(folder, { recursive: true });
  const stale = new Set(readdirSync(folder));
  const signature = createHash('sha256');
  // Replaced one by one, each in one step: somebody may be reading.
  const write = (name, value) => {
    const file = `${name}.json`;
    const temporary = `${folder}${file}.${process.pid}.tmp`;
    const text = JSON.stringify(value);
    signature.update(`${name} ${text}\n`);
    writeFileSync(temporary, text);
    renameSync(temporary, `${folder}${file}`);
    stale.delete(file);
  };

  const numbers = protobufNumbers(types);
  const files = new Map(); // core.v1 → names of its types
  for (const name of types.keys()) {
    const file = groupVersionOf(name).replace('/', '.');
    files.set(file, [...(files.get(file) ?? []), name]);
  }
  for (const [file, names] of files) {
    const short = (name) => name.slice(name.lastIndexOf('.') + 1);
    write(file, Object.fromEntries(names.map((name) => [short(name), types.get(name)])));
    write(`${file}.descriptions`, Object.fromEntries(names.map((name) => [short(name), descriptions.get(name)])));
    const numbered = names.filter((name) => numbers.has(name));
    if (numbered.length > 0)
      write(`${file}.protobuf`, Object.fromEntries(numbered.map((name) => [short(name), numbers.get(name)])));
  }
  write('scalars.descriptions', readScalarDescriptions());
  write('index', Object.fromEntries(groups.map(({ group, types, versions }) => [group, { types, versions }])));
  write('resources', resourceIndex(types, groups, readPaths()));
  write('signature', { signature: signature.copy().digest('hex') });
  for (const file of stale) if (file.endsWith('.json')) rmSync(`${folder}${file}`);
}

/** What objects are without what makes them what they are. No package has these types: they are in no OpenAPI. */
function addMetadataOnly(types, descriptions) {
  const name = 'meta/v1.PartialObjectMetadata';
  const typeMeta = {
    apiVersion: { type: 'string', embedded: 'TypeMeta' },
    kind: { type: 'string', embedded: 'TypeMeta' },
  };
  types.set(name, { kind: true, fields: { ...typeMeta, metadata: 'meta/v1.ObjectMeta' } });
  descriptions.set(name, { '': '' });
  for (const version of ['v1', 'v1beta1']) {
    const fields = { ...typeMeta, metadata: 'meta/v1.ListMeta', items: { type: `[]${name}`, always: true } };
    types.set(`meta/${version}.PartialObjectMetadataList`, { kind: true, fields });
    descriptions.set(`meta/${version}.PartialObjectMetadataList`, { '': '' });
  }
}

/** `core/v1.PodSpec` → `core/v1` */
function groupVersionOf(name) {
  return name.slice(0, name.lastIndexOf('.'));
}

/** Joins all sources: `core/v1.PodSpec` → its fields, and → its descriptions. */
function compileTypes(isWanted) {
  const go = new Map(); // core/v1.PodSpec → field → facts, in declared order
  for (const row of readFacts('go-types')) {
    if (!go.has(row.type)) go.set(row.type, new Map());
    go.get(row.type).set(row.field, row);
  }
  const models = readKubernetesModels();
  const client = readClientNode([...new Set([...models.keys(), ...go.keys()])]);
  const names = withReferences([...client.keys(), 'version.Info'].filter(isWanted), models, client);
  const merge = keyed(readFacts('list-and-patch-strategies'));
  const defaults = keyed(readFacts('schema-defaults'));
  const atomic = new Set(readFacts('atomic-structs').map((row) => row.type));

  const types = new Map();
  const descriptions = new Map();
  for (const name of names) {
    const sources = [models.get(name), client.get(name)].filter(Boolean);
    const facts = go.get(name) ?? new Map();
    const known = new Set(sources.flatMap((source) => Object.keys(source.fields)));
    const inlined = ['apiVersion', 'kind'].filter((field) => known.has(field) && !facts.has(field));
    const declared = [...facts.keys()].filter((field) => known.has(field));
    const rest = [...known].filter((field) => !facts.has(field) && !inlined.includes(field)).sort();

    const fields = {};
    const texts = { '': sources.map((source) => source.description).find(Boolean) ?? '' };
    const required = [];
    for (const field of [...inlined, ...declared, ...rest]) {
      const told = sources.map((source) => source.fields[field]).filter(Boolean);
      const isInlined = inlined.includes(field);
      fields[field] = compact({
        ...(isInlined ? { type: 'string', embedded: 'TypeMeta' } : typeOf(told, facts.get(field))),
        ...defaultOf(defaults.get(`${name} ${field}`)),
        ...mergeOf(mergeRow(merge, name, field, facts.get(field))),
      });
      if (!isInlined && told.some((source) => source.required)) required.push(field);
      // client-node gives a field that has no description that of its type; of apiVersion and kind it alone has any.
      texts[field] = (isInlined ? told.map((source) => source.description).find(Boolean) : told[0].description) ?? '';
    }
    types.set(name, {
      ...(inlined.length === 2 ? { kind: true } : {}),
      ...(atomic.has(name) ? { atomic: true } : {}),
      ...(required.length > 0 ? { required } : {}),
      fields,
    });
    descriptions.set(name, texts);
  }
  return { types, descriptions };
}

/** The names and all that their fields refer to, sorted: client-node leaves empty structs out. */
function withReferences(names, ...sources) {
  const all = new Set(names);
  for (const name of all) {
    const fields = sources.flatMap((source) => Object.values(source.get(name)?.fields ?? {}));
    for (const { type } of fields) {
      const leaf = type.replace(/^(?:\[\]|\{\})*/, '');
      if (!leaf.includes('/') || all.has(leaf)) continue;
      if (!sources.some((source) => source.has(leaf))) throw new Error(`${name} refers to ${leaf}, which nobody has`);
      all.add(leaf);
    }
  }
  return [...all].sort();
}

function keyed(rows) {
  return new Map(rows.map((row) => [`${row.type} ${row.field}`, row]));
}

/** `{ type: '*int32' }`, and where it can't be derived from that: goType; always when it isn't left out empty. */
function typeOf(told, facts) {
  let type = told.map((source) => source.type).find((text) => !text.includes(UNKNOWN));
  const go = facts?.goType ?? '';
  const pointer = go.startsWith('*') ? '*' : '';
  const bare = go.slice(pointer.length);
  const leaf = type.replace(/^(?:\[\]|\{\})*/, '');
  if (leaf === 'number') type = type.replace(leaf, numberOf(told, bare));
  else if (leaf === 'string' && /\[\]uint8$/.test(bare)) type = type.replace(leaf, 'byte');
  const enumeration = told.map((source) => source.enum).find(Boolean);
  return {
    type: pointer + type,
    ...(enumeration ? { enum: enumeration } : {}),
    ...(bare !== '' && bare !== derivedGoType(type) ? { go: bare } : {}),
    ...(facts && !facts.omit.includes('e') ? { always: true } : {}),
    ...(facts?.omit.includes('z') ? { omitZero: true } : {}),
    ...(facts?.embedded ? { embedded: facts.embedded } : {}),
  };
}

function numberOf(told, go) {
  const exact = told.map((source) => source.type).find((type) => /int32|int64|double/.test(type));
  if (exact) return /int32|int64|double/.exec(exact)[0];
  const leaf = /(int32|int64|float64)$/.exec(go)?.[1];
  if (leaf) return leaf === 'float64' ? 'double' : leaf;
  throw new Error(`what number is ${go}?`);
}

/** What src/schema/compiled.ts takes for the Go type of a type expression; keep the two alike. */
function derivedGoType(type) {
  if (type.startsWith('[]')) return `[]${derivedGoType(type.slice(2))}`;
  if (type.startsWith('{}')) return `map[string]${derivedGoType(type.slice(2))}`;
  const reference = /\/(\w+\.\w+)$/.exec(type);
  return reference ? reference[1] : GO_TYPES[type];
}

const GO_TYPES = {
  string: 'string',
  boolean: 'bool',
  int32: 'int32',
  int64: 'int64',
  double: 'float64',
  byte: '[]uint8',
  time: 'v1.Time',
  'micro-time': 'v1.MicroTime',
  quantity: 'resource.Quantity',
  'int-or-string': 'intstr.IntOrString',
  any: 'runtime.RawExtension',
};

function defaultOf(row) {
  return row ? { default: JSON.parse(row.default) } : {};
}

/** The row of a field, or of the field where its embedded struct declares it. */
function mergeRow(merge, name, field, facts) {
  const own = merge.get(`${name} ${field}`);
  if (own || !facts?.embedded) return own;
  const struct = facts.embedded.split('.').at(-1);
  const groupVersion = groupVersionOf(name);
  return (
    merge.get(`${groupVersion}.${struct} ${field}`) ??
    merge.get(`${groupVersion.replace(/\/.*/, '/v1')}.${struct} ${field}`)
  );
}

function mergeOf(row) {
  if (!row) return {};
  return {
    ...(row.patchStrategy ? { patchStrategy: list(row.patchStrategy) } : {}),
    ...(row.patchMergeKey ? { patchMergeKey: row.patchMergeKey } : {}),
    ...(row.listType ? { listType: row.listType } : {}),
    ...(row.listMapKeys ? { listMapKeys: list(row.listMapKeys) } : {}),
    ...(row.atomic ? { atomic: true } : {}),
  };
}

/** A field of which only the type is to be said is that text alone. */
function compact(field) {
  return Object.keys(field).length === 1 ? field.type : field;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) compileSchema();
