/** What is new in a value is frozen and weighed in one go; what is stored in its place has been. */
import fc from 'fast-check';
import { deepFreeze, type JsonObject } from '../../src/apimachinery/json';
import { estimate, freezeAndWeigh } from '../../src/apiserver/weigh';

const json = () =>
  fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 3 })) as fc.Arbitrary<JsonObject>;

function isFrozenThroughout(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozenThroughout);
}

test('all of it is frozen, and none of what is in both is weighed', () => {
  fc.assert(
    fc.property(json(), json(), (before, added) => {
      deepFreeze(before);
      const value = { ...before, added };
      const added0 = estimate(added);
      const size = freezeAndWeigh(value, before);
      expect(isFrozenThroughout(value)).toBe(true);
      if (!Object.hasOwn(before, 'added')) expect(size).toBe('added'.length + 2 + added0);
    }),
    { seed: 1 },
  );
});

test('of a list only what is new counts, and what was frozen by somebody else counts in full', () => {
  const before = deepFreeze({ metadata: { managedFields: [{ manager: 'a' }, { manager: 'b' }] } });
  const { managedFields } = before.metadata;
  const entry = { manager: 'c'.repeat(100) };
  const list = { metadata: { managedFields: [managedFields[1], managedFields[0], entry] } } as unknown as JsonObject;
  expect(freezeAndWeigh(list, before as unknown as JsonObject)).toBe(
    'managedFields'.length + 2 + 'manager'.length + 2 + 100,
  );
  const shared = deepFreeze({ text: 'x'.repeat(1000) });
  expect(freezeAndWeigh({ data: shared }, {})).toBeGreaterThan(1000);
});
