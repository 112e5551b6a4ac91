import fc from 'fast-check';
import type { Json } from '../../src/apimachinery/json';
import type { KubeObject } from '../../src/apimachinery/meta';
import { ObjectCache } from '../../src/sim/cache';
import { LABELS, OWNERS, SPEC } from '../../src/sim/changed-parts';
import type { Located } from '../../src/sim/controller';
import { MemoryStore } from '../../src/store/memory';

interface PodSpec {
  namespace: string;
  name: string;
  node: string;
  app: string;
  owner: string;
  uid: string;
}

function pod({ namespace, name, node, app, owner, uid }: PodSpec): Json {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid,
      ...(app ? { labels: { app, tier: 'x' } } : {}),
      ...(owner ? { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner }] } : {}),
    },
    spec: node ? { nodeName: node } : {},
  };
}

const APPS = { web: {}, db: {} };
const appOf = ({ object }: Located) => APPS[object.metadata.labels?.['app'] as keyof typeof APPS];

const keyOf = ({ namespace, name }: { namespace: string; name: string }) => `/registry/core/pods/${namespace}/${name}`;

describe('ObjectCache', () => {
  test('shows the store as of the last look, frozen, with resource versions', async () => {
    const store = new MemoryStore();
    const cache = new ObjectCache(store);
    const one = { namespace: 'default', name: 'one', node: 'n1', app: 'a', owner: 'rs', uid: 'u1' };
    await store.commit([{ key: keyOf(one), value: pod(one) }]);
    expect(cache.get('pods', 'default', 'one')).toBeUndefined();
    expect((await cache.refresh()).map((change) => change.object.metadata.name)).toEqual(['one']);
    await store.commit([{ key: keyOf(one), value: pod({ ...one, node: 'n2' }) }]);
    expect(cache.index('pods', 'node', 'n1')).toHaveLength(1);
    const [change] = await cache.refresh();
    expect(change?.previous?.['spec'].nodeName).toBe('n1');
    expect(cache.index('pods', 'node', 'n1')).toHaveLength(0);
    const [found] = cache.index('pods', 'node', 'n2');
    expect(found?.metadata.resourceVersion).toBe('2');
    expect(Object.isFrozen(found) && Object.isFrozen(found?.metadata) && Object.isFrozen(found?.['spec'])).toBe(true);
    expect(cache.dependents('rs').map(({ resource }) => resource)).toEqual(['pods']);
    await store.commit([{ key: keyOf(one), value: undefined }]);
    const [gone] = await cache.refresh();
    expect(gone).toMatchObject({ resource: 'pods', gone: true });
    expect(cache.list('pods')).toEqual([]);
    expect(cache.byUid('u1')).toBeUndefined();
    expect(cache.resources()).toEqual([]);
  });

  test('an index that is not declared is a mistake', () => {
    const cache = new ObjectCache(new MemoryStore());
    expect(() => cache.index('pods', 'colour', 'red')).toThrow('pods have no index colour');
    expect(() => cache.any('pods', 'colour')).toThrow('pods have no index colour');
  });

  test('knows whether anything is in an index', async () => {
    const store = new MemoryStore();
    const cache = new ObjectCache(store);
    expect(cache.any('pods', 'node')).toBe(false);
    const one = { namespace: 'default', name: 'one', node: '', app: 'a', owner: 'rs', uid: 'u1' };
    const anyWith = async (value: Json | undefined) => {
      await store.commit([{ key: keyOf(one), value }]);
      await cache.refresh();
      return cache.any('pods', 'node');
    };
    expect(await anyWith(pod(one))).toBe(false);
    expect(await anyWith(pod({ ...one, node: 'n1' }))).toBe(true);
    expect(await anyWith(pod(one))).toBe(false);
    expect(await anyWith(pod({ ...one, node: 'n2' }))).toBe(true);
    expect(await anyWith(undefined)).toBe(false);
  });

  test('what a change leaves alone is not listed anew: it tells which parts it touched', async () => {
    const store = new MemoryStore();
    const cache = new ObjectCache(store);
    const one = { namespace: 'default', name: 'one', node: 'n1', app: 'a', owner: 'rs', uid: 'u1' };
    const first = pod(one) as unknown as TestPod;
    await store.commit([{ key: keyOf(one), value: first as unknown as Json }]);
    await cache.refresh();
    const metadata = { ...first.metadata, labels: { app: 'b' } };
    await store.commit([{ key: keyOf(one), value: { ...first, metadata } as unknown as Json }]);
    const [change] = await cache.refresh();
    expect((change?.parts ?? 0) & (LABELS | SPEC | OWNERS)).toBe(LABELS);
    expect(cache.index('pods', 'label', 'default/app=a')).toEqual([]);
    expect(cache.index('pods', 'label', 'default/app=b')).toHaveLength(1);
    expect(cache.index('pods', 'node', 'n1')[0]?.metadata.labels).toEqual({ app: 'b' });
    expect(cache.ownedBy('pods', 'rs')).toHaveLength(1);
  });

  test('starts over when the store has forgotten, and tells what went meanwhile', async () => {
    const store = new MemoryStore({ history: 2 });
    const cache = new ObjectCache(store);
    const value = (uid: string) => pod({ namespace: 'default', name: uid, node: '', app: '', owner: '', uid });
    const key = (name: string) => keyOf({ namespace: 'default', name });
    await store.commit([{ key: key('a'), value: value('a') }]);
    await cache.refresh();
    await store.commit([{ key: key('a'), value: undefined }]);
    for (const name of ['b', 'c', 'd', 'e']) await store.commit([{ key: key(name), value: value(name) }]);
    const changes = await cache.refresh();
    expect(changes.filter((change) => change.gone).map((change) => change.object.metadata.name)).toEqual(['a']);
    expect(cache.list('pods').map((object) => object.metadata.name)).toEqual(['b', 'c', 'd', 'e']);
  });

  test('starts over with the events too, those that have owners among them', async () => {
    const store = new MemoryStore({ history: 2 });
    const cache = new ObjectCache(store);
    const key = (name: string) => `/registry/core/events/default/${name}`;
    const event = (name: string, count: number) => {
      const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'p' }];
      const metadata = { name, namespace: 'default', ownerReferences };
      return { apiVersion: 'v1', kind: 'Event', metadata, count, involvedObject: { uid: 'p' } };
    };
    for (const name of ['a', 'b', 'c']) await store.commit([{ key: key(name), value: event(name, 1) }]);
    await cache.refresh();
    await store.commit([{ key: key('a'), value: undefined }]);
    for (let count = 2; count < 8; count++) await store.commit([{ key: key('b'), value: event('b', count) }]);
    const changes = await cache.refresh();
    expect(
      changes.map(({ object, previous, gone }) => [object.metadata.name, object['count'], previous?.['count'], gone]),
    ).toEqual([
      ['b', 7, 1, false],
      ['c', 1, 1, false],
      ['a', 1, 1, true],
    ]);
    const shown = (events: readonly KubeObject[]) => events.map(({ metadata, count }) => `${metadata.name} ${count}`);
    expect(shown(cache.list('events'))).toEqual(['b 7', 'c 1']);
    expect(shown(cache.ownedBy('events', 'p'))).toEqual(['b 7', 'c 1']);
    expect(shown(cache.index('events', 'about', 'p'))).toEqual(['b 7', 'c 1']);
  });

  test('what was noted in time is a change, though the store has forgotten it since', async () => {
    const store = new MemoryStore({ history: 2 });
    const cache = new ObjectCache(store);
    const put = async (name: string, node: string) => {
      const spec = { namespace: 'default', name, node, app: '', owner: '', uid: name };
      await store.commit([{ key: keyOf(spec), value: pod(spec) }]);
      await cache.note();
    };
    await put('a', 'n0');
    await cache.refresh();
    for (let n = 1; n <= 6; n++) await put('a', `n${n}`);
    await put('b', 'n1');
    await store.commit([{ key: '/kubetick/clock', value: 1 }]);
    await cache.note();
    await store.commit([{ key: keyOf({ namespace: 'default', name: 'b' }), value: undefined }]);
    expect(cache.index('pods', 'node', 'n0')).toHaveLength(1);
    expect(cache.revision).toBe(1);
    const others: unknown[] = [];
    const changes = await cache.refresh((...other) => others.push(other));
    expect(others).toEqual([['/kubetick/clock', 1, 9]]);
    expect(
      changes.map(({ object, previous, gone }) => [object['spec'].nodeName, previous?.['spec'].nodeName, gone]),
    ).toEqual([
      ...[1, 2, 3, 4, 5, 6].map((n) => [`n${n}`, `n${n - 1}`, false]),
      ['n1', undefined, false],
      ['n1', 'n1', true],
    ]);
    expect(cache.revision).toBe(10);
  });

  test('every list and index agrees with a search of the store, in the order of the keys', async () => {
    const spec = fc.record({
      namespace: fc.constantFrom('a', 'a-b', 'b'),
      name: fc.constantFrom('p', 'q', 'r', 'p-1'),
      node: fc.constantFrom('', 'n1', 'n2'),
      app: fc.constantFrom('', 'web', 'db'),
      owner: fc.constantFrom('', 'rs1', 'rs2'),
      uid: fc.constantFrom('1', '2'),
    });
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ put: spec }) },
      { weight: 2, arbitrary: fc.record({ drop: spec }) },
      { weight: 1, arbitrary: fc.constant({ look: true }) },
      { weight: 1, arbitrary: fc.constant({ note: true }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, isForgetful) => {
        const store = new MemoryStore(isForgetful ? { history: 4 } : {});
        const cache = new ObjectCache(store);
        for (const one of [...steps, { look: true }]) {
          if ('put' in one) {
            // Uids are unique in a cluster; the same object made anew has another.
            const uid = `${one.put.namespace}/${one.put.name}/${one.put.uid}`;
            await store.commit([{ key: keyOf(one.put), value: pod({ ...one.put, uid }) }]);
          } else if ('drop' in one) await store.commit([{ key: keyOf(one.drop), value: undefined }]);
          else if ('note' in one) await cache.note();
          else {
            await cache.refresh();
            const all = (await store.range('/registry/core/pods/')).entries.map(
              ({ value }) => value as unknown as TestPod,
            );
            const found = (where: (object: TestPod) => unknown) =>
              all.filter(where).map((object) => object.metadata.name);
            const shown = (list: readonly { metadata: { name?: string } }[]) =>
              list.map((object) => object.metadata.name);
            expect(shown(cache.list('pods'))).toEqual(found(() => true));
            for (const inside of ['a', 'a-b', 'b']) {
              expect(shown(cache.list('pods', inside))).toEqual(found((o) => o.metadata.namespace === inside));
              expect(cache.count('pods', inside)).toBe(found((o) => o.metadata.namespace === inside).length);
              expect(shown(cache.index('pods', 'label', `${inside}/app=web`))).toEqual(
                found((o) => o.metadata.namespace === inside && o.metadata.labels?.app === 'web'),
              );
            }
            for (const node of ['n1', 'n2'])
              expect(shown(cache.index('pods', 'node', node))).toEqual(found((o) => o.spec.nodeName === node));
            for (const owner of ['rs1', 'rs2']) {
              const owned = (o: TestPod) => o.metadata.ownerReferences?.[0]?.uid === owner;
              expect(shown(cache.ownedBy('pods', owner))).toEqual(found(owned));
              const kinds = cache.ownedKinds(owner, appOf);
              for (const app of ['web', 'db'] as const)
                expect(kinds.get(APPS[app]) ?? 0).toBe(
                  found((o) => owned(o) && o.metadata.labels?.['app'] === app).length,
                );
              expect([...kinds.values()].every((count) => count > 0)).toBe(true);
            }
            for (const object of all)
              expect(cache.byUid(object.metadata.uid)?.metadata.name).toBe(object.metadata.name);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test('lists and counts events, which it keeps no lists of, as they come, change and go', async () => {
    const step = fc.record({
      namespace: fc.constantFrom('a', 'a-b', 'b'),
      name: fc.constantFrom('e1', 'e2', 'e3'),
      what: fc.constantFrom('put', 'put', 'drop', 'look', 'note'),
      count: fc.nat(3),
      about: fc.constantFrom('u1', 'u2'),
      second: fc.nat(2),
      owner: fc.constantFrom('', '', 'o1'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.boolean(), async (steps, isForgetful) => {
        const store = new MemoryStore(isForgetful ? { history: 4 } : {});
        const cache = new ObjectCache(store);
        for (const { namespace, name, what, count, about, second, owner } of steps) {
          const key = `/registry/core/events/${namespace}/${name}`;
          const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: owner, uid: owner }];
          const metadata = { name, namespace, ...(owner ? { ownerReferences } : {}) };
          const lastTimestamp = `2026-01-01T00:0${second}:00Z`;
          const value = {
            apiVersion: 'v1',
            kind: 'Event',
            metadata,
            count,
            lastTimestamp,
            involvedObject: { uid: about },
          };
          if (what === 'put') await store.commit([{ key, value }]);
          else if (what === 'drop') await store.commit([{ key, value: undefined }]);
          else if (what === 'note') await cache.note();
          else {
            await cache.refresh();
            const under = async (prefix: string) => (await store.range(prefix)).entries.map((entry) => entry.value);
            const all = await under('/registry/core/events/');
            expect(cache.list('events')).toEqual(all);
            expect(cache.count('events')).toBe(all.length);
            expect(cache.resources()).toEqual(all.length > 0 ? ['events'] : []);
            for (const inside of ['a', 'a-b', 'b']) {
              const some = await under(`/registry/core/events/${inside}/`);
              expect(cache.list('events', inside)).toEqual(some);
              expect(cache.count('events', inside)).toBe(some.length);
            }
            const found = (where: (event: KubeObject) => boolean) => cache.list('events').filter(where);
            for (const uid of ['u1', 'u2'])
              expect(cache.index('events', 'about', uid)).toEqual(
                found((event) => event['involvedObject'].uid === uid),
              );
            for (const minute of ['0', '1', '2'])
              expect(cache.index('events', 'expiry', `2026-01-01T01:0${minute}:00Z`)).toEqual(
                found((event) => event['lastTimestamp'] === `2026-01-01T00:0${minute}:00Z`),
              );
            expect(cache.ownedBy('events', 'o1')).toEqual(
              found((event) => event.metadata.ownerReferences !== undefined),
            );
            expect(cache.dependents('o1')).toHaveLength(cache.ownedBy('events', 'o1').length);
            for (const event of cache.list('events'))
              expect(cache.get('events', event.metadata.namespace ?? '', event.metadata.name ?? '')).toBe(event);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

interface TestPod {
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    labels?: Record<string, string>;
    ownerReferences?: { uid: string }[];
  };
  spec: { nodeName?: string };
}
