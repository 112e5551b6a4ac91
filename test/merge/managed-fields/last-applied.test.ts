import type { JsonObject } from '../../../src/apimachinery/json';
import { stringifyJson } from '../../../src/apimachinery/json-text';
import { kindSchema } from '../../../src/schema/catalog';
import { ObjectHistory } from './object-history';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const schema = kindSchema('', 'v1', 'ConfigMap')!;
const file = (data: JsonObject, annotations?: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'x', ...(annotations ? { annotations } : {}) },
  data,
});

/** An object that client-side apply made: with its annotation, owned by an update. */
function appliedByClient(data: JsonObject, apiVersion = 'v1'): ObjectHistory {
  const history = new ObjectHistory(schema, 'v1');
  const annotations = { [LAST_APPLIED]: stringifyJson({ ...file(data), apiVersion }) };
  history.update('kubectl-client-side-apply', (object) => Object.assign(object, file(data, annotations)));
  return history;
}
const annotationOf = (history: ObjectHistory) => history.live?.metadata.annotations?.[LAST_APPLIED];

test('kubectl takes over what it last applied from the client, and tells so in the annotation', () => {
  const history = appliedByClient({ a: '1', b: '1' });
  history.apply('kubectl', file({ a: '2', b: '1' }));
  expect(history.live?.data).toEqual({ a: '2', b: '1' });
  expect(annotationOf(history)).toBe(
    '{"apiVersion":"v1","data":{"a":"2","b":"1"},"kind":"ConfigMap","metadata":{"name":"x"}}\n',
  );
});

test('another manager has to force it', () => {
  const history = appliedByClient({ a: '1' });
  expect(() => history.apply('other', file({ a: '2' }))).toThrow(
    'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.a',
  );
  const before = annotationOf(history);
  history.apply('other', file({ a: '2' }), { force: true });
  expect(annotationOf(history)).toBe(before);
});

test('what was changed since, or never applied, is a conflict for kubectl too, and the only one told', () => {
  const history = appliedByClient({ a: '1', b: '1' });
  history.patch('editor', { data: { b: '9', c: '9' } });
  expect(() => history.apply('kubectl', file({ a: '2', b: '2', c: '2' }))).toThrow(
    'Apply failed with 2 conflicts: conflicts with "editor" using v1:\n- .data.b\n- .data.c',
  );
});

test.each([
  ['an annotation of another version', appliedByClient({ a: '1' }, 'v2')],
  [
    'no annotation',
    (() => {
      const history = new ObjectHistory(schema, 'v1');
      history.update('kubectl-client-side-apply', (object) => Object.assign(object, file({ a: '1' })));
      return history;
    })(),
  ],
  [
    'an annotation that is none',
    (() => {
      const history = new ObjectHistory(schema, 'v1');
      history.update('kubectl-client-side-apply', (object) =>
        Object.assign(object, file({ a: '1' }, { [LAST_APPLIED]: '{' })),
      );
      return history;
    })(),
  ],
])('%s explains nothing', (_, history) => {
  expect(() => history.apply('kubectl', file({ a: '2' }))).toThrow('Apply failed with 1 conflict');
});

test('an annotation that would grow too long goes', () => {
  const history = appliedByClient({ a: '1' });
  history.apply('kubectl', file({ a: '1', b: 'x'.repeat(256 * 1024) }));
  expect(history.live?.metadata.annotations).toBeUndefined();
});
