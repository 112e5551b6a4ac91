import type { JsonObject } from '../../../src/apimachinery/json';
import { asJson, asObject, type ManagedFieldsEntry } from '../../../src/apimachinery/meta';
import { entriesButForTimes } from '../../../src/merge/managed-fields/manager';
import { kindSchema } from '../../../src/schema/catalog';
import { decode } from '../../../src/schema/decode';
import { ObjectHistory } from './object-history';

function historyOf(group: string, version: string, kind: string): ObjectHistory {
  const schema = kindSchema(group, version, kind)!;
  const apiVersion = group ? `${group}/${version}` : version;
  return new ObjectHistory(schema, apiVersion, (object) => {
    object.kind = kind;
    const { managedFields } = object.metadata;
    const decoded = decode(asJson(object), schema, { group, version, kind }).object;
    // An empty list is a wish to reset them; decoding can't tell it from none.
    if (managedFields?.length === 0) Object.assign(decoded['metadata'] as JsonObject, { managedFields });
    for (const key of Object.keys(object)) delete object[key];
    Object.assign(object, decoded);
  });
}

const write = (history: ObjectHistory, manager: string, fields: JsonObject, options = {}) =>
  history.update(manager, (object) => Object.assign(object, fields), options);

const deployment: JsonObject = {
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'nginx',
            image: 'nginx',
            ports: [{ containerPort: 80, protocol: 'TCP' }],
            env: [{ name: 'A', value: '1' }],
          },
        ],
      },
    },
  },
};

describe('a create', () => {
  test('owns what it sets, and what a Go struct has beside it', () => {
    const history = historyOf('apps', 'v1', 'Deployment');
    write(history, 'kubectl-create', deployment);
    expect(history.managers).toEqual([
      `kubectl-create Update ${JSON.stringify({
        'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
        'f:spec': {
          'f:replicas': {},
          'f:selector': {},
          'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} }, 'f:type': {} },
          'f:template': {
            'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
            'f:spec': {
              'f:containers': {
                'k:{"name":"nginx"}': {
                  '.': {},
                  'f:env': { '.': {}, 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                  'f:image': {},
                  'f:name': {},
                  'f:ports': {
                    '.': {},
                    'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} },
                  },
                  'f:resources': {},
                },
              },
            },
          },
        },
      })}`,
    ]);
    expect(history.live?.metadata.managedFields?.[0]).toMatchObject({
      apiVersion: 'apps/v1',
      fieldsType: 'FieldsV1',
      time: '2026-01-01T00:00:00Z',
    });
  });

  test('what the client sent for metadata that nobody can own', () => {
    const history = historyOf('', 'v1', 'ConfigMap');
    write(history, '', {
      metadata: {
        name: 'x',
        namespace: 'n',
        uid: 'u',
        resourceVersion: '1',
        generation: 1,
        creationTimestamp: null,
        finalizers: ['a/a'],
      },
    });
    expect(history.managers).toEqual(['unknown Update {"f:metadata":{"f:finalizers":{".":{},"v:\\"a/a\\"":{}}}}']);
  });

  test('keeps managed fields that the client sent, as a restored backup has them', () => {
    const history = historyOf('', 'v1', 'ConfigMap');
    const entry = {
      manager: 'old',
      operation: 'Apply',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { 'f:b': {} } },
    };
    write(history, 'restore', { metadata: { name: 'x', managedFields: [entry] }, data: { a: '1' } });
    expect(history.managers).toEqual([
      'old Apply {"f:data":{"f:b":{}}}',
      'restore Update {"f:data":{".":{},"f:a":{}}}',
    ]);
  });
});

describe('an update', () => {
  const created = () => {
    const history = historyOf('', 'v1', 'ConfigMap');
    write(history, 'one', { metadata: { name: 'x' }, data: { a: '1', b: '1' } });
    return history;
  };

  test('takes over what it changes and adds, and takes from all what it removes', () => {
    const history = created();
    history.patch('two', { data: { a: '2', c: '1' } });
    expect(history.managers).toEqual([
      'one Update {"f:data":{".":{},"f:b":{}}}',
      'two Update {"f:data":{"f:a":{},"f:c":{}}}',
    ]);
    history.patch('three', { data: { b: null } });
    expect(history.managers).toEqual(['one Update {"f:data":{}}', 'two Update {"f:data":{"f:a":{},"f:c":{}}}']);
    history.patch('three', { data: null });
    expect(history.live?.metadata.managedFields).toBeUndefined();
  });

  test('by the same manager adds to what it has, and moves its time', () => {
    const history = created();
    history.patch('one', { data: { c: '1' } });
    expect(history.managers).toEqual(['one Update {"f:data":{".":{},"f:a":{},"f:b":{},"f:c":{}}}']);
    expect(history.live?.metadata.managedFields?.[0]?.time).toBe('2026-01-01T00:00:01Z');
  });

  test('that changes nothing gives the very entries back', () => {
    const history = created();
    const before = history.live?.metadata.managedFields;
    write(history, 'two', {});
    expect(history.live?.metadata.managedFields).toEqual(before);
  });

  test('of fields that are reset does not count', () => {
    const history = created();
    const resetFields = [['data']];
    history.patch('two', { data: { a: '2' }, immutable: true }, { resetFields });
    expect(history.managers).toEqual([
      'one Update {"f:data":{".":{},"f:a":{},"f:b":{}}}',
      'two Update {"f:immutable":{}}',
    ]);
  });

  test('through a subresource is a manager of its own, and can not set managed fields', () => {
    const history = created();
    const before = history.managers;
    history.update(
      'one',
      (object) =>
        Object.assign(object, {
          data: { ...object.data, a: '5' },
          metadata: { ...object.metadata, managedFields: [] },
        }),
      { subresource: 'status' },
    );
    expect(history.managers).toEqual([
      (before[0] as string).replace('"f:a":{},', ''),
      'one Update status {"f:data":{"f:a":{}}}',
    ]);
  });

  test.each<[string, unknown[]]>([
    ['an empty list', []],
    ['one empty entry', [{}]],
  ])('with %s as managed fields resets them, and then nobody is tracked until an apply', (_, managedFields) => {
    const history = created();
    const reset = (object: { metadata: object }) => Object.assign(object.metadata, { managedFields });
    history.update('two', reset);
    expect(history.live?.metadata.managedFields).toBeUndefined();
    history.patch('two', { data: { z: '1' } });
    expect(history.live?.metadata.managedFields).toBeUndefined();
    history.apply(
      'kubectl',
      asJson(asObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { q: '1' } })),
    );
    expect(history.managers).toEqual([
      'kubectl Apply {"f:data":{"f:q":{}}}',
      'before-first-apply Update {"f:data":{".":{},"f:a":{},"f:b":{},"f:z":{}}}',
    ]);
  });

  test.each<[string, Partial<ManagedFieldsEntry>]>([
    ['no operation', { manager: 'x', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} }],
    ['no version', { manager: 'x', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1: {} }],
    ['no type', { manager: 'x', operation: 'Update', apiVersion: 'v1', fieldsV1: {} }],
    [
      'fields that are none',
      { manager: 'x', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { data: {} } },
    ],
  ])('with managed fields that have %s keeps the live ones', (_, entry) => {
    const history = created();
    const before = history.managers;
    history.update('two', (object) => Object.assign(object.metadata, { managedFields: [entry] }));
    expect(history.managers).toEqual(before);
  });

  test('lists: by keys, by values, as a whole', () => {
    const history = historyOf('', 'v1', 'Pod');
    write(history, 'one', {
      metadata: { name: 'x', finalizers: ['a/a'] },
      spec: { containers: [{ name: 'a', args: ['1'] }, { name: 'b' }], tolerations: [{ key: 't' }] },
    });
    history.update('two', (object) => {
      object.metadata.finalizers?.push('b/b');
      object.spec.containers[0].args.push('2');
      object.spec.containers[1].image = 'b:1';
      object.spec.tolerations.push({ key: 'u' });
    });
    expect(history.managers[1]).toBe(
      'two Update {"f:metadata":{"f:finalizers":{"v:\\"b/b\\"":{}}},"f:spec":{"f:containers":{"k:{\\"name\\":\\"a\\"}":{"f:args":{}},"k:{\\"name\\":\\"b\\"}":{"f:image":{}}},"f:tolerations":{}}}',
    );
    expect(history.managers[0]).not.toContain('f:args');
    history.update('three', (object) => {
      object.spec.containers.reverse();
    });
    expect(history.managers).toHaveLength(2);
    history.update('three', (object) => {
      object.spec.containers.pop();
    });
    expect(history.managers[0]).not.toContain('k:{\\"name\\":\\"a\\"}');
  });

  test('elements with one key are owned together', () => {
    const history = historyOf('', 'v1', 'Pod');
    const env = (...values: string[]) => ({
      spec: { containers: [{ name: 'a', env: values.map((value) => ({ name: 'E', value })) }] },
    });
    write(history, 'one', { metadata: { name: 'x' }, ...env('1', '2') });
    expect(history.managers[0]).toContain('"f:env":{".":{},"k:{\\"name\\":\\"E\\"}":{}}');
    write(history, 'two', env('1', '3'));
    expect(history.managers[1]).toBe(
      'two Update {"f:spec":{"f:containers":{"k:{\\"name\\":\\"a\\"}":{"f:env":{"k:{\\"name\\":\\"E\\"}":{}}}}}}',
    );
    write(history, 'three', env('3'));
    expect(history.managers[1]).toBe(
      'three Update {"f:spec":{"f:containers":{"k:{\\"name\\":\\"a\\"}":{"f:env":{"k:{\\"name\\":\\"E\\"}":{".":{},"f:name":{},"f:value":{}}}}}}}',
    );
  });
});

test('no more than ten update managers: the oldest become ancient-changes', () => {
  const history = historyOf('', 'v1', 'ConfigMap');
  for (let i = 0; i < 12; i++)
    history.patch(`manager-${String(i).padStart(2, '0')}`, { kind: 'ConfigMap', data: { [`k${i}`]: 'v' } });
  expect(history.managers).toHaveLength(10);
  // Those put together carry the time of the youngest among them.
  expect(history.managers[0]).toBe('ancient-changes Update {"f:data":{".":{},"f:k0":{},"f:k1":{},"f:k2":{}}}');
  expect(history.live?.metadata.managedFields?.[0]?.time).toBe('2026-01-01T00:00:02Z');
  expect(history.managers[1]).toBe('manager-03 Update {"f:data":{"f:k3":{}}}');
});

test('entries that differ in nothing but time', () => {
  const entry: ManagedFieldsEntry = {
    manager: 'a',
    operation: 'Update',
    apiVersion: 'v1',
    time: '2026-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:a': {} },
  };
  const old = [entry];
  expect(entriesButForTimes(old, [{ ...entry, time: '2026-01-01T00:00:09Z' }])).toBe(old);
  expect(entriesButForTimes(old, [{ ...entry, manager: 'b' }])).toBeUndefined();
  expect(entriesButForTimes(old, [entry, entry])).toBeUndefined();
  expect(entriesButForTimes(undefined, undefined)).toBeUndefined();
});
