/** What Kubernetes adds to lists, strings and URLs (apiserver `pkg/cel/library/lists.go`, `regex.go`, `urls.go`). */
import { type GoUrl, hostnameOf, parseRequestUrl, parseUrl, portOf, queryOf } from '../../apimachinery/go-url';
import { compileRegexp } from '../../apimachinery/regexp';
import { type FunctionDeclaration, memberOverload, overload } from '../functions';
import { add, compare, isComparable } from '../operators';
import { BOOL, DOUBLE, DURATION, INT, listOf, mapOf, param, STRING, structType, type Type, UINT } from '../types';
import {
  ArrayList,
  CelError,
  Duration,
  EntryMap,
  equal,
  type List,
  NO_SUCH_OVERLOAD,
  Opaque,
  Uint,
  type Value,
} from '../values';
import { COMPARABLE } from './lists';

const A = param('A');
const LIST = listOf(A);

function isSorted(list: List): Value {
  let previous: Value | undefined;
  for (const element of list) {
    if (!isComparable(element)) return NO_SUCH_OVERLOAD;
    if (previous !== undefined && compare(previous, element) === 1) return false;
    previous = element;
  }
  return true;
}

const SUMMABLE: readonly [string, Type, Value][] = [
  ['int', INT, 0n],
  ['uint', UINT, new Uint(0n)],
  ['double', DOUBLE, 0],
  ['duration', DURATION, new Duration(0n)],
];

const sum = (zero: Value) => (list: List) => {
  let total = zero;
  for (const element of list) {
    total = add(total, element);
    if (total instanceof CelError) break;
  }
  return total;
};

/** The first of the least, or of the greatest. */
const best = (name: string, worse: number) => (list: List) => {
  let found: Value | undefined;
  for (const element of list) {
    if (!isComparable(element)) return NO_SUCH_OVERLOAD;
    if (found === undefined || compare(found, element) === worse) found = element;
  }
  return found === undefined ? new CelError(`${name} called on empty list`) : found;
};

function lastIndexOf(list: List, value: Value): Value {
  for (let i = list.size - 1; i >= 0; i--) if (equal(list.at(i), value) === true) return BigInt(i);
  return -1n;
}

function indexOf(list: List, value: Value): Value {
  for (let i = 0; i < list.size; i++) if (equal(list.at(i), value) === true) return BigInt(i);
  return -1n;
}

function findAll(text: string, expression: string, most = -1n): Value {
  const compiled = compileRegexp(expression);
  if (typeof compiled === 'string') return new CelError(`Illegal regex: ${compiled}`);
  const matcher = compiled.matcher(text);
  const found: string[] = [];
  while ((most < 0n || found.length < most) && matcher.find()) found.push(matcher.group() ?? '');
  return new ArrayList(found);
}

function find(text: string, expression: string): Value {
  const first = findAll(text, expression, 1n);
  return first instanceof ArrayList ? (first.elements[0] ?? '') : first;
}

const URL = structType('kubernetes.URL');

class UrlValue extends Opaque {
  override readonly type = URL;
  constructor(readonly url: GoUrl) {
    super();
  }
  override equals(other: Value): Value {
    return other instanceof UrlValue ? JSON.stringify(this.url) === JSON.stringify(other.url) : NO_SUCH_OVERLOAD;
  }
}

function toUrl(text: string): Value {
  try {
    parseRequestUrl(text);
    return new UrlValue(parseUrl(text));
  } catch (error) {
    return new CelError(`URL parse error during conversion from string: ${(error as Error).message}`);
  }
}

function isUrl(text: string): boolean {
  try {
    parseRequestUrl(text);
    return true;
  } catch {
    return false;
  }
}

const urlPart = (name: string, id: string, part: (url: GoUrl) => string): FunctionDeclaration => ({
  name,
  overloads: [memberOverload(id, [URL], STRING, ({ url }: UrlValue) => part(url))],
});

export const KUBERNETES_FUNCTIONS: readonly FunctionDeclaration[] = [
  {
    name: 'isSorted',
    overloads: COMPARABLE.map(([name, type]) =>
      memberOverload(`list_${name}_is_sorted_bool`, [listOf(type)], BOOL, isSorted),
    ),
  },
  {
    name: 'sum',
    overloads: SUMMABLE.map(([name, type, zero]) =>
      memberOverload(`list_${name}_sum_${name}`, [listOf(type)], type, sum(zero)),
    ),
  },
  {
    name: 'max',
    overloads: COMPARABLE.map(([name, type]) =>
      memberOverload(`list_${name}_max_${name}`, [listOf(type)], type, best('max', -1)),
    ),
  },
  {
    name: 'min',
    overloads: COMPARABLE.map(([name, type]) =>
      memberOverload(`list_${name}_min_${name}`, [listOf(type)], type, best('min', 1)),
    ),
  },
  { name: 'indexOf', overloads: [memberOverload('list_a_index_of_int', [LIST, A], INT, indexOf)] },
  { name: 'lastIndexOf', overloads: [memberOverload('list_a_last_index_of_int', [LIST, A], INT, lastIndexOf)] },
  { name: 'find', overloads: [memberOverload('string_find_string', [STRING, STRING], STRING, find)] },
  {
    name: 'findAll',
    overloads: [
      memberOverload('string_find_all_string', [STRING, STRING], listOf(STRING), findAll),
      memberOverload('string_find_all_string_int', [STRING, STRING, INT], listOf(STRING), findAll),
    ],
  },
  { name: 'url', overloads: [overload('string_to_url', [STRING], URL, toUrl)] },
  { name: 'isURL', overloads: [overload('is_url_string', [STRING], BOOL, isUrl)] },
  urlPart('getScheme', 'url_get_scheme', ({ scheme }) => scheme),
  urlPart('getHost', 'url_get_host', ({ host }) => host),
  urlPart('getHostname', 'url_get_hostname', hostnameOf),
  urlPart('getPort', 'url_get_port', portOf),
  urlPart('getEscapedPath', 'url_get_escaped_path', ({ path }) => path),
  {
    name: 'getQuery',
    overloads: [
      memberOverload(
        'url_get_query',
        [URL],
        mapOf(STRING, listOf(STRING)),
        ({ url }: UrlValue) =>
          new EntryMap([...queryOf(url)].map(([key, values]) => [key, new ArrayList(values)] as const)),
      ),
    ],
  },
];
