/** From what metrics ask for to what is done: windows, rates and bounds. Instants are seconds before now. */
import type { Behavior, ScalingPolicy } from '../../../src/sim/controllers/horizontalpodautoscaler/autoscaler';
import {
  BLANK,
  begun,
  type Memory,
  recommended,
  scaled,
} from '../../../src/sim/controllers/horizontalpodautoscaler/memory';
import { limit, stabilize } from '../../../src/sim/controllers/horizontalpodautoscaler/normalize';
import { NOW } from './pods';

const at = (seconds: number) => NOW - seconds * 1000;

/** `[replicas, first, last]`, seconds ago; without a last it is still recommended. */
function remembering(stretches: [number, number, number?][], more: Partial<Memory> = {}): Memory {
  const recommendations = stretches.map(([replicas, from, to]) => ({
    replicas,
    from: at(from),
    ...(to === undefined ? {} : { to: at(to) }),
  }));
  return { ...BLANK, recommendations, ...more };
}

const events = (...list: [number, number][]) => list.map(([change, seconds]) => ({ change, at: at(seconds) }));

const behaving = (up: number, down?: number): Behavior => ({
  scaleUp: { stabilizationWindowSeconds: up },
  scaleDown: down === undefined ? {} : { stabilizationWindowSeconds: down },
});

describe('windows that look back', () => {
  test.each<[string, number, number, Behavior | undefined, [number, number, number?][], number, string]>([
    ['nothing before', 5, 3, undefined, [], 5, 'ReadyForNewScale'],
    ['up at once', 8, 3, undefined, [[3, 60]], 8, 'ReadyForNewScale'],
    ['down waits for the most of 5 minutes', 2, 5, undefined, [[5, 100]], 5, 'ScaleDownStabilized'],
    ['what is exactly 5 minutes old counts', 2, 5, undefined, [[5, 600, 300]], 5, 'ScaleDownStabilized'],
    ['what is older does not', 2, 5, undefined, [[5, 600, 315]], 2, 'ReadyForNewScale'],
    [
      'the most of several',
      2,
      9,
      undefined,
      [
        [9, 600, 315],
        [7, 300, 200],
        [4, 185],
      ],
      7,
      'ScaleDownStabilized',
    ],
    // With a behavior, what is exactly as old as the window does not count any more.
    ['a window of its own', 2, 5, behaving(0, 60), [[5, 200, 45]], 5, 'ScaleDownStabilized'],
    ['at its end', 2, 5, behaving(0, 60), [[5, 200, 60]], 2, 'ReadyForNewScale'],
    ['5 minutes where it says nothing', 2, 5, behaving(0), [[5, 600, 285]], 5, 'ScaleDownStabilized'],
    ['no window at all', 2, 5, behaving(0, 0), [[5, 600]], 2, 'ReadyForNewScale'],
    ['up waits for the least', 9, 3, behaving(60, 300), [[4, 45]], 4, 'ScaleUpStabilized'],
    ['not for what is older', 9, 3, behaving(60, 300), [[4, 300, 75]], 9, 'ReadyForNewScale'],
    // The least of late is 2, the most 8: the 5 there are lie between them.
    ['up, and neither way', 8, 5, behaving(60, 60), [[2, 45]], 5, 'ScaleUpStabilized'],
    ['down, and neither way', 2, 5, behaving(60, 60), [[8, 45]], 5, 'ScaleDownStabilized'],
    ['a window shorter than a period sees nothing', 9, 3, behaving(10, 0), [[4, 60]], 9, 'ReadyForNewScale'],
  ])('%s', (_title, desired, current, behavior, before, replicas, reason) => {
    const result = stabilize(desired, current, behavior, remembering(before), NOW);
    expect([result.replicas, result.verdict.reason]).toEqual([replicas, reason]);
  });
});

const policy = (type: ScalingPolicy['type'], value: number, periodSeconds: number): ScalingPolicy => ({
  type,
  value,
  periodSeconds,
});
const DEFAULT_UP = { selectPolicy: 'Max' as const, policies: [policy('Pods', 4, 15), policy('Percent', 100, 15)] };
const DEFAULT_DOWN = { selectPolicy: 'Max' as const, policies: [policy('Percent', 100, 15)] };
const up = (rules: Behavior['scaleUp']): Behavior => ({ scaleUp: rules ?? {}, scaleDown: DEFAULT_DOWN });
const down = (rules: Behavior['scaleDown']): Behavior => ({ scaleUp: DEFAULT_UP, scaleDown: rules ?? {} });

describe('rates and bounds', () => {
  test.each<[string, number, number, Behavior | undefined, Partial<Memory>, number, string]>([
    ['as it is', 5, 5, undefined, {}, 5, 'DesiredWithinRange'],
    ['not below the least', 0, 5, undefined, {}, 1, 'TooFewReplicas'],
    ['not above the most', 30, 15, undefined, {}, 20, 'TooManyReplicas'],
    // without a behavior: twice as many, or four
    ['twice as many', 10, 3, undefined, {}, 6, 'ScaleUpLimit'],
    ['four at least', 10, 1, undefined, {}, 4, 'ScaleUpLimit'],
    ['all the way down', 1, 20, undefined, {}, 1, 'DesiredWithinRange'],
    // max(1 + 4, 1 × 2) = 5; max(10 + 4, 10 × 2) = 20
    ['4 pods or 100 %, whichever is more', 20, 1, up(DEFAULT_UP), {}, 5, 'ScaleUpLimit'],
    ['100 % or 4 pods', 20, 10, up(DEFAULT_UP), {}, 20, 'DesiredWithinRange'],
    ['the most comes before the rate', 25, 10, up(DEFAULT_UP), {}, 20, 'TooManyReplicas'],
    ['whichever is less', 20, 10, up({ ...DEFAULT_UP, selectPolicy: 'Min' }), {}, 14, 'ScaleUpLimit'],
    ['not at all', 20, 10, up({ ...DEFAULT_UP, selectPolicy: 'Disabled' }), {}, 10, 'ScaleUpLimit'],
    // 3 were added within the minute: it began with 2, 2 + 4 = 6
    [
      'what was added counts',
      20,
      5,
      up({ policies: [policy('Pods', 4, 60)] }),
      { scaleUps: events([3, 30]) },
      6,
      'ScaleUpLimit',
    ],
    [
      'until the period is over',
      20,
      5,
      up({ policies: [policy('Pods', 4, 60)] }),
      { scaleUps: events([3, 60]) },
      9,
      'ScaleUpLimit',
    ],
    // 5 - 4 = 1 and 1 + 4 = 5: none left
    [
      'nothing left',
      20,
      5,
      up({ policies: [policy('Pods', 4, 60)] }),
      { scaleUps: events([4, 30]) },
      5,
      'ScaleUpLimit',
    ],
    // 6 went within the minute: it began with 11, 11 + 4 = 15
    [
      'what went gives room',
      20,
      5,
      up({ policies: [policy('Pods', 4, 60)] }),
      { scaleDowns: events([6, 30]) },
      15,
      'ScaleUpLimit',
    ],
    // 3 × 1.5 = 4.5
    ['per cents are rounded up', 20, 3, up({ policies: [policy('Percent', 50, 60)] }), {}, 5, 'ScaleUpLimit'],
    // 3 × 1.1 = 3.3
    ['so that it grows at all', 20, 3, up({ policies: [policy('Percent', 10, 60)] }), {}, 4, 'ScaleUpLimit'],

    ['down by default: all of it', 1, 10, down(DEFAULT_DOWN), {}, 1, 'DesiredWithinRange'],
    ['down by pods', 1, 10, down({ policies: [policy('Pods', 3, 60)] }), {}, 7, 'ScaleDownLimit'],
    // 11 × 0.8 = 8.8, cut
    ['down by per cents, cut', 1, 11, down({ policies: [policy('Percent', 20, 60)] }), {}, 8, 'ScaleDownLimit'],
    // min(10 - 1, 10 × 0.5) = 5
    [
      'the larger step',
      1,
      10,
      down({ policies: [policy('Pods', 1, 60), policy('Percent', 50, 60)] }),
      {},
      5,
      'ScaleDownLimit',
    ],
    [
      'the smaller step',
      1,
      10,
      down({ selectPolicy: 'Min', policies: [policy('Pods', 1, 60), policy('Percent', 50, 60)] }),
      {},
      9,
      'ScaleDownLimit',
    ],
    [
      'not down at all',
      1,
      10,
      down({ selectPolicy: 'Disabled', policies: [policy('Pods', 1, 60)] }),
      {},
      10,
      'ScaleDownLimit',
    ],
    // 2 went: it began with 12, 12 - 3 = 9
    [
      'what went counts',
      1,
      10,
      down({ policies: [policy('Pods', 3, 60)] }),
      { scaleDowns: events([2, 30]) },
      9,
      'ScaleDownLimit',
    ],
    [
      'nothing more may go',
      1,
      10,
      down({ policies: [policy('Pods', 3, 60)] }),
      { scaleDowns: events([5, 30]) },
      10,
      'ScaleDownLimit',
    ],
    ['the least comes before the rate', 0, 3, down({ policies: [policy('Pods', 5, 60)] }), {}, 1, 'TooFewReplicas'],
  ])('%s', (_title, desired, current, behavior, more, replicas, reason) => {
    const result = limit(desired, { current, min: 1, max: 20 }, behavior, remembering([], more), NOW);
    expect([result.replicas, result.verdict.reason]).toEqual([replicas, reason]);
  });
});

describe('what is remembered', () => {
  test('the first sync counts what it finds as recommended', () => {
    const memory = begun(BLANK, 3, NOW);
    expect(memory.recommendations).toEqual([{ replicas: 3, from: NOW, to: NOW }]);
    expect(begun(memory, 5, NOW + 15_000)).toBe(memory);
  });

  test('the same again and again is one stretch, and nothing to write', () => {
    const memory = recommended(begun(BLANK, 3, NOW), 5, NOW);
    expect(recommended(memory, 5, NOW + 15_000)).toBe(memory);
    const changed = recommended(memory, 2, NOW + 60_000);
    expect(changed.recommendations).toEqual([
      { replicas: 3, from: NOW, to: NOW },
      { replicas: 5, from: NOW, to: NOW + 45_000 },
      { replicas: 2, from: NOW + 60_000 },
    ]);
    // What nobody can ask for any more is forgotten.
    expect(recommended(changed, 4, NOW + 7_200_000).recommendations).toHaveLength(2);
  });

  test('a sync without a recommendation ends the stretch', () => {
    const memory = recommended(recommended(BLANK, 5, NOW), undefined, NOW + 30_000);
    expect(memory.recommendations).toEqual([{ replicas: 5, from: NOW, to: NOW + 15_000 }]);
    expect(recommended(memory, undefined, NOW + 45_000)).toBe(memory);
  });

  test('how it scaled', () => {
    const memory = scaled(scaled(BLANK, 2, 6, NOW), 6, 5, NOW + 60_000);
    expect(memory).toMatchObject({
      scaleUps: [{ change: 4, at: NOW }],
      scaleDowns: [{ change: 1, at: NOW + 60_000 }],
    });
  });
});
