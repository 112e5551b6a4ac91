/**
 * From nodes to JSON values and back. A node means what go-yaml v3 reads when it has written the node itself (encode.go
 * node, resolve.go, decode.go): YAML 1.2 but for octals, so that `yes` and `on` are texts.
 */
import { formatShortest } from '../apimachinery/float-text';
import { isObject, type Json, type JsonObject, setKey } from '../apimachinery/json';
import { isAmbiguous, type Resolved, resolvePlain } from '../yaml/resolve';
import { isQuoted, mapNode, type NodeTag, scalarNode, seqNode, stringNode, type YamlNode } from './node';
import { writeNode } from './node-write';
import { resolveScalar } from './scalar';

/** What go-yaml says of nodes that make no value: `yaml: unmarshal errors: …`. */
export class NodeValueError extends Error {}

/**
 * What the node of an object means.
 * @throws NodeValueError for keys that stand twice or are no texts, and values that are not what their tag says.
 */
export function nodeToJson(node: YamlNode | undefined): Json {
  return node === undefined ? null : valueOfNode(node, node, false);
}

function valueOfNode(node: YamlNode, root: YamlNode, inFlow: boolean): Json {
  if (node.kind === 'scalar') return scalarToJson(node, inFlow);
  const flow = inFlow || node.style === 'flow';
  return node.kind === 'seq' ? node.content.map((item) => valueOfNode(item, root, flow)) : mapToJson(node, root, flow);
}

function mapToJson(node: YamlNode, root: YamlNode, flow: boolean): JsonObject {
  const object: JsonObject = {};
  const { content } = node;
  for (let i = 0; i < content.length; i += 2) {
    const key = content[i] as YamlNode;
    if (Object.hasOwn(object, key.value)) throw duplicateKey(root, node, key);
    // The outermost mapping is read into one that has texts for keys; the others go by what is there.
    if (node !== root && !isTextKey(key)) throw new NodeValueError(UNSUPPORTED_KEYS);
    setKey(object, key.value, valueOfNode(content[i + 1] as YamlNode, root, flow));
  }
  return object;
}

const UNSUPPORTED_KEYS = 'json: unsupported type: map[interface {}]interface {}';

/** False for keys such as `80` and `true`, which are no texts to YAML. */
export function isTextKey(key: YamlNode): boolean {
  if (key.kind !== 'scalar') return false;
  if (key.tag === '!!str' || (key.tag === '' && isQuoted(key))) return true;
  return key.tag === '' && resolveScalar(key.value).tag === '!!str';
}

/** Lines are those of the object as it would be written. */
function duplicateKey(root: YamlNode, map: YamlNode, key: YamlNode): NodeValueError {
  const first = map.content.find((each, i) => i % 2 === 0 && each.value === key.value) as YamlNode;
  const { value } = key;
  const lineOf = (node: YamlNode) => {
    node.value = '\u{e000}';
    const before = writeNode(root).split('\u{e000}')[0] as string;
    node.value = value;
    return before.split('\n').length;
  };
  const [at, earlier] = [lineOf(key), lineOf(first)];
  return new NodeValueError(
    `yaml: unmarshal errors:\n  line ${at}: mapping key ${JSON.stringify(value)} already defined at line ${earlier}`,
  );
}

function scalarToJson(node: YamlNode, inFlow: boolean): Json {
  let { tag } = node;
  if (tag === '!!str') return node.value;
  if (tag !== '' && resolveScalar(node.value).tag === tag) tag = '';
  if (tag === '') {
    if (isQuoted(node) || node.value.includes('\n')) return node.value;
    // Nothing at all can't be written between commas: it becomes an empty text.
    if (inFlow && node.value === '') return '';
    return resolvedToJson(resolveScalar(node.value));
  }
  return taggedToJson(tag, node.value);
}

const RESOLVABLE = ['!!bool', '!!int', '!!float', '!!null', '!!timestamp'];

function taggedToJson(tag: NodeTag, text: string): Json {
  if (tag === '!!binary') return new TextDecoder().decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
  if (!RESOLVABLE.includes(tag)) return text;
  const resolved = resolveScalar(text);
  if (tag === '!!float' && resolved.tag === '!!int') return Number(resolved.value);
  throw new NodeValueError(`yaml: cannot decode ${resolved.tag} \`${text}\` as a ${tag}`);
}

function resolvedToJson(resolved: Resolved): Json {
  if (resolved.tag === '!!timestamp') return timestampToJson(resolved.value);
  const { value } = resolved;
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new NodeValueError(`json: unsupported value: ${formatShortest(value)}`);
  return Object.is(value, -0) ? 0 : value;
}

/** A time as encoding/json writes it (RFC 3339 with as many digits as it takes). */
function timestampToJson(text: string): string {
  const match =
    /^(\d+)-(\d+)-(\d+)(?:(?:[Tt]| +)(\d+):(\d+):(\d+)(?:[.,](\d+))?(Z|[+-]\d+:\d+)?)?$/.exec(text) ?? ([] as string[]);
  const two = (part: string | undefined) => (part ?? '0').padStart(2, '0');
  const fraction = (match[7] ?? '').slice(0, 9).replace(/0+$/, '');
  const zone = match[8] === undefined || /^[+-]00:00$/.test(match[8]) ? 'Z' : match[8];
  const time = `${two(match[4])}:${two(match[5])}:${two(match[6])}`;
  return `${match[1]}-${two(match[2])}-${two(match[3])}T${time}${fraction ? `.${fraction}` : ''}${zone}`;
}

/**
 * A node that means this value. Numbers are doubles afterwards, as they are wherever upstream goes through
 * map[string]interface{} (RNode.UnmarshalJSON).
 */
export function nodeOfJson(value: Json): YamlNode {
  if (Array.isArray(value)) return tagged(seqNode(value.map(nodeOfJson)), '!!seq');
  if (isObject(value)) {
    const content = Object.keys(value)
      .sort()
      .flatMap((key) => [textNode(key), nodeOfJson(value[key] as Json)]);
    return tagged(mapNode(content), '!!map');
  }
  switch (typeof value) {
    case 'string':
      return textNode(value);
    case 'boolean':
      return scalarNode(String(value), '!!bool');
    case 'number':
    case 'bigint': {
      const text = formatShortest(Number(value));
      return scalarNode(text, resolveScalar(text).tag);
    }
    default:
      return scalarNode('null', '!!null');
  }
}

function textNode(text: string): YamlNode {
  const node = stringNode(text);
  if (node.style === '' && (text === '' || isAmbiguous(text))) node.style = 'double';
  return node;
}

function tagged(node: YamlNode, tag: NodeTag): YamlNode {
  node.tag = tag;
  return node;
}

/** True for a text that YAML 1.1 would not read as one when it stands there plain (yaml.IsYaml1_1NonString). */
export function isYaml11NonString(node: YamlNode): boolean {
  const { kind, value } = node;
  if (kind !== 'scalar' || value === '' || value.includes('\n')) return false;
  return resolvePlain(value).tag !== '!!str';
}
