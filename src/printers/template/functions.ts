/** The functions that every Go template has, and kubectl's two (text/template/funcs.go, cli-runtime printers/template.go). */
import { compareStrings } from '../../apimachinery/json-text';
import { goString, sprint, sprintf, sprintln } from '../go-format';
import { basicKind, GoNumber, type GoValue, goNumber, goType, isGoMap } from '../go-values';

/** What a function takes: `value` may be missing altogether, `any` then becomes nil. */
export type Parameter = 'value' | 'any' | 'string';

export interface TemplateFunction {
  parameters: readonly Parameter[];
  /** The type of all further arguments. */
  rest?: Parameter;
  call(args: readonly GoValue[]): GoValue;
}

/** `and` and `or` are not here: they evaluate only what they must (see execute.ts). */
export const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  call: { parameters: ['value'], rest: 'value', call: ([f]) => callFunction(f) },
  html: { parameters: [], rest: 'any', call: (args) => escapeHtml(evalArgs(args)) },
  index: { parameters: ['value'], rest: 'value', call: ([item, ...indexes]) => index(item, indexes) },
  slice: { parameters: ['value'], rest: 'value', call: ([item, ...indexes]) => slice(item, indexes) },
  js: { parameters: [], rest: 'any', call: (args) => escapeJs(evalArgs(args)) },
  len: { parameters: ['value'], call: ([item]) => length(item) },
  not: { parameters: ['value'], call: ([value]) => !isTrue(value) },
  print: { parameters: [], rest: 'any', call: (args) => sprint(args) },
  printf: { parameters: ['string'], rest: 'any', call: ([format, ...args]) => sprintf(format as string, args) },
  println: { parameters: [], rest: 'any', call: (args) => sprintln(args) },
  urlquery: { parameters: [], rest: 'any', call: (args) => escapeQuery(evalArgs(args)) },
  eq: { parameters: ['value'], rest: 'value', call: ([first, ...others]) => equal(first, others) },
  ge: { parameters: ['value', 'value'], call: ([a, b]) => !less(a, b) },
  gt: { parameters: ['value', 'value'], call: ([a, b]) => !lessOrEqual(a, b) },
  le: { parameters: ['value', 'value'], call: ([a, b]) => lessOrEqual(a, b) },
  lt: { parameters: ['value', 'value'], call: ([a, b]) => less(a, b) },
  ne: { parameters: ['value', 'value'], call: ([a, b]) => !equal(a, [b]) },
  exists: { parameters: ['any'], rest: 'any', call: ([item, ...indexes]) => exists(item, indexes) },
  base64decode: { parameters: ['string'], call: ([text]) => base64decode(text as string) },
};

export function hasFunction(name: string): boolean {
  return name === 'and' || name === 'or' || Object.hasOwn(FUNCTIONS, name);
}

/** Not zero, not empty, not nil (template.IsTrue). */
export function isTrue(value: GoValue): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return value !== '';
  const number = goNumber(value);
  if (number) return Number(number.value) !== 0;
  return Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0;
}

function callFunction(value: GoValue): never {
  if (value === undefined || value === null) throw new Error('call of nil');
  throw new Error(`non-function ${goString(value)} of type ${goType(value)}`);
}

function index(item: GoValue, indexes: readonly GoValue[]): GoValue {
  if (item === undefined || item === null) throw new Error('index of untyped nil');
  let current: GoValue = item;
  for (const key of indexes) {
    if (current === undefined || current === null) throw new Error('index of nil pointer');
    if (typeof current === 'string') {
      const bytes = new TextEncoder().encode(current);
      current = new GoNumber('uint8', bytes[indexArgument(key, bytes.length)] as number);
    } else if (Array.isArray(current)) current = current[indexArgument(key, current.length)];
    else if (isGoMap(current)) {
      if (key === undefined || key === null) throw new Error('value is nil; should be of type string');
      if (typeof key !== 'string') throw new Error(`value has type ${goType(key)}; should be string`);
      current = Object.hasOwn(current, key) ? current[key] : null;
    } else throw new Error(`can't index item of type ${goType(current)}`);
  }
  return current;
}

/** The offset that an argument of index or slice gives; `most` is the last one allowed. */
function indexArgument(key: GoValue, length: number, most = length - 1): number {
  const number = goNumber(key);
  if (!number || number.type === 'float64') {
    if (key === undefined || key === null) throw new Error('cannot index slice/array with nil');
    throw new Error(`cannot index slice/array with type ${goType(key)}`);
  }
  const offset = Number(number.value);
  if (offset < 0 || offset > most) throw new Error(`index out of range: ${offset}`);
  return offset;
}

function slice(item: GoValue, indexes: readonly GoValue[]): GoValue {
  if (item === undefined || item === null) throw new Error('slice of untyped nil');
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`);
  if (typeof item === 'string' && indexes.length === 3) throw new Error('cannot 3-index slice a string');
  if (typeof item !== 'string' && !Array.isArray(item)) throw new Error(`can't slice item of type ${goType(item)}`);
  const bytes = typeof item === 'string' ? new TextEncoder().encode(item) : undefined;
  const size = bytes ? bytes.length : item.length;
  const at = [0, size];
  indexes.forEach((key, i) => {
    at[i] = indexArgument(key, size, size);
  });
  const [from, to, most] = at as [number, number, number | undefined];
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  if (most !== undefined && to > most) throw new Error(`invalid slice index: ${to} > ${most}`);
  return bytes ? new TextDecoder().decode(bytes.slice(from, to)) : ((item as GoValue[]).slice(from, to) as GoValue);
}

function length(item: GoValue): GoValue {
  if (item === undefined) throw new Error('reflect: call of reflect.Value.Type on zero Value');
  if (item === null) throw new Error('len of nil pointer');
  if (typeof item === 'string') return new GoNumber('int', new TextEncoder().encode(item).length);
  if (Array.isArray(item)) return new GoNumber('int', item.length);
  if (isGoMap(item)) return new GoNumber('int', Object.keys(item).length);
  throw new Error(`len of type ${goType(item)}`);
}

function equal(first: GoValue, others: readonly GoValue[]): boolean {
  if (others.length === 0) throw new Error('missing argument for comparison');
  const isNil = (value: GoValue) => value === undefined || value === null;
  for (const other of others) {
    const [a, b] = [basicKind(first), basicKind(other)];
    const whole = (kind: string | undefined) => kind === 'int' || kind === 'uint';
    if (a !== b && !(whole(a) && whole(b))) {
      if (!isNil(first) && !isNil(other)) throw incompatible(first, other);
    } else if (a !== undefined) {
      const number = goNumber(first);
      // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number may be the same integer
      if (number ? number.value == (goNumber(other)?.value as number) : first === other) return true;
    } else if (isNil(first) || isNil(other)) {
      if (isNil(first) === isNil(other)) return true;
    } else {
      if (goType(first) !== goType(other))
        throw new Error(sprintf('non-comparable types %v: %s, %s: %v', [first, goType(first), goType(other), other]));
      throw new Error(`non-comparable type ${goString(other)}: ${goType(other)}`);
    }
  }
  return false;
}

function less(a: GoValue, b: GoValue): boolean {
  const [x, y] = [basicKind(a), basicKind(b)];
  if (x === undefined || y === undefined) throw new Error('invalid type for comparison');
  const whole = (kind: string) => kind === 'int' || kind === 'uint';
  if (x !== y && !(whole(x) && whole(y))) throw incompatible(a, b);
  if (x === 'bool') throw new Error('invalid type for comparison');
  if (x === 'string') return compareStrings(a as string, b as string) < 0;
  return (goNumber(a)?.value as number) < (goNumber(b)?.value as number);
}

function incompatible(a: GoValue, b: GoValue): Error {
  return new Error(`incompatible types for comparison: ${goType(a)} and ${goType(b)}`);
}

function lessOrEqual(a: GoValue, b: GoValue): boolean {
  return less(a, b) || equal(a, [b]);
}

function exists(item: GoValue, indexes: readonly GoValue[]): boolean {
  let current = item;
  for (const key of indexes) {
    if (current === undefined || current === null) return false;
    if (typeof current === 'string' || Array.isArray(current)) {
      const number = goNumber(key);
      const at = Number(number?.value ?? -1);
      if (!number || number.type === 'float64' || at < 0) return false;
      const size = typeof current === 'string' ? new TextEncoder().encode(current).length : current.length;
      if (at >= size) return false;
      current = typeof current === 'string' ? new GoNumber('uint8', 0) : current[at];
    } else if (isGoMap(current)) {
      if (key !== null && typeof key !== 'string') return false;
      current = key !== null && Object.hasOwn(current, key) ? current[key] : null;
    } else return false;
  }
  return current !== undefined && current !== null;
}

function base64decode(text: string): string {
  const clean = text.replace(/[\r\n]/g, '');
  const bad = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?/.exec(clean) as RegExpExecArray;
  if (bad[0].length !== clean.length) {
    const at = corruptAt(text);
    throw new Error(`base64 decode failed: illegal base64 data at input byte ${at}`);
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(atob(clean), (c) => c.charCodeAt(0)));
}

/** Where base64.StdEncoding finds its input corrupt. */
function corruptAt(text: string): number {
  let at = 0;
  const skip = (): void => {
    while (text[at] === '\n' || text[at] === '\r') at++;
  };
  for (;;) {
    for (let j = 0; j < 4; j++) {
      skip();
      if (at >= text.length) return at - j;
      const c = text[at++] as string;
      if (/[A-Za-z0-9+/]/.test(c)) continue;
      if (c !== '=' || j < 2) return at - 1;
      if (j === 2) {
        skip();
        if (at >= text.length) return text.length;
        if (text[at] !== '=') return at - 1;
        at++;
      }
      skip();
      return at;
    }
    skip();
    if (at >= text.length) return at;
  }
}

/** What html, js and urlquery escape: one string as it is, anything else printed. */
function evalArgs(args: readonly GoValue[]): string {
  if (args.length === 1 && typeof args[0] === 'string') return args[0];
  return sprint(args.map((arg) => (arg === undefined || arg === null ? '<no value>' : arg)));
}

function escapeHtml(text: string): string {
  const escapes: Record<string, string> = {
    '\0': '\ufffd',
    '"': '&#34;',
    "'": '&#39;',
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
  };
  return text.replace(/[\0"'&<>]/g, (c) => escapes[c] as string);
}

function escapeJs(text: string): string {
  let out = '';
  for (const c of text) {
    if (c === '\\' || c === "'" || c === '"') out += `\\${c}`;
    else if (c < ' ' || c === '<' || c === '>' || c === '&' || c === '=' || !isPrintable(c))
      out += `\\u${(c.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}`;
    else out += c;
  }
  return out;
}

function isPrintable(c: string): boolean {
  return /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(c);
}

function escapeQuery(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
