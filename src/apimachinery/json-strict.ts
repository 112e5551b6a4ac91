/**
 * JSON from outside, read with suspicion (sigs.k8s.io/json UnmarshalStrict): nesting is limited, keys that stand twice in an
 * object are told, half a surrogate pair becomes U+FFFD.
 */
import { isObject, type Json, setKey } from './json';
import { JsonSyntaxError, parseJson } from './json-text';

export interface StrictJson {
  value: Json;
  /** `duplicate field "spec.replicas"` */
  strictErrors: string[];
}

/** Of encoding/json; what is nested deeper than this is refused before anything walks through it. */
const MAX_DEPTH = 10_000;
const LONE_SURROGATE_MAY_BE = /\\u[dD][89a-fA-F]/;

/** @throws JsonSyntaxError in Go's words. */
export function parseJsonStrictly(text: string): StrictJson {
  const parsed = parseJson(text);
  // Only now: of a text that is JSON every string has an end.
  const facts = scan(text);
  if (facts.depth > MAX_DEPTH) throw new JsonSyntaxError('exceeded max depth', 0);
  const value = LONE_SURROGATE_MAY_BE.test(text) ? wellFormed(parsed) : parsed;
  // The keys of the value are fewer than those of its text only when some stood twice.
  const strictErrors = facts.keys === countKeys(value) ? [] : duplicateKeys(text);
  return { value, strictErrors };
}

/** How deep a text that may be JSON is nested, and how many keys its objects have. */
function scan(text: string): { depth: number; keys: number } {
  let [depth, deepest, keys] = [0, 0, 0];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const token = match[0];
    switch (token.charCodeAt(token.length - 1)) {
      case 0x7b:
      case 0x5b:
        if (++depth > deepest) deepest = depth;
        break;
      case 0x7d:
      case 0x5d:
        depth--;
        break;
      case 0x3a:
        keys++;
    }
  }
  return { depth: deepest, keys };
}

/** A string, with the colon of a key; a bracket. */
const TOKEN = /"(?:[^"\\]|\\.)*"(?:[ \t\r\n]*:)?|[{}[\]]/g;

/** Of all objects in a value, however deep. */
function countKeys(value: Json): number {
  let count = 0;
  const open: Json[] = [value];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    if (!Array.isArray(node)) count += Object.keys(node).length;
    for (const inner of Object.values(node)) if (typeof inner === 'object' && inner !== null) open.push(inner);
  }
  return count;
}

interface Frame {
  path: string;
  /** Of an object: the keys so far. */
  keys: Set<string> | undefined;
  /** Of a list: the place of the item that comes. */
  index: number;
  key: string;
}

const DUPLICATES_KEPT = 100;

/** Paths of the keys that stand twice. The text is known to be JSON. */
function duplicateKeys(text: string): string[] {
  const errors: string[] = [];
  const frames: Frame[] = [];
  const here = (): string => {
    const frame = frames.at(-1);
    if (!frame) return '';
    if (!frame.keys) return `${frame.path}[${frame.index}]`;
    return frame.path === '' ? frame.key : `${frame.path}.${frame.key}`;
  };
  const parts = /"(?:[^"\\]|\\.)*"(?:[ \t\r\n]*:)?|[{}[\],]/g;
  for (const [token] of text.matchAll(parts)) {
    const frame = frames.at(-1);
    const last = token.charAt(token.length - 1);
    if (token === '{') frames.push({ path: here(), keys: new Set(), index: 0, key: '' });
    else if (token === '[') frames.push({ path: here(), keys: undefined, index: 0, key: '' });
    else if (token === '}' || token === ']') frames.pop();
    else if (token === ',') {
      if (frame && !frame.keys) frame.index++;
    } else if (last === ':' && frame?.keys) {
      frame.key = JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)) as string;
      const error = `duplicate field ${JSON.stringify(here())}`;
      if (frame.keys.has(frame.key) && errors.length < DUPLICATES_KEPT && !errors.includes(error)) errors.push(error);
      frame.keys.add(frame.key);
    }
  }
  return errors;
}

function wellFormed(value: Json): Json {
  if (typeof value === 'string') return withoutLoneSurrogates(value);
  if (Array.isArray(value)) return value.map(wellFormed);
  if (!isObject(value)) return value;
  const result: { [key: string]: Json } = {};
  for (const key of Object.keys(value)) setKey(result, withoutLoneSurrogates(key), wellFormed(value[key] as Json));
  return result;
}

function withoutLoneSurrogates(text: string): string {
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
}
