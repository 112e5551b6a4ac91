/**
 * JSON patches (RFC 6902) as the API server and kubectl apply them. fast-json-patch does the operations; what is accepted,
 * refused, and in which words, is gopkg.in/evanphx/json-patch.v4's (`patch.go`) and differs from the RFC here and there:
 * negative indices count from the end, `replace` adds a missing field of an object, a `test` of a missing field against null holds.
 */
import { applyOperation, type Operation } from 'fast-json-patch';
import { clone, deepEqual, isObject, type Json, type JsonObject, setKey } from '../apimachinery/json';
import { cannotUnmarshal, PatchError } from './patch-error';

/** The most operations that one patch may have (apiserver `endpoints/handlers/patch.go`, maxJSONPatchOperations). */
export const MAX_OPERATIONS = 10_000;

/** `type`: how the decoder names what it wanted; the server checks with its own type first unless validation is off. */
export function jsonPatchOperations(body: Json, type = '[]handlers.jsonPatchOp'): JsonObject[] {
  const fail = (text: string) => new PatchError(`error decoding patch: ${text}`, 'BadRequest');
  if (body === null) return [];
  if (!Array.isArray(body)) throw fail(cannotUnmarshal(body, type));
  for (const operation of body) {
    if (!isObject(operation)) throw fail(cannotUnmarshal(operation, type.replace('[]', '')));
    for (const name of ['op', 'path', 'from']) {
      const value = operation[name];
      if (value !== undefined && value !== null && typeof value !== 'string') {
        throw fail(
          cannotUnmarshal(value, 'string').replace(
            'Go value',
            `Go struct field ${type.slice(type.indexOf('.') + 1)}.${name}`,
          ),
        );
      }
    }
  }
  if (body.length > MAX_OPERATIONS) {
    throw new PatchError(
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${body.length}`,
      'TooLarge',
    );
  }
  return body as JsonObject[];
}

/** Fields of operations that nobody knows: warnings, or errors under strict validation (`json patch unknown field "[0].x"`). */
export function unknownJsonPatchFields(operations: readonly JsonObject[]): string[] {
  const known = new Set(['op', 'path', 'from', 'value']);
  return operations.flatMap((operation, i) =>
    Object.keys(operation)
      .filter((key) => !known.has(key))
      .map((key) => `json patch unknown field "[${i}].${key}"`),
  );
}

/**
 * The document that these operations make; the given one stays as it is, and shares what did not change.
 * @throws PatchError 'Unprocessable' with evanphx's text when an operation does not apply.
 */
export function applyJsonPatch(document: JsonObject, operations: readonly JsonObject[]): Json {
  const state: State = { document, own: new Set() };
  for (const operation of operations) apply(state, operation);
  return state.document;
}

interface State {
  document: Json;
  /** The containers that this patch has made, which it may change in place. */
  readonly own: Set<Json>;
}

type Container = Json[] | JsonObject;

interface Place {
  container: Container;
  /** Containers from the document down to `container`, and the key under which each but the first was found. */
  trail: { container: Container; key: string }[];
  key: string;
}

function apply(state: State, operation: JsonObject): void {
  const kind = typeof operation['op'] === 'string' ? operation['op'] : 'unknown';
  switch (kind) {
    case 'add':
      add(state, operation);
      return;
    case 'remove':
      remove(state, operation);
      return;
    case 'replace':
      replace(state, operation);
      return;
    case 'move':
      move(state, operation);
      return;
    case 'test':
      test(state, operation);
      return;
    case 'copy':
      copy(state, operation);
      return;
    default:
      throw fail(`Unexpected kind: ${kind}`);
  }
}

const MISSING = 'missing value';

function fail(text: string): PatchError {
  return new PatchError(text, 'Unprocessable');
}

function textOf(operation: JsonObject, field: 'path' | 'from', without: string): string {
  const value = operation[field];
  if (typeof value !== 'string') throw fail(without);
  return value;
}

function valueIn(operation: JsonObject): Json {
  return operation['value'] ?? null;
}

function add(state: State, operation: JsonObject): void {
  const path = textOf(operation, 'path', `add operation failed to decode path: ${MISSING}`);
  const place = find(state.document, path);
  if (!place) throw fail(`add operation does not apply: doc is missing path: "${path}": ${MISSING}`);
  insert(state, place, valueIn(operation), `error in add for path: '${path}': `);
}

function remove(state: State, operation: JsonObject): void {
  const path = textOf(operation, 'path', `remove operation failed to decode path: ${MISSING}`);
  const place = find(state.document, path);
  if (!place) throw fail(`remove operation does not apply: doc is missing path: "${path}": ${MISSING}`);
  take(state, place, `error in remove for path: '${path}': `);
}

function replace(state: State, operation: JsonObject): void {
  const path = textOf(
    operation,
    'path',
    `replace operation failed to decode path: operation missing path field: ${MISSING}`,
  );
  const value = valueIn(operation);
  if (path === '') {
    if (typeof value !== 'object' || value === null) {
      throw fail('replace operation value must be object or array: %!w(<nil>)');
    }
    state.document = value;
    return;
  }
  const place = find(state.document, path);
  if (!place) throw fail(`replace operation does not apply: doc is missing path: ${path}: ${MISSING}`);
  let { key } = place;
  if (Array.isArray(place.container)) {
    const at = elementAt(place.container, key);
    if (typeof at === 'string') {
      throw fail(`replace operation does not apply: doc is missing key: ${path}: ${MISSING}`);
    }
    key = String(at);
  }
  mutate(state, { ...place, key }, 'replace', value);
}

function move(state: State, operation: JsonObject): void {
  const from = textOf(
    operation,
    'from',
    `move operation failed to decode from: operation, missing from field: ${MISSING}`,
  );
  const source = find(state.document, from);
  if (!source) throw fail(`move operation does not apply: doc is missing from path: ${from}: ${MISSING}`);
  const value = get(source, `error in move for path: '${source.key}': `);
  take(state, source, `error in move for path: '${source.key}': `);
  const path = textOf(
    operation,
    'path',
    `move operation failed to decode path: operation missing path field: ${MISSING}`,
  );
  const target = find(state.document, path);
  if (!target) throw fail(`move operation does not apply: doc is missing destination path: ${path}: ${MISSING}`);
  insert(state, target, value ?? null, `error in move for path: '${path}': `);
}

function copy(state: State, operation: JsonObject): void {
  const from = textOf(
    operation,
    'from',
    `copy operation failed to decode from: operation, missing from field: ${MISSING}`,
  );
  const source = find(state.document, from);
  if (!source) throw fail(`copy operation does not apply: doc is missing from path: ${from}: ${MISSING}`);
  const value = get(source, `error in copy for from: '${from}': `);
  const path = textOf(operation, 'path', `copy operation failed to decode path: ${MISSING}`);
  const target = find(state.document, path);
  if (!target) throw fail(`copy operation does not apply: doc is missing destination path: ${path}: ${MISSING}`);
  insert(state, target, clone(value ?? null), 'error while adding value during copy: ');
}

function test(state: State, operation: JsonObject): void {
  const path = textOf(
    operation,
    'path',
    `test operation failed to decode path: operation missing path field: ${MISSING}`,
  );
  const failed = `testing value ${path} failed: test failed`;
  if (path === '') {
    if (!deepEqual(state.document, valueIn(operation))) throw fail(failed);
    return;
  }
  const place = find(state.document, path);
  if (!place) throw fail(`test operation does not apply: is missing path: ${path}: ${MISSING}`);
  const value = get(place, `error in test for path: '${path}': `) ?? null;
  if (!deepEqual(value, valueIn(operation))) throw fail(failed);
}

/**
 * The container that a pointer's last part stands in (findObject). Undefined when the way there is missing. As upstream, what
 * stands before the first slash is not looked at.
 */
function find(document: Json, pointer: string): Place | undefined {
  const parts = pointer.split('/').slice(1).map(decode);
  const key = parts.pop();
  if (key === undefined || typeof document !== 'object' || document === null) return undefined;
  let container: Container = document;
  const trail: Place['trail'] = [{ container, key: '' }];
  for (const part of parts) {
    const next: Json | undefined = Array.isArray(container)
      ? containerAt(container, part)
      : Object.hasOwn(container, part)
        ? container[part]
        : undefined;
    if (typeof next !== 'object' || next === null) return undefined;
    const at = Array.isArray(container) ? String(elementAt(container, part)) : part;
    container = next;
    trail.push({ container, key: at });
  }
  return { container, trail, key };
}

function containerAt(list: Json[], part: string): Json | undefined {
  const at = elementAt(list, part);
  return typeof at === 'number' ? list[at] : undefined;
}

/** `~1` stands for `/`, `~0` for `~` (RFC 6901). */
function decode(part: string): string {
  return part.includes('~') ? part.replaceAll('~1', '/').replaceAll('~0', '~') : part;
}

/** The index that `key` means in a list of this length, or why it means none. */
function elementAt(list: readonly Json[], key: string, length = list.length): number | string {
  const at = parseIndex(key);
  if (at === undefined) return `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;
  if (at >= length || at < -length) return `Unable to access invalid index: ${at}: invalid index referenced`;
  return at < 0 ? at + length : at;
}

function parseIndex(key: string): number | undefined {
  return /^[+-]?\d+$/.test(key) ? Number(key) : undefined;
}

function get(place: Place, context: string): Json | undefined {
  const { container, key } = place;
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? container[key] : undefined;
  const at = elementAt(container, key);
  if (typeof at === 'string') throw fail(context + at);
  return container[at];
}

function insert(state: State, place: Place, value: Json, context: string): void {
  if (!Array.isArray(place.container)) {
    mutate(state, place, 'add', value);
    return;
  }
  const length = place.container.length + 1;
  let at: number | string = length - 1;
  if (place.key !== '-') {
    if (parseIndex(place.key) === undefined) {
      const why = `strconv.Atoi: parsing ${JSON.stringify(place.key)}: invalid syntax`;
      throw fail(`${context}value was not a proper array index: '${place.key}': ${why}`);
    }
    at = elementAt(place.container, place.key, length);
    if (typeof at === 'string') throw fail(context + at);
  }
  mutate(state, { ...place, key: String(at) }, 'add', value);
}

function take(state: State, place: Place, context: string): void {
  const { container, key } = place;
  if (Array.isArray(container)) {
    const at = elementAt(container, key);
    if (typeof at === 'string') throw fail(context + at);
    mutate(state, { ...place, key: String(at) }, 'remove');
    return;
  }
  if (!Object.hasOwn(container, key)) throw fail(`${context}Unable to remove nonexistent key: ${key}: ${MISSING}`);
  mutate(state, place, 'remove');
}

/** Copies the containers on the way that are not ours yet, then lets fast-json-patch do the one operation in the last. An index in `place.key` is in range. */
function mutate(state: State, place: Place, op: 'add' | 'remove' | 'replace', value: Json = null): void {
  let parent: Container | undefined;
  for (const { container, key } of place.trail) {
    let mine = container;
    if (!state.own.has(container)) {
      mine = Array.isArray(container) ? [...container] : { ...container };
      state.own.add(mine);
      if (parent === undefined) state.document = mine;
      else if (Array.isArray(parent)) parent[Number(key)] = mine;
      else setKey(parent, key, mine);
    }
    parent = mine;
  }
  const { key } = place;
  const target = parent as Container;
  if (key === '__proto__' && !Array.isArray(target)) {
    // An ordinary key here; the library would take it for the prototype.
    if (op === 'remove') delete target[key];
    else setKey(target, key, value);
    return;
  }
  const path = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  applyOperation(target, { op, path, ...(op === 'remove' ? {} : { value }) } as Operation, false, true, false);
}
