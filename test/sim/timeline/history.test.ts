/** The record of a cluster's numbers: bounded, shared by processes, forgotten in time. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { CacheChange } from '../../../src/sim/cache';
import { ANYTHING } from '../../../src/sim/changed-parts';
import { SimulatedClock } from '../../../src/sim/clock';
import { History, TIMELINE, TIMELINE_PAST } from '../../../src/sim/timeline/history';
import { headOf, pointsOf } from '../../../src/sim/timeline/record-text';
import { MemoryStore } from '../../../src/store/memory';
import { ConflictError } from '../../../src/store/store';

const START = 1_800_000_000_000;
const KEY = `${TIMELINE}deployments.apps/default/web`;

function deployment(replicas: number): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas },
  };
}
function change(replicas: number, gone = false): CacheChange {
  return new CacheChange('deployments.apps', deployment(replicas), undefined, gone, ANYTHING);
}
async function write(history: History, store: MemoryStore): Promise<void> {
  const page = await history.page();
  page.written(await store.commit(page.writes));
}
const keys = async (store: MemoryStore, prefix: string) => (await store.range(prefix)).entries.map(({ key }) => key);

test('full records are put aside, and the oldest of them forgotten', async () => {
  const store = new MemoryStore();
  const clock = new SimulatedClock(START);
  const history = new History(store, clock);
  for (let i = 0; i < 256 * 70; i++) {
    history.saw(change(i % 7));
    clock.advanceTo(clock.now() + 1000);
    if (history.isFull) await write(history, store);
  }
  await write(history, store);
  const past = await keys(store, TIMELINE_PAST);
  expect(past).toHaveLength(64);
  expect(past.at(-1)).toBe(`${TIMELINE_PAST}deployments.apps/default/web/000068`);
  const texts = (await store.range(TIMELINE_PAST)).entries.map(({ value }) => String(value));
  const points = pointsOf([...texts, headOf((await store.get(KEY))?.value).text]);
  expect(points).toHaveLength(65 * 256);
  expect(points.at(-1)).toEqual({ at: START / 1000 + 256 * 70 - 1, values: [(256 * 70 - 1) % 7, 0] });
});

test('a new process writes nothing where nothing changed, and goes on where something did', async () => {
  const store = new MemoryStore();
  const clock = new SimulatedClock(START);
  const first = new History(store, clock);
  first.saw(change(3));
  await write(first, store);
  clock.advanceTo(START + 60_000);
  const second = new History(store, clock);
  second.saw(change(3));
  expect((await second.page()).writes).toEqual([]);
  second.saw(change(4));
  await write(second, store);
  expect(headOf((await store.get(KEY))?.value).text).toBe(`${START / 1000} 3 0\n60 4 0`);
});

test('two processes do not write over one another', async () => {
  const store = new MemoryStore();
  const clock = new SimulatedClock(START);
  const [first, second] = [new History(store, clock), new History(store, clock)];
  first.saw(change(3));
  second.saw(change(3));
  await write(first, store);
  const page = await second.page();
  expect(page.writes).toEqual([]);
  clock.advanceTo(START + 1000);
  first.saw(change(5));
  second.saw(change(5));
  const late = await second.page();
  await write(first, store);
  await expect(store.commit(late.writes)).rejects.toBeInstanceOf(ConflictError);
  second.forgetRecords();
  expect((await second.page()).writes).toEqual([]);
});

test('what is gone is forgotten after a week', async () => {
  const store = new MemoryStore();
  const clock = new SimulatedClock(START);
  const history = new History(store, clock);
  history.saw(change(3));
  await write(history, store);
  clock.advanceTo(START + 1000);
  history.saw(change(3, true));
  await write(history, store);
  expect(headOf((await store.get(KEY))?.value).text).toBe(`${START / 1000} 3 0\n1`);
  clock.advanceTo(START + 8 * 86_400_000);
  const later = new History(store, clock);
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } };
  later.saw(new CacheChange('pods', pod, undefined, false, ANYTHING));
  await write(later, store);
  expect(await keys(store, TIMELINE)).toEqual([`${TIMELINE}pods`]);
});
