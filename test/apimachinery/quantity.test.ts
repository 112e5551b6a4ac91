import fc from 'fast-check';
import {
  milliValue,
  parseQuantity,
  Quantity,
  QuantityError,
  type QuantityFormat,
  quantityOf,
  quantityOfMilli,
  toQuantity,
  wholeValue,
  ZERO,
} from '../../src/apimachinery/quantity';

const MAX = 2n ** 63n - 1n;

/** text, value as unscaled × 10^scale, format: the facts of upstream's TestQuantityParse. */
const PARSED: [string, number | bigint, number, QuantityFormat][] = [
  ['0', 0, 0, 'DecimalSI'],
  ['0n', 0, 0, 'DecimalSI'],
  ['0Ki', 0, 0, 'BinarySI'],
  ['1', 1, 0, 'DecimalSI'],
  ['1Ki', 1024, 0, 'BinarySI'],
  ['7Mi', 7 * 1024 ** 2, 0, 'BinarySI'],
  ['6Gi', 6 * 1024 ** 3, 0, 'BinarySI'],
  ['5Ti', 5 * 1024 ** 4, 0, 'BinarySI'],
  ['4Pi', 4n * 1024n ** 5n, 0, 'BinarySI'],
  ['3Ei', 3n * 1024n ** 6n, 0, 'BinarySI'],
  ['5n', 5, -9, 'DecimalSI'],
  ['4u', 4, -6, 'DecimalSI'],
  ['3m', 3, -3, 'DecimalSI'],
  ['50k', 5, 4, 'DecimalSI'],
  ['300T', 3, 14, 'DecimalSI'],
  ['2P', 2, 15, 'DecimalSI'],
  ['1E', 1, 18, 'DecimalSI'],
  ['1E-3', 1, -3, 'DecimalExponent'],
  ['1e3', 1, 3, 'DecimalExponent'],
  ['1e14', 1, 14, 'DecimalExponent'],
  ['100.035k', 100035, 0, 'DecimalSI'],
  ['0.0005k', 5, -1, 'DecimalSI'],
  ['0.05000', 5, -2, 'DecimalSI'],
  ['0.5e-2', 5, -3, 'DecimalExponent'],
  ['1.3E+6', 13, 5, 'DecimalExponent'],
  ['6.987654321G', 6987654321, 0, 'DecimalSI'],
  ['1.01E', 101, 16, 'DecimalSI'],
  ['3.001n', 4, -9, 'DecimalSI'],
  ['1.1E-9', 2, -9, 'DecimalExponent'],
  ['0.0000000001', 1, -9, 'DecimalSI'],
  ['0.9n', 1, -9, 'DecimalSI'],
  ['0.00000012345', 124, -9, 'DecimalSI'],
  ['9Ei', MAX, 0, 'BinarySI'],
  ['9223372036854775807Ki', MAX, 0, 'BinarySI'],
  ['12E', 12, 18, 'DecimalSI'],
  ['100.035Ki', 10243584, -2, 'BinarySI'],
  ['0.5Mi', 512 * 1024, 0, 'BinarySI'],
  ['0.025Ti', 274877906944, -1, 'BinarySI'],
  ['0.000000000001Ki', 2, -9, 'DecimalSI'],
  ['.001', 1, -3, 'DecimalSI'],
  ['.0001k', 100, -3, 'DecimalSI'],
  ['1.', 1, 0, 'DecimalSI'],
  ['1.G', 1, 9, 'DecimalSI'],
];

test.each(PARSED)('%s parses', (text, unscaled, scale, format) => {
  const expected = new Quantity(BigInt(unscaled), scale, format);
  for (const sign of ['', '+', '-']) {
    const got = parseQuantity(sign + text);
    expect(got.cmp(sign === '-' ? expected.neg() : expected)).toBe(0);
    expect(got.format).toBe(format);
  }
});

test.each([
  ['', /must match the regular expression/],
  ['1.1.M', /must match/],
  ['1+1.0M', /must match/],
  ['0.1mi', /unable to parse quantity's suffix/],
  ['0.1am', /must match/],
  ['aoeu', /must match/],
  ['1i', /suffix/],
  ['-3.01e-', /suffix/],
  [' 1', /must match/],
  ['1 ', /must match/],
  ['1GB', /must match/],
  ['1gi', /must match/],
  ['1e999999999', /suffix/],
])('%j is refused', (text, why) => {
  expect(() => parseQuantity(text)).toThrow(QuantityError);
  expect(() => parseQuantity(text)).toThrow(why);
});

/** Written, printed: TestQuantityString, TestQuantityParseEmit, and what the fast path keeps as it came. */
test.each([
  ['1024Mi', '1Gi'],
  ['307200Ki', '300Mi'],
  ['1025024Mi', '1001Gi'],
  ['1024Gi', '1Ti'],
  ['1.5Gi', '1536Mi'],
  ['0.5', '500m'],
  ['1000m', '1'],
  ['5000m', '5'],
  ['1000M', '1G'],
  ['0.001T', '1G'],
  ['1000u', '1m'],
  ['1.08', '1080m'],
  ['1080000000n', '1080m'],
  ['1234567M', '1234567M'],
  ['.001e12', '1e9'],
  ['0.001e0', '1e-3'],
  ['1000e-12', '1e-9'],
  ['80e-3', '80e-3'],
  ['00', '0'],
  ['.001Ki', '1024m'],
  ['.000001Ki', '1024u'],
  ['.000000000001Ki', '2n'],
  ['100m', '100m'],
  ['1Gi', '1Gi'],
  ['512Ki', '512Ki'],
  ['1000Ki', '1000Ki'],
  ['1000', '1k'],
  ['100000', '100k'],
  ['1500', '1500'],
  ['2.125', '2.125'],
  ['2.250', '2.250'],
  ['+5', '+5'],
  ['1E3', '1E3'],
  ['0.5Ki', '512'],
  ['-1.5Gi', '-1536Mi'],
  ['9Ei', '9223372036854775807'],
])('%s is printed %s', (text, printed) => {
  expect(parseQuantity(text).toString()).toBe(printed);
  expect(parseQuantity(printed).toString()).toBe(printed);
});

test('zero takes the format of what is added, and keeps it when nothing is', () => {
  for (const text of ['100m', '1Gi', '1e3']) {
    expect(`${parseQuantity(text).add(ZERO)}`).toBe(text);
    expect(`${ZERO.add(parseQuantity(text))}`).toBe(text);
    expect(`${ZERO.sub(parseQuantity(text))}`).toBe(`-${text}`);
  }
});

test('rounding goes away from zero', () => {
  const table: [string, number, string][] = [
    ['9.01', -3, '9010m'],
    ['9.01', -1, '9100m'],
    ['9.01', 0, '10'],
    ['9.01', 2, '100'],
    ['-9.01', 0, '-10'],
    ['-9.01', 2, '-100'],
  ];
  for (const [text, scale, rounded] of table) expect(`${parseQuantity(text).roundUp(scale)}`).toBe(rounded);
  expect(parseQuantity('1n').value()).toBe(1);
  expect(parseQuantity('1n').milliValue()).toBe(1);
  expect(parseQuantity('-1n').value()).toBe(-1);
  expect(parseQuantity('1500m').value()).toBe(2);
});

test('fields: numbers, spaces, absent', () => {
  expect(milliValue(0.5)).toBe(500);
  expect(milliValue('250m')).toBe(250);
  expect(milliValue(undefined)).toBe(0);
  expect(wholeValue(' 1Ki ')).toBe(1024);
  expect(wholeValue(1e21)).toBe(1e21);
  expect(`${toQuantity(9007199254740993n)}`).toBe('9007199254740993');
  expect(() => toQuantity(true)).toThrow(QuantityError);
  expect(`${quantityOf(1024 * 1024, 'BinarySI')}`).toBe('1Mi');
  expect(`${quantityOfMilli(1024, 'BinarySI')}`).toBe('1024m');
  expect(`${quantityOfMilli(1234000)}`).toBe('1234');
  expect(`${parseQuantity('1.5').mul(3)}`).toBe('4500m');
});

// Beyond 2^63 amounts are capped, and what is capped reads otherwise than it was written.
const amounts = fc
  .record({
    digits: fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }),
    suffix: fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'e-3', 'E6'),
  })
  .map(({ digits, suffix }) => `${digits}${suffix}`);

test('printing and parsing again changes neither value nor text', () => {
  fc.assert(
    fc.property(amounts, (text) => {
      const quantity = parseQuantity(text);
      const canonical = new Quantity(quantity.unscaled, quantity.scale, quantity.format).toString();
      expect(parseQuantity(canonical).cmp(quantity)).toBe(0);
      expect(parseQuantity(canonical).toString()).toBe(canonical);
    }),
  );
});

test('order and sums agree', () => {
  fc.assert(
    fc.property(amounts, amounts, (x, y) => {
      const [a, b] = [parseQuantity(x), parseQuantity(y)];
      expect(a.cmp(b)).toBe(a.sub(b).sign());
      expect(a.add(b).sub(b).equals(a)).toBe(true);
      expect(a.cmp(b) + b.cmp(a)).toBe(0);
    }),
  );
});
