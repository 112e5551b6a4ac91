import { readFileSync, writeFileSync } from 'node:fs';
import { deepFreeze, type Json, type JsonObject } from '../../src/apimachinery/json';
import { parseJson, stringifyGo } from '../../src/apimachinery/json-text';
import type { ApiError } from '../../src/apimachinery/status';
import { applyJsonPatch, jsonPatchOperations, unknownJsonPatchFields } from '../../src/merge/json-patch';
import { patchApiError } from '../../src/merge/patch-error';
import { describeWithKubectl, type Outcome, patchWithKubectl } from './kubectl';

const document: JsonObject = deepFreeze({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'x', labels: { a: '1', 'b/c': '2', 'd~e': '3' } },
  list: ['zero', 'one', 'two'],
  maps: [{ n: 1 }, { n: 2 }],
  nothing: null,
  empty: {},
  big: 9007199254740993n,
});

const add = (path: string, value?: Json): JsonObject => ({
  op: 'add',
  path,
  ...(value === undefined ? {} : { value }),
});
const replace = (path: string, value: Json): JsonObject => ({ op: 'replace', path, value });
const remove = (path: string): JsonObject => ({ op: 'remove', path });
const test_ = (path: string, value?: Json): JsonObject => ({
  op: 'test',
  path,
  ...(value === undefined ? {} : { value }),
});
const move = (from: string, path: string): JsonObject => ({ op: 'move', from, path });
const copy = (from: string, path: string): JsonObject => ({ op: 'copy', from, path });

const cases: Record<string, JsonObject[]> = {
  'no operations': [],
  'add: a field': [add('/data', { a: '1' })],
  'add: a field that is there is replaced': [add('/metadata/labels/a', '9')],
  'add: a slash in a key': [add('/metadata/labels/b~1c', '9')],
  'add: a tilde in a key': [add('/metadata/labels/d~0e', '9')],
  'add: at an index': [add('/list/1', 'new')],
  'add: at the end': [add('/list/-', 'new')],
  'add: at the index after the last': [add('/list/3', 'new')],
  'add: beyond': [add('/list/4', 'new')],
  'add: an index from the end': [add('/list/-1', 'new')],
  'add: an index before the first': [add('/list/-9', 'new')],
  'add: no index': [add('/list/x', 'new')],
  'add: into a list in a list': [add('/maps/0/n', 5)],
  'add: below what is missing': [add('/nosuch/a', 'x')],
  'add: below a text': [add('/metadata/name/a', 'x')],
  'add: below null': [add('/nothing/a', 'x')],
  'add: without a value is null': [add('/data')],
  'add: to the root': [add('', { a: 1 })],
  'add: without a path': [{ op: 'add', value: 1 }],
  'add: without a leading slash the first part is skipped': [add('metadata/x', 'y')],
  'add: __proto__ is a key like others': [add('/metadata/labels/__proto__', 'p')],
  'add: an empty key': [add('/metadata/labels/', 'e')],
  'remove: a field': [remove('/metadata/labels/a')],
  'remove: an element': [remove('/list/0')],
  'remove: an element from the end': [remove('/list/-1')],
  'remove: a field that is not there': [remove('/metadata/labels/z')],
  'remove: an element that is not there': [remove('/list/3')],
  'remove: no index': [remove('/list/-')],
  'remove: below what is missing': [remove('/nosuch/a')],
  'remove: the root': [remove('')],
  'replace: a field': [replace('/metadata/labels/a', '9')],
  'replace: a field that is not there is added': [replace('/metadata/labels/z', '9')],
  'replace: an element': [replace('/list/1', 'new')],
  'replace: an element from the end': [replace('/list/-1', 'new')],
  'replace: an element that is not there': [replace('/list/3', 'new')],
  'replace: below what is missing': [replace('/nosuch/a', 'x')],
  'replace: with null': [replace('/metadata/labels', null)],
  'replace: the root': [replace('', { apiVersion: 'v1', kind: 'ConfigMap' }), add('/data', {})],
  'move: a field': [move('/metadata/labels/a', '/moved')],
  'move: an element': [move('/list/0', '/list/-')],
  'move: what is not there': [move('/nosuch', '/moved')],
  'move: from below what is missing': [move('/nosuch/a', '/moved')],
  'move: to below what is missing': [move('/list/0', '/nosuch/a')],
  'move: an index that is not there': [move('/list/7', '/moved')],
  'move: without from': [{ op: 'move', path: '/moved' }],
  'copy: a map, then the copy is changed': [copy('/metadata/labels', '/copy'), add('/copy/new', '1')],
  'copy: an element': [copy('/maps/0', '/maps/-'), replace('/maps/2/n', 3)],
  'copy: what is not there is null': [copy('/nosuch', '/copy')],
  'copy: to an index that is not there': [copy('/list/0', '/list/9')],
  'copy: without from': [{ op: 'copy', path: '/copy' }],
  'test: equal': [test_('/metadata/labels', { 'b/c': '2', a: '1', 'd~e': '3' }), add('/ok', true)],
  'test: not equal': [test_('/metadata/name', 'y')],
  'test: a list in another order': [test_('/list', ['one', 'zero', 'two'])],
  'test: null that is there': [test_('/nothing', null)],
  'test: what is not there against null': [test_('/nosuch', null)],
  'test: what is not there without a value': [test_('/nosuch')],
  'test: what is not there': [test_('/nosuch', 'x')],
  'test: below what is missing': [test_('/nosuch/a', 'x')],
  'test: an index that is not there': [test_('/list/3', 'x')],
  'test: the root': [test_('', {})],
  'test: an integer beyond 2^53': [test_('/big', 9007199254740993n)],
  'test: an integer beyond 2^53, one off': [test_('/big', 9007199254740992n)],
  'an operation that nobody knows': [{ op: 'explode', path: '/a' }],
  'an operation without a name': [{ path: '/a' }],
  'the first that fails tells': [add('/a', 1), remove('/nosuch'), remove('/nosuch2')],
  'each sees what those before it did': [add('/a', []), add('/a/-', 1), add('/a/0', 0), remove('/a/1')],
};

const file = `${__dirname}/testdata/json-patch.json`;
const recorded = parseJson(readFileSync(file, 'utf8')) as unknown as Record<string, Outcome>;
const text = (outcome: Outcome | undefined): string => stringifyGo(outcome as JsonObject | undefined);

function outcomeOf(operations: JsonObject[]): Outcome {
  try {
    return { result: applyJsonPatch(document, jsonPatchOperations(deepFreeze(operations))) };
  } catch (error) {
    // kubectl tells this one in words of its own.
    const message = (error as Error).message;
    const missing = /doc is missing key: (.*)$/.exec(message);
    return { error: missing ? `Object to be patched is missing field (${missing[1]})` : message };
  }
}

test.each(Object.entries(cases))('%s', (name, operations) => {
  expect(text(outcomeOf(operations))).toBe(text(recorded[name]));
});

describeWithKubectl('JSON patches against the real kubectl', () => {
  test('what is recorded is what it says', () => {
    const told = Object.fromEntries(
      Object.entries(cases).map(([name, patch]) => [name, patchWithKubectl(document, patch, 'json')]),
    );
    if (process.env['KUBETICK_RECORD']) {
      const lines = Object.entries(told).map(([name, outcome]) => `${JSON.stringify(name)}: ${text(outcome)}`);
      writeFileSync(file, `{\n${lines.join(',\n')}\n}\n`);
      return;
    }
    for (const [name, outcome] of Object.entries(told)) {
      expect(`${name} ${text(outcome)}`).toBe(`${name} ${text(recorded[name])}`);
    }
  });
});

describe('what the server answers', () => {
  const answer = (act: () => unknown): Pick<ApiError, 'code' | 'reason' | 'message'> => {
    try {
      act();
    } catch (error) {
      const { code, reason, message } = patchApiError(error) as ApiError;
      return { code, reason, message };
    }
    throw new Error('did not fail');
  };

  test('a patch that does not apply', () => {
    expect(answer(() => applyJsonPatch(document, [remove('/nosuch')]))).toEqual({
      code: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    });
  });

  test.each<[Json, string]>([
    [{ a: 1 }, 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp'],
    ['x', 'error decoding patch: json: cannot unmarshal string into Go value of type []handlers.jsonPatchOp'],
    [[1], 'error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp'],
    [
      [{ op: 1, path: '/a' }],
      'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string',
    ],
  ])('%j is no JSON patch', (body, message) => {
    expect(answer(() => jsonPatchOperations(body))).toEqual({ code: 400, reason: 'BadRequest', message });
  });

  test('too many operations', () => {
    const many = Array.from({ length: 10_001 }, () => add('/a', 1));
    expect(answer(() => jsonPatchOperations(many))).toEqual({
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    });
  });

  test('fields that nobody knows', () => {
    expect(unknownJsonPatchFields([add('/a', 1), { ...remove('/b'), x: 1, y: 2 }])).toEqual([
      'json patch unknown field "[1].x"',
      'json patch unknown field "[1].y"',
    ]);
  });
});
