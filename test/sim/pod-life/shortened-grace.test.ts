/** A pod that is asked to end, and then to end sooner: the kubelet begins anew, with the time that the second request gives. */
import type { KubeObject } from '../../../src/apimachinery/meta';
import { SHORTENED_GRACES } from '../../../src/apiserver/shortened-graces';
import { type ClusterUnderTest, START } from '../cluster-under-test';
import { boundPod, goOn, live, oneNode, PODS, type PodParts } from './life';

const note = (name: string, value: string) => ({ [`kubetick.dev/${name}`]: value });
const remove =
  (gracePeriodSeconds?: number) =>
  ({ client }: ClusterUnderTest) =>
    client.delete(PODS, 'default', 'p', gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds });
const deaf = note('ignore-term', 'true');
const slow = note('stop-time', '9s');
const hook = (seconds: number) => ({ lifecycle: { preStop: { sleep: { seconds } } } });
const sidecar = { name: 'a', image: 'example/main:1', restartPolicy: 'Always' };

test.each<{ it: string; pod: PodParts; deletes: Record<number, number | undefined>; gone: number; events?: string[] }>([
  {
    it: 'has from the second request on what that gives',
    pod: { annotations: deaf },
    deletes: { 10: undefined, 20: 15 },
    gone: 35,
    events: ['10s Killing Stopping container main (x2)'],
  },
  {
    it: 'has two seconds at least',
    pod: { annotations: deaf },
    deletes: { 10: undefined, 20: 1 },
    gone: 22,
  },
  {
    it: 'has what it had, where somebody asks for more',
    pod: { annotations: deaf, spec: { terminationGracePeriodSeconds: 7 } },
    deletes: { 10: undefined, 12: 20 },
    gone: 17,
    events: ['10s Killing Stopping container main'],
  },
  {
    it: 'has ever less; what is no less changes nothing',
    pod: { annotations: deaf },
    deletes: { 10: 100, 20: 50, 30: 25, 40: 33 },
    gone: 55,
    events: ['10s Killing Stopping container main (x3)'],
  },
  {
    it: 'got TERM once, with the first request',
    pod: { annotations: slow },
    deletes: { 10: undefined, 14: 8 },
    gone: 19,
  },
  {
    it: 'begins its hook anew, and the one that was running has failed',
    pod: { main: hook(10) },
    deletes: { 10: undefined, 15: 20 },
    gone: 26,
    events: ['10s Killing Stopping container main (x2)', '15s FailedPreStopHook PreStopHook failed'],
  },
  {
    it: 'does not wait for a hook that lasts longer than the time that is left',
    pod: { annotations: deaf, main: hook(10) },
    deletes: { 10: undefined, 15: 7 },
    gone: 24,
  },
  {
    it: 'ends its hook at once where it was over: TERM was sent',
    pod: { annotations: slow, main: hook(2) },
    deletes: { 10: undefined, 14: 20 },
    gone: 21,
  },
  {
    it: 'stops its sidecar after its containers',
    pod: { annotations: { ...deaf, 'a.kubetick.dev/ignore-term': 'true' }, spec: { initContainers: [sidecar] } },
    deletes: { 10: undefined, 14: 4 },
    gone: 20,
  },
])('$it', async ({ pod, deletes, gone, events }) => {
  const deeds = Object.fromEntries(Object.entries(deletes).map(([at, grace]) => [at, remove(grace)]));
  const object = boundPod(pod) as KubeObject;
  const seen = await live(object, gone + 2, deeds);
  expect(seen.states.at(-1)).toBe(`${gone}s gone`);
  if (events) expect(seen.events.filter((one) => / (Killing|FailedPreStopHook) /.test(one))).toEqual(events);
  expect(await seen.cluster.store.get(SHORTENED_GRACES)).toBeUndefined();

  const cluster = await oneNode();
  await cluster.client.create(PODS, 'default', object);
  const again = await goOn(cluster, 'p', 0, gone + 2, deeds, true);
  expect(again.states).toEqual(seen.states);
  expect(again.events).toEqual(seen.events);
});

test('the object says what is left; who removes it by force leaves nothing behind', async () => {
  const { cluster, pod } = await live(boundPod({ annotations: deaf }), 21, { 10: remove(), 20: remove(5) });
  expect(pod?.metadata).toMatchObject({ deletionGracePeriodSeconds: 1, deletionTimestamp: '2026-01-01T00:00:20Z' });
  const remembered = await cluster.store.get(SHORTENED_GRACES);
  expect(remembered?.value).toEqual({
    [pod?.metadata.uid ?? '']: [
      { at: '2026-01-01T00:00:10Z', seconds: 30 },
      { at: '2026-01-01T00:00:20Z', seconds: 1 },
    ],
  });
  await remove(0)(cluster);
  expect(cluster.clock.now()).toBe(START + 21_000);
  expect(await cluster.store.get(SHORTENED_GRACES)).toBeUndefined();
});
