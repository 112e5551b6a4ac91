import fc from 'fast-check';
import type { Json } from '../../src/apimachinery/json';
import {
  compareStrings,
  JsonSyntaxError,
  parseJson,
  parseJsonPrefix,
  sortStrings,
  stringifyGo,
  stringifyJson,
} from '../../src/apimachinery/json-text';

describe('parseJson', () => {
  test.each<[string, Json]>([
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['-9223372036854775808', -9223372036854775808n],
    ['{"a":[1,9223372036854775807]}', { a: [1, 9223372036854775807n] }],
    // Beyond int64 a number is a double, as sigs.k8s.io/json has it.
    ['9223372036854775808', 2 ** 63],
    ['12345678901234567890123', Number('12345678901234567890123')],
    ['1234567890123456789.5', Number('1234567890123456789.5')],
    ['1e3', 1000],
    ['"1234567890123456789012"', '1234567890123456789012'],
    ['{"a":": 1234567890123456789 \\u00e9\\n"}', { a: ': 1234567890123456789 \u00e9\n' }],
    [' [ ] ', []],
    ['{"a":{},"b":[true,false,null]}', { a: {}, b: [true, false, null] }],
    ['{"a":1,"a":2}', { a: 2 }],
  ])('%s', (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  test('__proto__ is a key', () => {
    for (const text of ['{"__proto__":{"x":1}}', '{"__proto__":{"x":1234567890123456789}}']) {
      const value = parseJson(text) as object;
      expect(Object.keys(value)).toEqual(['__proto__']);
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    }
  });

  // Offsets and words of encoding/json.
  test.each([
    ['', 'unexpected end of JSON input', 0],
    ['{', 'unexpected end of JSON input', 1],
    ['{a}', "invalid character 'a' looking for beginning of object key string", 2],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string", 8],
    ['{"a" 1}', "invalid character '1' after object key", 6],
    ['{"a":1 "b":2}', "invalid character '\"' after object key:value pair", 8],
    ['[1 2]', "invalid character '2' after array element", 4],
    ['1 2', "invalid character '2' after top-level value", 3],
    ['nul', 'unexpected end of JSON input', 3],
    ['nulx', "invalid character 'x' in literal null (expecting 'l')", 4],
    ['tRue', "invalid character 'R' in literal true (expecting 'r')", 2],
    ['-a', "invalid character 'a' in numeric literal", 2],
    ['01', "invalid character '1' after top-level value", 2],
    ['1.x', "invalid character 'x' after decimal point in numeric literal", 3],
    ['1ex', "invalid character 'x' in exponent of numeric literal", 3],
    ['"a\nb"', "invalid character '\\n' in string literal", 3],
    ['"\\q"', "invalid character 'q' in string escape code", 3],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape", 6],
    ["'a'", "invalid character '\\'' looking for beginning of value", 1],
    ['{"é":é}', "invalid character 'Ã' looking for beginning of value", 7],
    ['[1,', 'unexpected end of JSON input', 3],
  ])('%s', (text, message, offset) => {
    let error: unknown;
    try {
      parseJson(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(JsonSyntaxError);
    expect((error as JsonSyntaxError).message).toBe(message);
    expect((error as JsonSyntaxError).offset).toBe(offset);
  });

  test('ten thousand levels and no more', () => {
    expect(() => parseJson(`${'['.repeat(10_001)}1234567890123456789`)).toThrow('exceeded max depth');
  });
});

test('values of a stream', () => {
  const text = ' {"a":1}\n[2] 3 ';
  const first = parseJsonPrefix(text);
  expect(first).toEqual({ value: { a: 1 }, end: 8 });
  const second = parseJsonPrefix(text, first?.end);
  expect(second).toEqual({ value: [2], end: 12 });
  expect(parseJsonPrefix(text, 14)).toBeUndefined();
  expect(() => parseJsonPrefix('{"a"', 0)).toThrow('unexpected EOF');
});

describe('stringifyGo', () => {
  test('keys in byte order, angle brackets and line separators escaped', () => {
    expect(stringifyGo({ b: 1, a: '<&>\u2028', Z: [], '\ufffd': 1, '😀': 2 })).toBe(
      '{"Z":[],"a":"\\u003c\\u0026\\u003e\\u2028","b":1,"\ufffd":1,"😀":2}',
    );
    expect(stringifyGo({ a: '<\u2029>' }, { escapeHtml: false })).toBe('{"a":"<\\u2029>"}');
    expect(stringifyGo({ b: 1, a: 2 }, { sortKeys: false })).toBe('{"b":1,"a":2}');
  });

  test('control characters, halves of pairs', () => {
    expect(stringifyGo('\b\f\n\r\t\x01\x7f\ud800x')).toBe('"\\b\\f\\n\\r\\t\\u0001\x7f\ufffdx"');
  });

  test('numbers', () => {
    expect(stringifyGo([1e20, 1e21, 1e-6, 1e-7, -0, 9007199254740993n, 0.1])).toBe(
      '[100000000000000000000,1e+21,0.000001,1e-7,-0,9007199254740993,0.1]',
    );
  });

  test('indentation', () => {
    expect(stringifyGo({ a: [1, {}], b: {} }, { indent: '  ' })).toBe(
      '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": {}\n}',
    );
    expect(stringifyGo({ a: 1 }, { indent: '  ', prefix: '> ' })).toBe('{\n>   "a": 1\n> }');
  });

  test('undefined members are left out', () => {
    expect(stringifyGo({ a: undefined, b: 1 } as never)).toBe('{"b":1}');
  });

  test('without bigints it is JSON.stringify with other escapes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(stringifyGo(value as Json))).toEqual(JSON.parse(JSON.stringify(value)));
        expect(JSON.parse(stringifyGo(value as Json, { indent: '\t' }))).toEqual(JSON.parse(JSON.stringify(value)));
        expect(stringifyJson(value as Json)).toBe(JSON.stringify(value));
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test('any int64 survives the round trip', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (n) => {
        expect(stringifyJson({ n: parseJson(String(n)) })).toBe(`{"n":${n}}`);
      }),
      { seed: 1 },
    );
  });
});

test('compareStrings orders by UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 6 }), fc.string({ unit: 'binary', maxLength: 6 }), (a, b) => {
      expect(Math.sign(compareStrings(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { seed: 1 },
  );
  expect(sortStrings(['b', 'a', 'B'])).toEqual(['B', 'a', 'b']);
});
