/** Nodes of field sets that come again are one object; those that come once are not kept. */
import fc from 'fast-check';
import { difference, type FieldSet, union } from '../../../src/merge/managed-fields/field-set';
import { Draft, isShared, LEAF } from '../../../src/merge/managed-fields/shared-nodes';

type Shape = [element: string, inner: Shape][];

const { shape } = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.uniqueArray(
    fc.tuple(fc.constantFrom('f:a', 'f:b', 'f:c', 'v:"x"'), fc.oneof({ maxDepth: 3 }, fc.constant([]), tie('shape'))),
    {
      maxLength: 4,
      selector: ([element]) => element,
    },
  ) as fc.Arbitrary<Shape>,
}));

function drafted(fields: Shape): FieldSet {
  const draft = new Draft();
  for (const [element, inner] of fields) draft.set(element, drafted(inner));
  return draft.nodeWithSelf();
}

function plain(fields: Shape): FieldSet {
  if (fields.length === 0) return {};
  return { ...Object.fromEntries(fields.map(([element, inner]) => [element, plain(inner)])), '.': {} };
}

const isUnique = (fields: Shape): boolean =>
  fields.some(([element, inner]) => element.startsWith('v:') || isUnique(inner));

test('a node is what was put into it, in that order; made again, it is the very same unless it is like no other', () => {
  fc.assert(
    fc.property(shape, (fields) => {
      const node = drafted(fields);
      expect(JSON.stringify(node)).toBe(JSON.stringify(plain(fields)));
      expect(isShared(node)).toBe(!isUnique(fields));
      if (isShared(node)) {
        expect(drafted(fields)).toBe(node);
        expect(Object.isFrozen(node)).toBe(true);
      }
    }),
    { seed: 1 },
  );
});

test('what two nodes come to is the same whether it is remembered or not', () => {
  fc.assert(
    fc.property(shape, shape, (one, other) => {
      for (const operation of [union, difference]) {
        const fresh = JSON.stringify(operation(plain(one), plain(other)));
        for (let i = 0; i < 2; i++) expect(JSON.stringify(operation(drafted(one), drafted(other)))).toBe(fresh);
      }
    }),
    { seed: 2 },
  );
});

test('an element that is there already is replaced; a node without elements is a leaf', () => {
  const draft = new Draft();
  expect(draft.nodeWithSelf()).toBe(LEAF);
  draft.set('f:a', drafted([['f:b', []]]));
  expect([draft.has('f:a'), draft.has('f:b')]).toEqual([true, false]);
  draft.set('f:a', LEAF);
  expect(draft.node()).toEqual({ 'f:a': {} });
});
