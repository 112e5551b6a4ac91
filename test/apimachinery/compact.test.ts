/** What is stored is the same value, frozen, and shares what it has in common with others. */
import * as fc from 'fast-check';
import { compacted, frozenInPlace } from '../../src/apimachinery/compact';
import { clone, deepEqual, type Json, type JsonObject } from '../../src/apimachinery/json';
import { defineLate } from '../../src/apimachinery/late-member';

function isDeeplyFrozen(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

test('a value keeps its text, to the order of its keys, and is frozen', () => {
  fc.assert(
    fc.property(fc.jsonValue() as fc.Arbitrary<Json>, (value) => {
      const text = JSON.stringify(value);
      const kept = compacted(value);
      expect(JSON.stringify(kept)).toBe(text);
      expect(isDeeplyFrozen(kept)).toBe(true);
      expect(JSON.stringify(compacted(JSON.parse(text)))).toBe(text);
      const quickly = frozenInPlace(JSON.parse(text));
      expect(JSON.stringify(quickly)).toBe(text);
      expect(isDeeplyFrozen(quickly)).toBe(true);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('integers beyond 2^53 and a key __proto__ survive', () => {
  const value = { spec: { sizes: [{ bytes: 9_007_199_254_740_993n }], map: JSON.parse('{"__proto__":{"a":1}}') } };
  const kept = compacted(clone(value as Json));
  expect(deepEqual(kept, value as Json)).toBe(true);
  expect(Object.keys((kept as unknown as typeof value).spec.map)).toEqual(['__proto__']);
  expect(isDeeplyFrozen(kept)).toBe(true);
});

test('parts that are alike are one; what is like no other is its own', () => {
  const pod = (name: string) =>
    compacted({
      metadata: { name, labels: { app: 'web' } },
      spec: {
        containers: [{ name: 'web', ports: [{ port: 80 }] }],
        volumes: [{ name: `token-of-${name}`, empty: {} }],
      },
    }) as { [part: string]: { [field: string]: JsonObject[] } };
  const [one, other] = [pod('one'), pod('other')];
  expect(one['spec']?.['containers']).toBe(other['spec']?.['containers']);
  expect(one['metadata']?.['labels']).toBe(other['metadata']?.['labels']);
  expect(one['spec']?.['volumes']).not.toBe(other['spec']?.['volumes']);
  expect(one['spec']?.['volumes']?.[0]?.['empty']).toBe(other['spec']?.['volumes']?.[0]?.['empty']);
});

test('what was frozen before stays the very same', () => {
  const spec = compacted({ replicas: 3 }) as JsonObject;
  expect((compacted({ spec, status: {} }) as JsonObject)['spec']).toBe(spec);
});

test('a spec that changes is made small, with what of it was only frozen before; nothing else is looked at again', () => {
  const pod = (name: string) => {
    const odd = Object.assign(Object.create(null), { name });
    return frozenInPlace({
      metadata: { name, labels: { app: 'web' } },
      spec: {
        containers: [{ name: 'web', ports: [{ port: 80 }] }],
        volumes: [{ name, empty: {} }],
        odd,
        key: `of ${name}`,
      },
    }) as { metadata: JsonObject; spec: { [field: string]: Json[] } };
  };
  const bound = (name: string) => {
    const { metadata, spec } = pod(name);
    const before = JSON.stringify({ metadata, spec: { ...spec, nodeName: 'node-1' } });
    const value = compacted({ metadata, spec: { ...spec, nodeName: 'node-1' } }) as ReturnType<typeof pod>;
    expect(JSON.stringify(value)).toBe(before);
    expect(isDeeplyFrozen(value as unknown as Json)).toBe(true);
    expect(value.metadata).toBe(metadata);
    return value.spec;
  };
  const [one, other] = [bound('one'), bound('other')];
  expect(one['containers']).toBe(other['containers']);
  const emptyOf = (spec: typeof one) => (spec['volumes']?.[0] as JsonObject | undefined)?.['empty'];
  expect(emptyOf(one)).toBeDefined();
  expect(emptyOf(one)).toBe(emptyOf(other));
});

test.each([compacted, frozenInPlace])('a late member is not read by %p', (keep) => {
  const metadata: JsonObject = { name: 'web', labels: { app: 'web' } };
  let reads = 0;
  defineLate(metadata, 'managedFields', () => {
    reads++;
    return [{ manager: 'm' }];
  });
  const kept = keep({ metadata }) as { metadata: JsonObject };
  expect(reads).toBe(0);
  expect(Object.isFrozen(kept.metadata)).toBe(true);
  expect(kept.metadata['managedFields']).toEqual([{ manager: 'm' }]);
});
