import fc from 'fast-check';
import { escapeFieldValue, parseFieldSelector } from '../../src/apimachinery/fields';

describe('parseFieldSelector', () => {
  test.each([
    ['', ''],
    ['a=b', 'a=b'],
    ['a==b', 'a=b'],
    ['b!=2,a=1', 'a=1,b!=2'],
    ['a=,', 'a='],
    ['a=x\\,y', 'a=x\\,y'],
    ['spec.nodeName=', 'spec.nodeName='],
  ])('%j is %j', (text, expected) => expect(parseFieldSelector(text).toString()).toBe(expected));

  test.each([
    ['a', `invalid selector: 'a'; can't understand 'a'`],
    ['a=1,b', `invalid selector: 'a=1,b'; can't understand 'b'`],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a=\\b', 'invalid field selector: invalid escape sequence: \\b'],
    ['a=\\', 'invalid field selector: invalid escape sequence: \\'],
  ])('%j is refused', (text, message) => expect(() => parseFieldSelector(text)).toThrow(new Error(message)));
});

test('matches by text, and knows what it pins down', () => {
  const selector = parseFieldSelector('metadata.name=a,status.phase!=Running');
  const fields: Record<string, string> = { 'metadata.name': 'a', 'status.phase': 'Pending' };
  expect(selector.matches((field) => fields[field] ?? '')).toBe(true);
  expect(selector.matches((field) => (field === 'status.phase' ? 'Running' : 'a'))).toBe(false);
  expect(selector.exactMatch('metadata.name')).toBe('a');
  expect(selector.exactMatch('status.phase')).toBeUndefined();
});

test('an escaped value comes back as it was', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const selector = parseFieldSelector(`f=${escapeFieldValue(value)},`);
      expect(selector.exactMatch('f')).toBe(value);
    }),
  );
});
