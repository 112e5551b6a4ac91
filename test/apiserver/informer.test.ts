/** Whatever happens, and however it follows, an informer ends with what a list shows. */
import fc from 'fast-check';
import type { KubeObject } from '../../src/apimachinery/meta';
import type { Client, Query } from '../../src/client/client';
import { Informer, keyOf } from './informer';
import { CONFIG_MAPS, configMap, PODS, pod, testServer } from './server-for-tests';

type Step =
  | { kind: 'write'; name: string; namespace: string; label: string; value: string }
  | { kind: 'delete'; name: string; namespace: string }
  | { kind: 'elsewhere'; count: number }
  | { kind: 'look'; lose: boolean };

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const namespace = fc.constantFrom('one', 'two');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      name,
      namespace,
      label: fc.constantFrom('in', 'out'),
      value: fc.constantFrom('1', '2'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), name, namespace }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('elsewhere' as const), count: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('look' as const), lose: fc.boolean() }) },
);
const selection: fc.Arbitrary<{ namespace: string; query: Query }> = fc.constantFrom(
  { namespace: '', query: {} },
  { namespace: 'one', query: {} },
  { namespace: '', query: { labelSelector: 'state=in' } },
  { namespace: 'two', query: { labelSelector: 'state!=in' } },
  { namespace: '', query: { fieldSelector: 'metadata.name=b' } },
  { namespace: 'one', query: { fieldSelector: 'metadata.name=a' } },
  { namespace: '', query: { fieldSelector: 'metadata.namespace=two', labelSelector: 'state in (in, out)' } },
  { namespace: '', query: { labelSelector: '!state' } },
);

async function act(client: Client, step: Exclude<Step, { kind: 'look' }>, count: number): Promise<void> {
  if (step.kind === 'elsewhere') {
    for (let i = 0; i < step.count; i++) await client.create(PODS, 'one', pod(`p${count}-${i}`));
    return;
  }
  const { name, namespace } = step;
  const there = (await client.list(CONFIG_MAPS, namespace)).items.some(({ metadata }) => metadata.name === name);
  if (step.kind === 'delete') {
    if (there) await client.delete(CONFIG_MAPS, namespace, name);
    return;
  }
  const object = configMap(name, { value: step.value }, { labels: { state: step.label } });
  if (!there) await client.create(CONFIG_MAPS, namespace, object);
  else await client.update(CONFIG_MAPS, { ...object, metadata: { ...object.metadata, namespace } });
}

const sorted = (objects: Iterable<KubeObject>) => [...objects].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

test.each([
  ['lists and watches', { watchList: false, limit: 0 }, undefined],
  ['lists in pages and watches', { watchList: false, limit: 2 }, undefined],
  ['watches what there is', { watchList: true, limit: 0 }, undefined],
  ['lists and watches, with a short history', { watchList: false, limit: 0 }, 6],
  ['lists in pages, with a short history', { watchList: false, limit: 1 }, 4],
  ['watches what there is, with a short history', { watchList: true, limit: 0 }, 6],
])('who %s sees what there is', async (_, mode, history) => {
  let relists = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), selection, async (steps, { namespace, query }) => {
      const { client, store } = testServer(history === undefined ? {} : { history });
      const informer = new Informer(client, CONFIG_MAPS, namespace, query, mode);
      const check = async (lose: boolean) => {
        await informer.follow(await store.revision(), lose);
        const { items } = await client.list(CONFIG_MAPS, namespace, query);
        expect(sorted(informer.objects.values())).toEqual(sorted(items));
      };
      for (const [count, step] of steps.entries()) {
        if (step.kind === 'look') await check(step.lose);
        else await act(client, step, count);
      }
      await check(false);
      await informer.disconnect();
      relists += informer.relists;
    }),
    { numRuns: 40, seed: 7 },
  );
  // With a short history some must have had to begin anew; otherwise nobody.
  expect(relists > 0).toBe(history !== undefined);
});
