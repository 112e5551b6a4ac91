import { deepEqual, deepFreeze, type JsonObject } from '../../src/apimachinery/json';
import { copyWith, defineLate } from '../../src/apimachinery/late-member';

function late(): { object: JsonObject; reads: () => number } {
  let reads = 0;
  const object: JsonObject = { name: 'a' };
  defineLate(object, 'managedFields', () => {
    reads++;
    return [{ manager: 'm' }];
  });
  object.last = 1;
  return { object: Object.freeze(object), reads: () => reads };
}

test('is read when asked for, once', () => {
  const { object, reads } = late();
  expect(object.name).toBe('a');
  expect('managedFields' in object).toBe(true);
  expect(reads()).toBe(0);
  expect(object.managedFields).toEqual([{ manager: 'm' }]);
  expect(object.managedFields).toBe(object.managedFields);
  expect(reads()).toBe(1);
});

test('is an ordinary member to whoever looks', () => {
  const plain = { name: 'a', managedFields: [{ manager: 'm' }], last: 1 };
  expect(late().object).toStrictEqual(plain);
  expect(JSON.stringify(late().object)).toBe(JSON.stringify(plain));
  expect(Object.keys(late().object)).toEqual(Object.keys(plain));
  expect(Object.entries(late().object)).toEqual(Object.entries(plain));
  expect(deepEqual(late().object, plain)).toBe(true);
  expect({ ...late().object }).toStrictEqual(plain);
  expect(Object.getOwnPropertyDescriptor({ ...late().object }, 'managedFields')?.value).toEqual([{ manager: 'm' }]);
  expect(structuredClone(late().object)).toStrictEqual(plain);
  expect(deepFreeze({ metadata: late().object }).metadata.managedFields).toEqual([{ manager: 'm' }]);
  const { managedFields, ...rest } = late().object;
  expect(rest).toStrictEqual({ name: 'a', last: 1 });
  expect(() => {
    late().object.managedFields = [];
  }).toThrow(TypeError);
});

test('stays late in a copy, and both read it once', () => {
  const { object, reads } = late();
  const copy = copyWith(object, { name: 'b', resourceVersion: '7' });
  expect(Object.keys(copy)).toEqual(['name', 'managedFields', 'last', 'resourceVersion']);
  expect(reads()).toBe(0);
  expect(copy).toStrictEqual({ name: 'b', managedFields: [{ manager: 'm' }], last: 1, resourceVersion: '7' });
  expect(object.managedFields).toBe(copy.managedFields);
  expect(reads()).toBe(1);
  expect(copyWith(object, { managedFields: [] })).toStrictEqual({ name: 'a', managedFields: [], last: 1 });
  expect(copyWith({ name: 'a' }, { name: 'b' })).toStrictEqual({ name: 'b' });
});
