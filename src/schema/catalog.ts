/**
 * The schemas of built-in kinds, read from the compiled files when first asked for. Reading is injected, so that this runs
 * wherever JavaScript does: the host says how a file of dist/schema is read.
 */
import { type CompiledFile, type CompiledSchema, Struct } from './compiled';
import type { Schema } from './schema';

/** `index.json`: the folder of types of a group, and its versions, the preferred one first. */
type Index = Record<string, { types: string; versions: string[] }>;

let read: (file: string) => string = () => {
  throw new Error('no schema reader was set');
};

/**
 * Says how a compiled file (`core.v1.json`) is read; what was read before is forgotten.
 * @param reader gives the text of a file of dist/schema
 */
export function setSchemaReader(reader: (file: string) => string): void {
  read = reader;
  index = undefined;
  numbers.clear();
  plain = new Catalog(false);
  described = new Catalog(true);
}

/** Reads and parses a compiled file. */
export function readCompiled<T>(name: string): T {
  return JSON.parse(read(`${name}.json`)) as T;
}

class Catalog {
  private readonly files = new Map<string, CompiledFile>();
  private readonly texts = new Map<string, Record<string, Record<string, string>>>();
  private readonly structs = new Map<string, Struct>();
  private readonly roots = new Map<string, CompiledSchema>();
  private scalars: Record<string, string> | undefined;

  constructor(private readonly withDescriptions: boolean) {}

  /** Of a name that is known to be one. */
  struct(name: string): Struct {
    const struct = this.find(name);
    if (!struct) throw new Error(`the schema has no type ${name}`);
    return struct;
  }

  find(name: string): Struct | undefined {
    const known = this.structs.get(name);
    if (known) return known;
    const dot = name.lastIndexOf('.');
    const file = name.slice(0, dot).replace('/', '.');
    const short = name.slice(dot + 1);
    const types = this.file(file);
    if (!Object.hasOwn(types, short)) return undefined;
    const compiled = types[short] as CompiledFile[string];
    const struct = new Struct(name, compiled, this, this.withDescriptions ? this.text(file)[short] : undefined);
    this.structs.set(name, struct);
    return struct;
  }

  root(name: string): CompiledSchema | undefined {
    const known = this.roots.get(name);
    if (known) return known;
    const root = this.find(name)?.root();
    if (root) this.roots.set(name, root);
    return root;
  }

  scalarDescription(goType: string): string | undefined {
    if (!this.withDescriptions) return undefined;
    this.scalars ??= readCompiled<Record<string, string>>('scalars.descriptions');
    return this.scalars[goType];
  }

  private file(name: string): CompiledFile {
    let file = this.files.get(name);
    if (!file) {
      file = readCompiled<CompiledFile>(name);
      this.files.set(name, file);
    }
    return file;
  }

  private text(name: string): Record<string, Record<string, string>> {
    let texts = this.texts.get(name);
    if (!texts) {
      texts = readCompiled<Record<string, Record<string, string>>>(`${name}.descriptions`);
      this.texts.set(name, texts);
    }
    return texts;
  }
}

let index: Index | undefined;
let plain = new Catalog(false);
let described = new Catalog(true);

/** The schema of a built-in kind, or `undefined` where Kubernetes 1.36 has none: `kindSchema('apps', 'v1', 'Deployment')`. */
export function kindSchema(group: string, version: string, kind: string): Schema | undefined {
  return kindIn(plain, group, version, kind);
}

/** Like kindSchema, with descriptions of fields and types. */
export function describedSchema(group: string, version: string, kind: string): Schema | undefined {
  return kindIn(described, group, version, kind);
}

const SHARED_FOLDERS: readonly string[] = ['meta/v1', 'meta/v1beta1', 'version'];

/** A struct type by its name: `core/v1.PodSpec`, `meta/v1.DeleteOptions`. */
export function schemaNamed(name: string): Schema | undefined {
  const folders = Object.entries(builtinGroups()).flatMap(([, { types, versions }]) =>
    versions.map((version) => `${types}/${version}`),
  );
  const folder = name.slice(0, name.lastIndexOf('.'));
  if (!SHARED_FOLDERS.includes(folder) && !folders.includes(folder)) return undefined;
  return plain.root(name);
}

/** Like schemaNamed, with descriptions of fields and types. */
export function describedSchemaNamed(name: string): CompiledSchema | undefined {
  return described.root(name);
}

/** The protobuf field numbers of a type, by the names of its fields; several where it lies within embedded messages. */
export function fieldNumbers(name: string): Readonly<Record<string, number | number[]>> | undefined {
  const dot = name.lastIndexOf('.');
  const file = name.slice(0, dot).replace('/', '.');
  let known = numbers.get(file);
  if (!known) {
    known = readCompiled<NumberedFile>(`${file}.protobuf`);
    numbers.set(file, known);
  }
  const short = name.slice(dot + 1);
  return Object.hasOwn(known, short) ? known[short] : undefined;
}

type NumberedFile = Record<string, Record<string, number | number[]>>;
const numbers = new Map<string, NumberedFile>();

/** Names the state of the compiled schema: another one, another text. */
export function compiledSignature(): string {
  return readCompiled<{ signature: string }>('signature').signature;
}

/** The groups that have compiled types: folder and versions, the preferred version first. */
export function builtinGroups(): Index {
  index ??= readCompiled<Index>('index');
  return index;
}

function kindIn(catalog: Catalog, group: string, version: string, kind: string): Schema | undefined {
  const groups = builtinGroups();
  const known = Object.hasOwn(groups, group) ? groups[group] : undefined;
  if (!known?.versions.includes(version)) return undefined;
  const name = `${known.types}/${version}.${kind}`;
  return catalog.find(name)?.isKind ? catalog.root(name) : undefined;
}
