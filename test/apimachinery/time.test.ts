import fc from 'fast-check';
import { formatMicroTime, formatTime, parseTime } from '../../src/apimachinery/time';

const FIRST = Date.UTC(1, 0, 1);
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

test('times are written as Date writes them, and read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: FIRST, max: LAST }), (instant) => {
      const text = new Date(instant).toISOString();
      expect(formatTime(instant)).toBe(`${text.slice(0, 19)}Z`);
      expect(formatMicroTime(instant)).toBe(`${text.slice(0, 23)}000Z`);
      expect(parseTime(formatMicroTime(instant))).toBe(instant);
    }),
    { seed: 1, numRuns: 2_000 },
  );
});

test('one after the other, over midnight', () => {
  const midnight = Date.UTC(2026, 1, 28) + 86_400_000;
  for (const [offset, text] of [
    [-1, '2026-02-28T23:59:59Z'],
    [0, '2026-03-01T00:00:00Z'],
    [-1000, '2026-02-28T23:59:59Z'],
    [60_000, '2026-03-01T00:01:00Z'],
  ] as const)
    expect(formatTime(midnight + offset)).toBe(text);
});

test('fractions of a millisecond are microseconds', () => {
  expect(formatMicroTime(0.25)).toBe('1970-01-01T00:00:00.000250Z');
  expect(formatMicroTime(1_500.001)).toBe('1970-01-01T00:00:01.500001Z');
});

test('what is no time', () => {
  expect(() => formatTime(Number.NaN)).toThrow(RangeError);
  for (const text of [
    '',
    '2026-02-30T00:00:00Z',
    '2026-01-01T00:00:00',
    '2026-01-01 00:00:00Z',
    '2026-01-01T24:00:01Z',
  ])
    expect(parseTime(text)).toBeUndefined();
});
