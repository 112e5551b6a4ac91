import { readFileSync } from 'node:fs';
import { deepFreeze, type JsonObject } from '../../src/apimachinery/json';
import { parseGroupVersion } from '../../src/apimachinery/meta';
import { sharedPart } from '../../src/apimachinery/shared-part';
import { isReason } from '../../src/apimachinery/status';
import { kindSchema } from '../../src/schema/catalog';
import { decode, decodeNewer } from '../../src/schema/decode';
import { schemaFromCrd } from '../../src/schema/from-crd';
import { REFUSED } from './refused-bodies';

function decoded(body: JsonObject) {
  const gvk = { ...parseGroupVersion(String(body['apiVersion'])), kind: String(body['kind']) };
  return decode(deepFreeze(body), kindSchema(gvk.group, gvk.version, gvk.kind)!, gvk);
}

function pod(spec: JsonObject): JsonObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec };
}

test.each(REFUSED)('%s', (body, complaint) => {
  const value = JSON.parse(body) as JsonObject;
  const { kind } = value;
  try {
    decoded(value);
  } catch (error) {
    expect(isReason(error, 'BadRequest')).toBe(true);
    expect((error as Error).message).toBe(`${kind} in version "v1" cannot be handled as a ${kind}: ${complaint}`);
    return;
  }
  throw new Error('was not refused');
});

test('the first mismatch in the order of sorted keys counts, whatever the order of the body', () => {
  expect(() => decoded(pod({ nodeName: 1, hostname: true }))).toThrow('cannot unmarshal bool');
});

test('base64: where Go stops reading', () => {
  const secret = (text: string) => decoded({ apiVersion: 'v1', kind: 'Secret', data: { a: text } }).object['data'];
  expect(secret('aGk=')).toEqual({ a: 'aGk=' });
  expect(secret('aG\nk=\n')).toEqual({ a: 'aGk=' });
  expect(secret('aGl=')).toEqual({ a: 'aGk=' });
  expect(secret('')).toEqual({ a: '' });
  expect(() => secret('aGk')).toThrow(/: illegal base64 data at input byte 0$/);
  expect(() => secret('aGkx=')).toThrow(/at input byte 4$/);
  expect(() => secret('aGk=x')).toThrow(/at input byte 4$/);
  expect(() => secret('aG=k')).toThrow(/at input byte 2$/);
  expect(() => secret('hello world!')).toThrow(/at input byte 5$/);
  expect(() => secret('ä')).toThrow(/at input byte 0$/);
});

test('unknown fields are left out and told, with indices and keys, sorted as clients send them', () => {
  const { object, strictErrors } = decoded({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: {
      replica: 3,
      Replicas: 3,
      template: { spec: { containers: [{ name: 'a' }, { name: 'b', imag: 'c' }], nodeSelector: { any: 'thing' } } },
    },
    bogus: {},
  });
  expect(strictErrors).toEqual([
    'unknown field "bogus"',
    'unknown field "spec.Replicas"',
    'unknown field "spec.replica"',
    'unknown field "spec.template.spec.containers[1].imag"',
  ]);
  expect(object['bogus']).toBeUndefined();
  expect(JSON.stringify(object)).not.toContain('imag"');
});

test('a round trip through Go: the same as kubectl prints', () => {
  const folder = `${__dirname}/testdata`;
  const { object, strictErrors } = decoded(JSON.parse(readFileSync(`${folder}/deployment.input.json`, 'utf8')));
  expect(strictErrors).toEqual([]);
  expect(object).toEqual(JSON.parse(readFileSync(`${folder}/deployment.output.json`, 'utf8')));
});

test('lists without omitempty are null when empty, as they come back from storage', () => {
  const role = (rules?: JsonObject['x']) =>
    decoded({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', ...(rules === undefined ? {} : { rules }) });
  for (const rules of [undefined, null, []]) expect(role(rules).object['rules']).toBeNull();
});

test('decoding again changes nothing, and the result is its own', () => {
  const body = pod({
    containers: [{ name: 'a', resources: { requests: { cpu: '0.5', memory: 1073741824 } } }],
    volumes: [{ name: 'v', emptyDir: { sizeLimit: '1024Mi' } }],
  });
  const once = decoded(body).object;
  expect(once['spec']).toMatchObject({
    containers: [{ resources: { requests: { cpu: '500m', memory: '1073741824' } } }],
    volumes: [{ emptyDir: { sizeLimit: '1Gi' } }],
  });
  (once['metadata'] as JsonObject)['name'] = 'y';
  expect((body['metadata'] as JsonObject)['name']).toBe('x');
  const again = JSON.parse(JSON.stringify(once));
  expect(decoded(JSON.parse(JSON.stringify(once))).object).toEqual(again);
});

test('of a newer version what equals the stored one is the stored one, from the second level on', () => {
  const schema = kindSchema('', 'v1', 'Pod')!;
  const condition = (type: string, status: string) => ({ type, status, lastProbeTime: null, lastTransitionTime: null });
  const body = (ready: string): JsonObject => ({
    ...pod({ containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }] }),
    status: { conditions: [condition('Ready', ready), condition('Initialized', 'True')], podIPs: [{ ip: '10.0.0.1' }] },
  });
  const stored = deepFreeze(decoded(body('False')).object) as Record<string, JsonObject>;
  const newer = decodeNewer(body('True'), schema, stored) as Record<string, JsonObject>;
  expect(newer).toEqual(decoded(body('True')).object);
  expect(newer['spec']).not.toBe(stored['spec']);
  expect(newer['spec']!['containers']).toBe(stored['spec']!['containers']);
  expect(newer['status']!['podIPs']).toBe(stored['status']!['podIPs']);
  const conditions = (object: Record<string, JsonObject>) => object['status']!['conditions'] as JsonObject[];
  expect(conditions(newer)[0]).not.toBe(conditions(stored)[0]);
  expect(conditions(newer)[1]).toBe(conditions(stored)[1]);
});

test('a list that many objects have is decoded once, and what is wrong in it is wrong in each', () => {
  const schema = kindSchema('', 'v1', 'Pod')!;
  const stored = decoded({ ...pod({}), status: { conditions: [{ type: 'PodScheduled', status: 'True' }] } }).object;
  const withConditions = (conditions: JsonObject[]): JsonObject => ({ ...pod({}), status: { conditions } });
  const conditionsOf = (object: JsonObject | undefined) => (object!['status'] as JsonObject)['conditions'];
  const list = sharedPart([{ type: 'Ready', status: 'False', reason: '' }]);
  const first = conditionsOf(decodeNewer(withConditions(list), schema, stored));
  expect(first).toEqual(conditionsOf(decoded(withConditions(list)).object));
  expect(conditionsOf(decodeNewer(withConditions(list), schema, stored))).toBe(first);
  const wrong: JsonObject[] = [{ type: 'Ready', nosuch: 1 }, { type: 1 }];
  for (const condition of wrong) {
    const shared = sharedPart([condition]);
    for (const _ of ['once', 'again']) expect(decodeNewer(withConditions(shared), schema, stored)).toBeUndefined();
  }
});

test('of a newer version that has something wrong, nothing is told here', () => {
  const schema = kindSchema('', 'v1', 'Pod')!;
  const stored = decoded(pod({ containers: [{ name: 'c' }] })).object;
  expect(decodeNewer(pod({ containers: [{ name: 1 }] }), schema, stored)).toBeUndefined();
  expect(decodeNewer(pod({ containers: [{ name: 'c', nosuch: 1 }] }), schema, stored)).toBeUndefined();
});

test('int64 beyond 2^53 stays exact, and beyond int64 is refused', () => {
  const limit = 9223372036854775807n;
  const body = pod({ activeDeadlineSeconds: limit });
  expect((decoded(body).object['spec'] as JsonObject)['activeDeadlineSeconds']).toBe(limit);
  expect(() => decoded(pod({ activeDeadlineSeconds: limit + 1n }))).toThrow(
    'json: cannot unmarshal number 9223372036854775808 into Go struct field PodSpec.spec.activeDeadlineSeconds of type int64',
  );
});

test('micro times keep six places and need them', () => {
  const lease = (renewTime: string) =>
    (
      decoded({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', spec: { renewTime } }).object['spec'] as JsonObject
    )['renewTime'];
  expect(lease('2026-01-01T02:00:00.123456+01:00')).toBe('2026-01-01T01:00:00.123456Z');
  expect(() => lease('2026-01-01T00:00:00Z')).toThrow(
    'parsing time "2026-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
  );
});

test('the schema of a CustomResourceDefinition: unions decode, and only what stands outside them is strict', () => {
  const crd = (schema: JsonObject) =>
    decoded({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      spec: { versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }] },
    });
  const { object, strictErrors } = crd({
    type: 'object',
    nonsense: 1,
    properties: {
      a: { type: 'array', items: { type: 'string', nonsense: 2, default: { deep: [null] } } },
      b: { type: 'object', additionalProperties: true },
      c: { type: 'object', additionalProperties: { type: 'integer', minimum: 0 } },
    },
  });
  expect(strictErrors).toEqual(['unknown field "spec.versions[0].schema.openAPIV3Schema.nonsense"']);
  const spec = object['spec'] as { versions: { schema: { openAPIV3Schema: JsonObject } }[] } & JsonObject;
  expect(spec.versions[0]!.schema.openAPIV3Schema['properties']).toEqual({
    a: { type: 'array', items: { type: 'string', default: { deep: [null] } } },
    b: { type: 'object', additionalProperties: true },
    c: { type: 'object', additionalProperties: { type: 'integer', minimum: 0 } },
  });
  expect(() => crd({ additionalProperties: 3 })).toThrow('boolean or JSON schema expected');
});

test('custom objects are pruned, their metadata decoded', () => {
  const schema = schemaFromCrd({
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          size: { type: 'integer' },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          map: { type: 'object', additionalProperties: { type: 'object', properties: { a: { type: 'string' } } } },
          list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
        },
      },
    },
  });
  const gvk = { group: 'example.com', version: 'v1', kind: 'Widget' };
  const { object, strictErrors } = decode(
    {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w', labels: { a: null }, nosuch: 1 },
      spec: {
        size: 'wrong types are the matter of validation',
        nosuch: {},
        free: { x: 1 },
        map: { k: { a: '', b: 2 } },
        list: [{ a: 'x', c: [] }],
      },
    },
    schema,
    gvk,
  );
  expect(strictErrors).toEqual([
    'unknown field "metadata.nosuch"',
    'unknown field "spec.list[0].c"',
    'unknown field "spec.map.k.b"',
    'unknown field "spec.nosuch"',
  ]);
  expect(object).toEqual({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'w', labels: { a: '' } },
    spec: {
      size: 'wrong types are the matter of validation',
      free: { x: 1 },
      map: { k: { a: '' } },
      list: [{ a: 'x' }],
    },
  });
});

test('keys that JavaScript knows otherwise are ordinary', () => {
  const body = JSON.parse('{"apiVersion":"v1","kind":"ConfigMap","data":{"__proto__":"x"},"__proto__":{"a":1}}');
  const { object, strictErrors } = decoded(body);
  expect(Object.keys(object['data'] as JsonObject)).toEqual(['__proto__']);
  expect(strictErrors).toEqual(['unknown field "__proto__"']);
});
