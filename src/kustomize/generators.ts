/** configMapGenerator and secretGenerator (api/internal/generators, api/kv). */
import { lookup, setField } from './fields';
import type { GeneratorArgs, GeneratorOptions } from './kustomization';
import type { Loader } from './loader';
import { mapNode, scalarNode, stringNode, type YamlNode } from './node';
import { baseName } from './paths';
import { type Behavior, Resource } from './resource';

export type GeneratedKind = 'ConfigMap' | 'Secret';

/** Makes the resource. @throws Error `loading KV pairs: …`, `configmap web illegally repeats the key …` */
export function generate(kind: GeneratedKind, args: GeneratorArgs, loader: Loader): Resource {
  const { name = '', namespace = '', options } = args;
  const node = mapNode([scalarNode('apiVersion'), stringNode('v1'), scalarNode('kind'), stringNode(kind)]);
  if (name === '') throw new Error('a configmap must have a name');
  const metadata = lookup(node, ['metadata'], 'map') as YamlNode;
  setField(metadata, 'name', stringNode(name));
  if (namespace !== '') setField(metadata, 'namespace', stringNode(namespace));
  if (kind === 'Secret') setField(node, 'type', stringNode(args.type || 'Opaque'));
  fill(node, kind, loadPairs(name, args, loader));
  annotate(metadata, 'labels', options?.labels);
  annotate(metadata, 'annotations', options?.annotations);
  if (options?.immutable) setField(node, 'immutable', scalarNode('true', '!!bool'));
  const resource = new Resource(node);
  if (!options?.disableNameSuffixHash) resource.requireHash();
  resource.behavior = behaviorOf(args.behavior);
  return resource;
}

function behaviorOf(text: string | undefined): Behavior {
  return text === 'create' || text === 'replace' || text === 'merge' ? text : 'unspecified';
}

/** generatorOptions go for all generators; what one says itself stands (types.MergeGlobalOptionsIntoLocal). */
export function withGlobalOptions(args: GeneratorArgs, global: GeneratorOptions | undefined): GeneratorArgs {
  if (!global) return args;
  const { options = {} } = args;
  const merged: GeneratorOptions = { ...options };
  if (options.labels || global.labels) merged.labels = { ...global.labels, ...options.labels };
  if (options.annotations || global.annotations) merged.annotations = { ...global.annotations, ...options.annotations };
  if (global.disableNameSuffixHash) merged.disableNameSuffixHash = true;
  if (global.immutable) merged.immutable = true;
  return { ...args, options: merged };
}

function annotate(metadata: YamlNode, field: string, texts: Record<string, string> | undefined): void {
  for (const key of Object.keys(texts ?? {}).sort()) {
    const node = stringNode(texts?.[key] as string);
    node.style = 'single';
    setField(lookup(metadata, [field], 'map') as YamlNode, key, node);
  }
}

type Value = string | Uint8Array;

function fill(node: YamlNode, kind: GeneratedKind, values: ReadonlyMap<string, Value>): void {
  if (kind === 'Secret') lookup(node, ['data'], 'map');
  for (const key of [...values.keys()].sort()) {
    const value = values.get(key) as Value;
    const text = kind === 'Secret' ? undefined : textOfBytes(value);
    const field = kind === 'Secret' || text !== undefined ? 'data' : 'binaryData';
    setField(lookup(node, [field], 'map') as YamlNode, key, stringNode(text ?? encodeBase64(value)));
  }
}

/** Undefined for bytes that are not UTF-8. */
function textOfBytes(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    return undefined;
  }
}

/** Lines of 70 letters, where it takes more than one (kyaml datamap.go encodeBase64). */
function encodeBase64(value: Value): string {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  let binary = '';
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  const encoded = btoa(binary);
  return encoded.length < 70 ? encoded : encoded.replace(/.{1,70}/g, '$&\n');
}

function loadPairs(name: string, args: GeneratorArgs, loader: Loader): Map<string, Value> {
  const sources = [
    ['env source files', args.envs ?? [], (path: string) => envFile(path, loader)],
    ['literal sources', args.literals ?? [], (text: string) => [literal(text)]],
    ['file sources', args.files ?? [], (text: string) => [file(text, loader)]],
  ] as const;
  const pairs: [string, Value][] = [];
  for (const [what, given, read] of sources) {
    try {
      for (const source of given) pairs.push(...read(source));
    } catch (error) {
      const colon = what === 'literal sources' ? '' : ':';
      throw new Error(`loading KV pairs: ${what}${colon} [${given.join(' ')}]: ${(error as Error).message}`);
    }
  }
  const values = new Map<string, Value>();
  for (const [key, value] of pairs) {
    if (values.has(key)) throw new Error(`configmap ${name} illegally repeats the key \`${key}\``);
    values.set(key, value);
  }
  return values;
}

function literal(source: string): [string, Value] {
  const at = source.indexOf('=');
  if (at <= 0) throw new Error(`invalid literal source ${source}, expected key=value`);
  const value = source.slice(at + 1);
  const quoted = value.length >= 2 && /^["']/.test(value) && value.at(-1) === value[0];
  return [source.slice(0, at), quoted ? value.slice(1, -1) : value];
}

function file(source: string, loader: Loader): [string, Value] {
  const q = JSON.stringify;
  const parts = source.split('=');
  if (parts.length > 2) throw new Error(`source ${q(source)} key name or file path contains '='`);
  const [first = '', path] = parts;
  if (path === undefined) return [baseName(source), loader.bytes(source)];
  if (first === '') throw new Error(`missing key name for file path ${q(path)} in source ${q(source)}`);
  if (path === '') throw new Error(`missing file path for key name ${q(first)} in source ${q(source)}`);
  return [first, loader.bytes(path)];
}

function envFile(path: string, loader: Loader): [string, Value][] {
  const text = textOfBytes(loader.bytes(path));
  if (text === undefined) throw new Error('line has invalid utf8 bytes');
  const lines = text.split('\n');
  const pairs: [string, Value][] = [];
  for (const [i, raw] of lines.entries()) {
    const line = (i === 0 ? raw.replace(/^\ufeff/, '') : raw).replace(/\r$/, '').trimStart();
    if (line === '' || line.startsWith('#')) continue;
    const at = line.indexOf('=');
    const key = at < 0 ? line : line.slice(0, at);
    if (key !== '') pairs.push([key, at < 0 ? '' : line.slice(at + 1)]);
  }
  return pairs;
}
