/** How a series is written down, and read again. */
import fc from 'fast-check';
import { appended, EMPTY, type Head, isGone, type Point, pointsOf } from '../../../src/sim/timeline/record-text';

const written = (points: readonly Point[]): Head => points.reduce(appended, EMPTY);

test('seconds are counted from the line before, and nothing is written that is not new', () => {
  const head = written([
    { at: 1_000, values: [3, 0] },
    { at: 1_005, values: [3, 0] },
    { at: 1_010, values: [3, 2] },
    { at: 1_010, values: [3, 3] },
    { at: 1_020, values: [undefined, 3.4] },
    { at: 1_030, values: [] },
  ]);
  expect(head.text).toBe('1000 3 0\n10 3 3\n10 - 3\n10');
  expect(head).toMatchObject({ count: 4, last: 1_030 });
  expect(isGone(head)).toBe(true);
  expect(pointsOf([head.text]).at(-2)).toEqual({ at: 1_020, values: [undefined, 3] });
});

test('what returns within one second to what it was leaves no trace', () => {
  const before = written([{ at: 10, values: [1] }]);
  const after = [
    { at: 20, values: [2] },
    { at: 20, values: [1] },
  ].reduce(appended, before);
  expect(after).toEqual(before);
});

test('what is gone before anything is known of it is not written', () => {
  expect(appended(EMPTY, { at: 5, values: [] })).toBe(EMPTY);
});

test('is what was noted, whatever the numbers are', () => {
  const values = fc.array(fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }), {
    minLength: 1,
    maxLength: 2,
  });
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), values), { maxLength: 30 });
  fc.assert(
    fc.property(steps, (list) => {
      const levels = new Map<number, string>();
      let at = 100;
      const points = list.map(([seconds, one]) => {
        at += seconds;
        levels.set(at, JSON.stringify(one));
        return { at, values: one };
      });
      const read = pointsOf([written(points).text]);
      const levelAt = (instant: number) => read.filter((point) => point.at <= instant).at(-1);
      for (const [instant, level] of levels) expect(JSON.stringify(levelAt(instant)?.values)).toBe(level);
      for (let i = 1; i < read.length; i++) {
        expect(read[i]?.at).toBeGreaterThan(read[i - 1]?.at ?? 0);
        expect(read[i]?.values).not.toStrictEqual(read[i - 1]?.values);
      }
    }),
    { seed: 7, numRuns: 300 },
  );
});
