import fc from 'fast-check';
import { type Lane, WorkQueue } from '../../src/sim/workqueue';

describe('WorkQueue', () => {
  test('hands out what is due, in the order of the keys, each key once', () => {
    const queue = new WorkQueue();
    queue.add('b', 10);
    queue.add('a', 20);
    queue.add('c', 5);
    queue.add('b', 30);
    expect(queue.take(4)).toEqual([]);
    expect(queue.take(20)).toEqual(['a', 'b', 'c']);
    expect(queue.take(100)).toEqual([]);
    expect(queue.earliest()).toBeUndefined();
  });

  test('a key is due when it was first asked for, whatever is asked later', () => {
    const queue = new WorkQueue();
    queue.add('a', 30);
    queue.add('a', 10);
    queue.add('a', 20);
    expect(queue.earliest()).toBe(10);
    expect(queue.take(10)).toEqual(['a']);
    expect(queue.earliest()).toBeUndefined();
  });

  test('a failure is tried again after 5 ms, doubled each time, at most 1000 s; success begins anew', () => {
    const queue = new WorkQueue();
    const delays: number[] = [];
    for (let i = 0; i < 20; i++) {
      queue.retry('a', 0, i);
      delays.push(queue.earliest() as number);
      queue.take(Number.MAX_SAFE_INTEGER);
    }
    expect(delays.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(delays.slice(17)).toEqual([655_360, 1_000_000, 1_000_000]);
    queue.forget('a');
    queue.retry('a', 0, 20);
    expect(queue.earliest()).toBe(5);
  });

  test('knows which retries have seen all that changed', () => {
    const queue = new WorkQueue();
    queue.retry('a', 0, 7);
    expect(queue.retriesSince(6)).toBe(false);
    expect(queue.retriesSince(7)).toBe(true);
    queue.add('a', 0);
    expect(queue.retriesSince(7)).toBe(false);
  });

  test('work takes the place of a periodic look at the same instant', () => {
    const queue = new WorkQueue();
    queue.add('a', 10, 'periodic');
    expect(queue.waiting('work')).toBe(0);
    queue.add('a', 10, 'work');
    expect([queue.waiting('work'), queue.waiting('periodic')]).toEqual([1, 0]);
  });

  test('agrees with a list that is searched', () => {
    const lanes: Lane[] = ['work', 'periodic', 'retry'];
    const step = fc.oneof(
      fc.record({
        add: fc.constantFrom('a', 'b', 'c', 'd'),
        due: fc.integer({ min: 0, max: 50 }),
        lane: fc.constantFrom(...lanes),
      }),
      fc.record({ take: fc.integer({ min: 0, max: 50 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new WorkQueue();
        const model = new Map<string, { due: number; lane: Lane }>();
        for (const one of steps) {
          if ('add' in one) {
            queue.add(one.add, one.due, one.lane);
            const old = model.get(one.add);
            if (!old || one.due < old.due || (one.due === old.due && one.lane === 'work')) model.set(one.add, one);
          } else {
            const due = [...model].filter(([, item]) => item.due <= one.take).map(([key]) => key);
            expect(queue.take(one.take)).toEqual(due.sort());
            for (const key of due) model.delete(key);
          }
          const dues = [...model.values()].map((item) => item.due);
          expect(queue.earliest()).toBe(dues.length > 0 ? Math.min(...dues) : undefined);
          for (const lane of lanes)
            expect(queue.waiting(lane)).toBe([...model.values()].filter((item) => item.lane === lane).length);
        }
      }),
    );
  });
});
