import fc from 'fast-check';
import { formatDuration, formatNanoseconds, parseDuration, parseNanoseconds } from '../../src/apimachinery/duration';
import { ageSince, humanDuration, shortHumanDuration } from '../../src/apimachinery/human-duration';
import { formatMicroTime, formatTime, parseTime } from '../../src/apimachinery/time';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('Go durations', () => {
  test.each([
    ['0', 0],
    ['5s', 5 * SECOND],
    ['-1.5h', -1.5 * HOUR],
    ['1h30m0s', 1.5 * HOUR],
    ['300ms', 300],
    ['+2h45m', 2.75 * HOUR],
    ['.5s', 500],
    ['1.s', 1000],
    ['1us', 0.001],
    ['1µs', 0.001],
    ['10ns', 0.00001],
    ['1h1h', 2 * HOUR],
  ])('%s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each([
    ['', 'time: invalid duration ""'],
    ['x', 'time: invalid duration "x"'],
    ['-', 'time: invalid duration "-"'],
    ['1', 'time: missing unit in duration "1"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['1 s', 'time: unknown unit " s" in duration "1 s"'],
    ['.s', 'time: invalid duration ".s"'],
    ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
    ['1__proto__', 'time: unknown unit "__proto__" in duration "1__proto__"'],
  ])('refuses %j', (text, message) => {
    expect(() => parseDuration(text)).toThrow(message);
  });

  test.each([
    [0, '0s'],
    [SECOND, '1s'],
    [1500, '1.5s'],
    [300, '300ms'],
    [0.5, '500µs'],
    [MINUTE, '1m0s'],
    [HOUR, '1h0m0s'],
    [90 * MINUTE + 1, '1h30m0.001s'],
    [-HOUR, '-1h0m0s'],
    [DAY, '24h0m0s'],
  ])('%d ms', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  test('what is written is read back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (n) => {
        expect(parseNanoseconds(formatNanoseconds(n))).toBe(n);
      }),
      { seed: 1 },
    );
  });
});

// The tables of apimachinery util/duration/duration_test.go.
test.each([
  [0, '0s'],
  [SECOND, '1s'],
  [MINUTE - 1, '59s'],
  [MINUTE, '60s'],
  [2 * MINUTE - 1, '119s'],
  [2 * MINUTE, '2m'],
  [2 * MINUTE + SECOND, '2m1s'],
  [10 * MINUTE - 1, '9m59s'],
  [10 * MINUTE, '10m'],
  [10 * MINUTE + SECOND, '10m'],
  [3 * HOUR - 1, '179m'],
  [3 * HOUR, '3h'],
  [3 * HOUR + MINUTE, '3h1m'],
  [8 * HOUR - 1, '7h59m'],
  [8 * HOUR + 59 * MINUTE, '8h'],
  [2 * DAY - 1, '47h'],
  [2 * DAY, '2d'],
  [2 * DAY + HOUR, '2d1h'],
  [8 * DAY - 1, '7d23h'],
  [8 * DAY + 23 * HOUR, '8d'],
  [2 * 365 * DAY - 1, '729d'],
  [2 * 365 * DAY, '2y'],
  [2 * 365 * DAY + DAY, '2y1d'],
  [8 * 365 * DAY - 1, '7y364d'],
  [8 * 365 * DAY + 364 * DAY, '8y'],
  [-1, '0s'],
  [-1999, '0s'],
  [-2 * SECOND, '<invalid>'],
])('humanDuration(%d) is %s', (milliseconds, text) => {
  expect(humanDuration(milliseconds)).toBe(text);
});

test.each([
  [0, '0s'],
  [MINUTE - 1, '59s'],
  [MINUTE, '1m'],
  [HOUR - 1, '59m'],
  [DAY - 1, '23h'],
  [365 * DAY - 1, '364d'],
  [365 * DAY, '1y'],
  [10 * 365 * DAY - 1, '9y'],
  [-2 * SECOND, '<invalid>'],
])('shortHumanDuration(%d) is %s', (milliseconds, text) => {
  expect(shortHumanDuration(milliseconds)).toBe(text);
});

test('ages', () => {
  expect(ageSince('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:05:00Z'))).toBe('5m');
  expect(ageSince(undefined, 0)).toBe('<unknown>');
  expect(ageSince(null, 0)).toBe('<unknown>');
});

describe('RFC 3339', () => {
  const instant = Date.parse('2026-01-02T03:04:05.678Z');

  test('written', () => {
    expect(formatTime(instant)).toBe('2026-01-02T03:04:05Z');
    expect(formatMicroTime(instant)).toBe('2026-01-02T03:04:05.678000Z');
    expect(formatMicroTime(instant + 0.25)).toBe('2026-01-02T03:04:05.678250Z');
    expect(formatTime(-1)).toBe('1969-12-31T23:59:59Z');
  });

  test.each([
    ['2026-01-02T03:04:05Z', instant - 678],
    ['2026-01-02T03:04:05.678Z', instant],
    ['2026-01-02T05:04:05.678+02:00', instant],
    ['2026-01-01T20:34:05.678-06:30', instant],
    ['2024-02-29T00:00:00Z', Date.parse('2024-02-29T00:00:00Z')],
  ])('read: %s', (text, expected) => {
    expect(parseTime(text)).toBe(expected);
  });

  test.each([
    '',
    '2026-01-02',
    '2026-01-02 03:04:05Z',
    '2026-01-02T03:04:05',
    '2026-02-30T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-1-1T00:00:00Z',
    '2026-01-01T00:00:00z',
  ])('refused: %j', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});
