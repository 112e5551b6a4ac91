/**
 * From YAML nodes to JSON, as go-yaml v2 decodes them into interface{} and sigs.k8s.io/yaml makes JSON of that
 * (decode.go, yaml.go convertToJSONableObject).
 */
import { type Alias, isAlias, isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { formatShortest } from '../apimachinery/float-text';
import { type Json, type JsonObject, setKey } from '../apimachinery/json';
import { scalarWithSeparators } from './line-separators';
import { type Resolved, resolvePlain } from './resolve';

export interface DecodeOptions {
  /** What a key that stands twice in one mapping does: an error (default), or the last one counts. */
  duplicateKeys?: 'error' | 'last';
  /** The text as it was, where separators end lines in it that the library was not shown. */
  separated?: string | undefined;
  /** Turns an offset into a line, from 1. */
  lineAt(offset: number): number;
}

/** A failure in go-yaml's words; the caller puts `yaml: ` and more before it. */
export class DecodeError extends Error {}
/** A failure of encoding/json or sigs.k8s.io/yaml on what YAML could say and JSON can't. */
export class ConvertError extends Error {}

const TAG = 'tag:yaml.org,2002:';

/** The JSON value of a document's content; `contents` null is an empty document. */
export function decodeNode(contents: unknown, options: DecodeOptions, hasAliases: boolean): Json {
  const decoder = new Decoder(options);
  if (hasAliases) decoder.bindAliases(contents);
  const value = decoder.decode(contents);
  if (decoder.problems.length > 0)
    throw new DecodeError(`unmarshal errors:\n${decoder.problems.map((problem) => `  ${problem}`).join('\n')}`);
  return value;
}

class Decoder {
  readonly problems: string[] = [];
  private readonly targets = new Map<Alias, unknown>();
  private readonly open = new Set<Alias>();
  private decoded = 0;
  private decodedByAlias = 0;
  private aliasDepth = 0;

  constructor(private readonly options: DecodeOptions) {}

  /** An alias means the last node before it that has the anchor. */
  bindAliases(contents: unknown): void {
    const anchors = new Map<string, unknown>();
    const visit = (node: unknown): void => {
      if (isAlias(node)) {
        if (!anchors.has(node.source)) throw new DecodeError(`unknown anchor '${node.source}' referenced`);
        this.targets.set(node, anchors.get(node.source));
        return;
      }
      const anchor = (node as { anchor?: string } | null)?.anchor;
      if (anchor) anchors.set(anchor, node);
      if (isMap(node)) {
        for (const pair of node.items) {
          visit(pair.key);
          visit(pair.value);
        }
      } else if (isSeq(node)) {
        for (const item of node.items) visit(item);
      }
    };
    visit(contents);
  }

  decode(node: unknown): Json {
    this.count();
    if (isScalar(node)) return scalarToJson(this.scalar(node));
    if (isMap(node)) return this.mapping(node, {});
    if (isSeq(node)) return node.items.map((item) => this.decode(item));
    if (isAlias(node)) return this.throughAlias(node, (target) => this.decode(target));
    return null;
  }

  private throughAlias<T>(alias: Alias, decode: (target: unknown) => T): T {
    if (this.open.has(alias)) throw new DecodeError(`anchor '${alias.source}' value contains itself`);
    this.open.add(alias);
    this.aliasDepth++;
    const value = decode(this.targets.get(alias));
    this.aliasDepth--;
    this.open.delete(alias);
    return value;
  }

  /** go-yaml's guard against a document that grows by aliases of aliases. */
  private count(): void {
    this.decoded++;
    if (this.aliasDepth > 0) this.decodedByAlias++;
    if (this.decodedByAlias <= 100 || this.decoded <= 1000) return;
    const low = 400_000;
    const high = 4_000_000;
    const allowed =
      this.decoded <= low ? 0.99 : this.decoded >= high ? 0.1 : 0.99 - 0.89 * ((this.decoded - low) / (high - low));
    if (this.decodedByAlias / this.decoded > allowed) throw new DecodeError('document contains excessive aliasing');
  }

  private mapping(map: YAMLMap, object: JsonObject): JsonObject {
    const seen = new Set<unknown>();
    for (const pair of map.items as Pair[]) {
      if (isMerge(pair.key)) {
        this.merge(pair.value, object);
        continue;
      }
      this.count();
      const key = this.key(pair.key);
      // Of the same name and kind: `1` and `"1"` are two keys to go-yaml.
      const identity = typeof key === 'string' ? key : `${typeof key}\0${String(key)}`;
      const value = this.decode(pair.value);
      if (seen.has(identity) && this.options.duplicateKeys !== 'last') {
        const quoted = typeof key === 'string' ? quoteGo(key) : String(key);
        this.problems.push(`line ${this.lineOf(pair)}: key ${quoted} already set in map`);
        continue;
      }
      seen.add(identity);
      setKey(object, keyText(key, value), value);
    }
    return object;
  }

  /** Keys are scalars, or aliases of scalars. */
  private key(node: unknown): Resolved['value'] {
    if (isAlias(node)) return this.throughAlias(node, (target) => this.key(target));
    if (isScalar(node)) return this.scalar(node).value;
    if (node === null || node === undefined) return null;
    throw new DecodeError(`invalid map key: ${this.goSyntax(node)}`);
  }

  private merge(node: unknown, object: JsonObject): void {
    const one = (source: unknown): void => {
      const target = isAlias(source) ? this.targets.get(source) : source;
      if (!isMap(target)) throw new DecodeError('map merge requires map or sequence of maps as the value');
      this.count();
      if (isAlias(source)) this.throughAlias(source, () => this.mapping(target, object));
      else this.mapping(target, object);
    };
    // Of several maps the first wins, so they are laid down from the last.
    if (isSeq(node)) for (const item of [...node.items].reverse()) one(item);
    else one(node);
  }

  private scalar(node: Scalar): Resolved {
    const { separated } = this.options;
    const text =
      (separated === undefined ? undefined : scalarWithSeparators(node, separated)) ??
      (typeof node.value === 'string' ? node.value : (node.source ?? ''));
    const tag = node.tag;
    if (tag === undefined || tag === '') {
      if (node.type !== undefined && node.type !== 'PLAIN') return { tag: '!!str', value: text };
      return resolvePlain(text);
    }
    switch (tag) {
      case `${TAG}str`:
        return { tag: '!!str', value: text };
      case `${TAG}binary`:
        return { tag: '!!str', value: decodeBinary(text) };
      case `${TAG}bool`:
      case `${TAG}int`:
      case `${TAG}float`:
      case `${TAG}null`:
      case `${TAG}timestamp`: {
        const short = `!!${tag.slice(TAG.length)}`;
        const resolved = resolvePlain(text);
        if (resolved.tag === short) return resolved;
        if (short === '!!float' && resolved.tag === '!!int') return { tag: '!!float', value: Number(resolved.value) };
        throw new DecodeError(`cannot decode ${resolved.tag} \`${text}\` as a ${short}`);
      }
      default:
        return { tag: '!!str', value: text };
    }
  }

  private lineOf(pair: Pair): number {
    const range = ((pair.value ?? pair.key) as { range?: [number, number, number] | null } | null)?.range;
    return range ? this.options.lineAt(range[0]) : 0;
  }

  /** A collection as Go's %#v prints it: what a `{{ template }}` that was never filled in looks like to YAML. */
  private goSyntax(node: unknown): string {
    if (isAlias(node)) return this.throughAlias(node, (target) => this.goSyntax(target));
    if (isMap(node)) {
      const members = (node.items as Pair[]).map((pair) => {
        if (!isScalar(pair.key) && !isAlias(pair.key) && pair.key !== null)
          throw new DecodeError(`invalid map key: ${this.goSyntax(pair.key)}`);
        return `${this.goSyntax(pair.key)}:${this.goSyntax(pair.value)}`;
      });
      return `map[interface {}]interface {}{${members.join(', ')}}`;
    }
    if (isSeq(node)) return `[]interface {}{${node.items.map((item) => this.goSyntax(item)).join(', ')}}`;
    const value = isScalar(node) ? this.scalar(node).value : null;
    if (value === null) return 'interface {}(nil)';
    return typeof value === 'string'
      ? quoteGo(value)
      : typeof value === 'number' && !Number.isInteger(value)
        ? formatShortest(value)
        : String(value);
  }
}

function isMerge(node: unknown): boolean {
  if (!isScalar(node) || node.value !== '<<') return false;
  return node.tag === `${TAG}merge` || (!node.tag && (node.type === undefined || node.type === 'PLAIN'));
}

function scalarToJson(resolved: Resolved): Json {
  const { value } = resolved;
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new ConvertError(`json: unsupported value: ${formatShortest(value)}`);
  // JSON integers end where int64 does; what lies beyond is a double.
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) !== value) return Number(value);
  return Object.is(value, -0) ? 0 : value;
}

function keyText(key: Resolved['value'], value: Json): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'boolean') return String(key);
  if (typeof key === 'number') {
    if (Number.isInteger(key) && Math.abs(key) <= Number.MAX_SAFE_INTEGER) return String(key);
    const text = formatShortest(key, 32);
    return text === '+Inf' ? '.inf' : text === '-Inf' ? '-.inf' : text === 'NaN' ? '.nan' : text;
  }
  if (typeof key === 'bigint' && BigInt.asIntN(64, key) === key) return String(key);
  const [type, shown] = key === null ? ['%!s(<nil>)', '<nil>'] : ['uint64', `0x${key.toString(16)}`];
  throw new ConvertError(`unsupported map key of type: ${type}, key: ${shown}, value: ${goValue(value)}`);
}

/** A decoded value as %#v prints it. */
function goValue(value: Json): string {
  if (value === null) return '<nil>';
  if (typeof value === 'string') return quoteGo(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(inner).join(', ')}}`;
  if (typeof value === 'object') {
    const members = Object.keys(value)
      .sort()
      .map((key) => `${quoteGo(key)}:${inner(value[key] as Json)}`);
    return `map[interface {}]interface {}{${members.join(', ')}}`;
  }
  return typeof value === 'number' ? formatShortest(value) : String(value);
}

function inner(value: Json): string {
  return value === null ? 'interface {}(nil)' : goValue(value);
}

function decodeBinary(text: string): string {
  const clean = text.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(clean))
    throw new DecodeError('!!binary value contains invalid base64 data');
  const bytes = Uint8Array.from(atob(clean), (c) => c.charCodeAt(0));
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** Go's %q, as far as keys need it. */
function quoteGo(text: string): string {
  return JSON.stringify(text)
    .replace(/\\u00([0-9a-f]{2})/g, '\\x$1')
    .replaceAll('\\x07', '\\a')
    .replaceAll('\\x0b', '\\v');
}
