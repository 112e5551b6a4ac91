import type { JsonObject } from '../../../src/apimachinery/json';
import type { KubeObject } from '../../../src/apimachinery/meta';
import { ApiError } from '../../../src/apimachinery/status';
import { kindSchema } from '../../../src/schema/catalog';
import { schemaFromCrd } from '../../../src/schema/from-crd';
import { ObjectHistory } from './object-history';

function failure(act: () => unknown): ApiError {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('did not fail');
}

describe('a ConfigMap shared by two appliers (recorded from kubectl 1.36)', () => {
  const file = (data: JsonObject): JsonObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'shared', namespace: 'default' },
    data,
  });
  const history = new ObjectHistory(kindSchema('', 'v1', 'ConfigMap')!, 'v1');

  test('the first apply creates the object and owns what it names', () => {
    history.apply('kubectl', file({ one: '1', two: '2' }));
    expect(history.managers).toEqual(['kubectl Apply {"f:data":{"f:one":{},"f:two":{}}}']);
  });

  test('the same again changes nothing, not even the time', () => {
    const before = history.live;
    history.apply('kubectl', file({ one: '1', two: '2' }));
    expect(history.live).toEqual(before);
  });

  test('another value of a field that somebody else owns is a conflict', () => {
    const error = failure(() => history.apply('other', file({ two: '22', three: '3' })));
    expect(error.message).toBe('Apply failed with 1 conflict: conflict with "kubectl": .data.two');
    expect(error.code).toBe(409);
    expect(error.status.details?.causes).toEqual([
      { reason: 'FieldManagerConflict', message: 'conflict with "kubectl"', field: '.data.two' },
    ]);
  });

  test('forced, it takes the field over', () => {
    const { decisions } = history.apply('other', file({ two: '22', three: '3' }), { force: true });
    expect(history.live?.data).toEqual({ one: '1', two: '22', three: '3' });
    expect(history.managers).toEqual([
      'kubectl Apply {"f:data":{"f:one":{}}}',
      'other Apply {"f:data":{"f:three":{},"f:two":{}}}',
    ]);
    expect(decisions).toContainEqual({
      path: ['data', 'two'],
      live: '2',
      wanted: '22',
      result: '22',
      action: 'change',
      rule: 'conflict',
      owner: '"kubectl"',
    });
    expect(decisions).toContainEqual({
      path: ['data', 'three'],
      wanted: '3',
      result: '3',
      action: 'add',
      rule: 'owned-by-manager',
      owner: '"other"',
    });
  });

  test('what an applier no longer names goes only where it is the last owner', () => {
    history.apply('kubectl', file({ one: '1' }));
    expect(history.live?.data).toEqual({ one: '1', two: '22', three: '3' });
    const { decisions } = history.apply('other', file({ one: '1' }));
    expect(history.live?.data).toEqual({ one: '1' });
    expect(decisions).toContainEqual({
      path: ['data', 'two'],
      lastApplied: '22',
      live: '22',
      action: 'remove',
      rule: 'relinquished',
    });
    expect(history.managers).toEqual(['kubectl Apply {"f:data":{"f:one":{}}}', 'other Apply {"f:data":{"f:one":{}}}']);
  });

  test('what others wrote stays', () => {
    history.patch('kubectl-patch', { data: { live: 'yes' } });
    history.apply('kubectl', file({ one: '1', two: '2' }));
    expect(history.live?.data).toEqual({ live: 'yes', one: '1', two: '2' });
  });

  test('an imperative create owns the map itself too', () => {
    const created = new ObjectHistory(kindSchema('', 'v1', 'ConfigMap')!, 'v1');
    created.update('kubectl-create', (object) => Object.assign(object, { kind: 'ConfigMap', data: { a: '1' } }));
    expect(created.managers).toEqual(['kubectl-create Update {"f:data":{".":{},"f:a":{}}}']);
  });
});

describe('a custom resource with every kind of list (recorded from a 1.36 server)', () => {
  const listMap = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] };
  const string = { type: 'string' };
  const strings = { type: 'array', items: string };
  const user = { name: string, role: { type: 'string', default: 'reader' }, quota: { type: 'integer' } };
  const schema = schemaFromCrd({
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          engine: string,
          version: string,
          replicas: { type: 'integer' },
          minReplicas: { type: 'integer' },
          flags: { ...strings, 'x-kubernetes-list-type': 'set' },
          users: { type: 'array', items: { type: 'object', properties: user }, ...listMap },
          hosts: { ...strings, 'x-kubernetes-list-type': 'atomic' },
          options: { type: 'object', additionalProperties: string },
        },
      },
      status: { type: 'object', properties: { ready: { type: 'boolean' } } },
    },
  });
  const complete = (object: KubeObject): void => {
    object.spec = { version: '1.0', replicas: 3, minReplicas: 1, ...object.spec };
    for (const one of object.spec.users ?? []) one.role ??= 'reader';
  };
  const database = (spec: JsonObject, labels?: JsonObject): JsonObject => ({
    apiVersion: 'shop.example.com/v1',
    kind: 'Database',
    metadata: { name: 's', namespace: 'default', ...(labels ? { labels } : {}) },
    spec,
  });
  const first = database(
    {
      engine: 'postgres',
      replicas: 4,
      flags: ['one', 'two'],
      users: [{ name: 'ann', role: 'admin', quota: 1 }, { name: 'bob' }],
      hosts: ['h1', 'h2'],
      options: { x: '1' },
    },
    { a: '1' },
  );
  const second = database({
    flags: ['two', 'three'],
    users: [{ name: 'ann', quota: 2 }, { name: 'cid' }],
    options: { true: '2' },
  });
  const third = database({ hosts: ['h9'] });
  const history = new ObjectHistory(schema, 'shop.example.com/v1', complete);

  const FIRST =
    'first Apply {"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":{"f:engine":{},"f:flags":{"v:\\"one\\"":{},"v:\\"two\\"":{}},"f:hosts":{},"f:options":{"f:x":{}},"f:replicas":{},"f:users":{"k:{\\"name\\":\\"ann\\"}":{".":{},"f:name":{},"f:quota":{},"f:role":{}},"k:{\\"name\\":\\"bob\\"}":{".":{},"f:name":{}}}}}';

  test('create', () => {
    history.apply('first', first);
    expect(history.managers).toEqual([FIRST]);
  });

  test('a field of a list element in conflict', () => {
    expect(failure(() => history.apply('second', second)).message).toBe(
      'Apply failed with 1 conflict: conflict with "first": .spec.users[name="ann"].quota',
    );
  });

  test('forced: lists are merged by key, as sets, and atomically', () => {
    history.apply('second', second, { force: true });
    expect(history.live?.spec).toEqual({
      engine: 'postgres',
      flags: ['one', 'two', 'three'],
      hosts: ['h1', 'h2'],
      minReplicas: 1,
      options: { true: '2', x: '1' },
      replicas: 4,
      users: [
        { name: 'ann', quota: 2, role: 'admin' },
        { name: 'bob', role: 'reader' },
        { name: 'cid', role: 'reader' },
      ],
      version: '1.0',
    });
    expect(history.managers).toEqual([
      FIRST.replace('"f:quota":{},', ''),
      'second Apply {"f:spec":{"f:flags":{"v:\\"three\\"":{},"v:\\"two\\"":{}},"f:options":{"f:true":{}},"f:users":{"k:{\\"name\\":\\"ann\\"}":{".":{},"f:name":{},"f:quota":{}},"k:{\\"name\\":\\"cid\\"}":{".":{},"f:name":{}}}}}',
    ]);
  });

  test('an atomic list has one owner', () => {
    expect(failure(() => history.apply('third', third)).message).toBe(
      'Apply failed with 1 conflict: conflict with "first": .spec.hosts',
    );
    expect(failure(() => history.apply('first', first)).message).toBe(
      'Apply failed with 1 conflict: conflict with "second": .spec.users[name="ann"].quota',
    );
  });

  test('giving up removes what nobody else owns, defaults of a removed element included', () => {
    history.apply('second', third, { force: true });
    expect(history.live?.spec).toEqual({
      engine: 'postgres',
      flags: ['one', 'two'],
      hosts: ['h9'],
      minReplicas: 1,
      options: { x: '1' },
      replicas: 4,
      users: [
        { name: 'ann', role: 'admin' },
        { name: 'bob', role: 'reader' },
      ],
      version: '1.0',
    });
    expect(history.managers).toEqual([
      FIRST.replace('"f:quota":{},', '').replace('"f:hosts":{},', ''),
      'second Apply {"f:spec":{"f:hosts":{}}}',
    ]);
  });

  test('a patch takes elements of a set away from who applied them', () => {
    history.patch('kubectl-patch', { spec: { options: { z: '3' }, flags: ['one', 'four'] } });
    expect(history.managers).toEqual([
      FIRST.replace('"f:quota":{},', '').replace('"f:hosts":{},', '').replace(',"v:\\"two\\"":{}', ''),
      'second Apply {"f:spec":{"f:hosts":{}}}',
      'kubectl-patch Update {"f:spec":{"f:flags":{"v:\\"four\\"":{}},"f:options":{"f:z":{}}}}',
    ]);
  });

  test('conflicts with several, one of them through a subresource', () => {
    history.patch('kubectl', { spec: { replicas: 7 } }, { subresource: 'scale' });
    expect(failure(() => history.apply('first', first)).message).toBe(
      [
        'Apply failed with 2 conflicts: conflicts with "kubectl" with subresource "scale" using shop.example.com/v1:',
        '- .spec.replicas',
        'conflicts with "second":',
        '- .spec.hosts',
      ].join('\n'),
    );
  });

  test('writes to status own only status', () => {
    const resetFields = [['spec'], ['metadata']];
    history.update('ctl', (object) => Object.assign(object, { status: { ready: true } }), {
      subresource: 'status',
      resetFields,
    });
    expect(history.managers.find((text) => text.startsWith('ctl'))).toBe(
      'ctl Update status {"f:status":{".":{},"f:ready":{}}}',
    );
  });

  test.each([
    [{ nosuch: 1 }, '.spec.nosuch: field not declared in schema'],
    [
      { users: [{ role: 'x' }] },
      '.spec.users: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
    ],
    [{ flags: ['d', 'd'] }, '.spec.flags: duplicate entries for key [="d"]'],
    [{ engine: 5 }, '.spec.engine: expected string, got &value.valueUnstructured{Value:5}'],
    [{ replicas: 'x' }, '.spec.replicas: expected numeric (int or float), got string'],
    [{ options: ['x'] }, '.spec.options: expected map, got &{[x]}'],
    [{ hosts: 'x' }, '.spec.hosts: expected list, got &{x}'],
    [
      { replicas: 'x', engine: true },
      'errors:\n  .spec.replicas: expected numeric (int or float), got string\n  .spec.engine: expected string, got &value.valueUnstructured{Value:true}',
    ],
  ])('refuses %j', (spec, message) => {
    const error = failure(() => history.apply('kubectl', database(spec as JsonObject)));
    expect(error.message).toBe(
      `failed to create typed patch object (default/s; shop.example.com/v1, Kind=Database): ${message}`,
    );
    expect([error.code, error.reason]).toEqual([500, '']);
  });

  test('refuses managed fields in the configuration, and another kind', () => {
    const managed = { ...third, metadata: { name: 's', managedFields: [{ manager: 'x' }] } };
    expect(failure(() => history.apply('kubectl', managed)).message).toBe('metadata.managedFields must be nil');
    const other = { ...third, kind: 'Dinner' };
    expect(failure(() => history.apply('kubectl', other)).message).toBe(
      'invalid object type: shop.example.com/v1, Kind=Dinner',
    );
  });
});
