/** What every driver of the store promises: one set of tests, run over all of them. */
import * as fc from 'fast-check';
import type { Json, JsonObject } from '../../src/apimachinery/json';
import { createStore, openStore } from '../../src/store/state-folder';
import { type Change, CompactedError, ConflictError, type Entry, type Store } from '../../src/store/store';
import { newFolder, removeFolders } from './child';
import { DRIVERS } from './drivers';

afterAll(removeFolders);

const pods = (name: string) => `/registry/core/pods/${name}`;
const values = (entries: { value: Json }[]) => entries.map(({ value }) => value);
const keys = (entries: { key: string }[]) => entries.map(({ key }) => key);

/** Reads so many changes, then stops. */
async function take(changes: AsyncIterable<Change>, count: number): Promise<Change[]> {
  const taken: Change[] = [];
  if (count === 0) return taken;
  for await (const change of changes) {
    taken.push(change);
    if (taken.length === count) break;
  }
  return taken;
}

describe.each(DRIVERS)('$name', ({ open }) => {
  let store: Store;
  let discard: () => Promise<void>;
  beforeEach(async () => {
    ({ store, discard } = await open());
  });
  afterEach(() => discard());

  describe('get and commit', () => {
    test('a new store is empty, at revision 0', async () => {
      expect(await store.revision()).toBe(0);
      expect(await store.get(pods('default/web'))).toBeUndefined();
      expect(await store.range('/')).toEqual({ entries: [], revision: 0, more: false, remaining: 0 });
    });

    test('a commit is one revision, however many keys it writes', async () => {
      expect(await store.commit([{ key: pods('a'), value: { n: 1 } }])).toBe(1);
      expect(
        await store.commit([
          { key: pods('b'), value: { n: 2 } },
          { key: '/kubetick/clock', value: { now: 5 } },
        ]),
      ).toBe(2);
      expect(await store.get(pods('a'))).toEqual({ key: pods('a'), value: { n: 1 }, revision: 1 });
      expect(await store.get(pods('b'))).toEqual({ key: pods('b'), value: { n: 2 }, revision: 2 });
      expect(await store.get('/kubetick/clock')).toEqual({ key: '/kubetick/clock', value: { now: 5 }, revision: 2 });
      expect(await store.revision()).toBe(2);
    });

    test('an overwritten key carries the later revision, a deleted one is gone, a new one starts afresh', async () => {
      await store.commit([{ key: pods('a'), value: 1 }]);
      await store.commit([{ key: pods('a'), value: 2 }]);
      expect(await store.get(pods('a'))).toEqual({ key: pods('a'), value: 2, revision: 2 });
      expect(await store.commit([{ key: pods('a'), value: undefined }])).toBe(3);
      expect(await store.get(pods('a'))).toBeUndefined();
      await store.commit([{ key: pods('a'), value: 4, expect: 0 }]);
      expect(await store.get(pods('a'))).toEqual({ key: pods('a'), value: 4, revision: 4 });
    });

    test('what changes nothing is no revision', async () => {
      await store.commit([{ key: pods('a'), value: 1 }]);
      expect(await store.commit([])).toBe(1);
      expect(await store.commit([{ key: pods('none'), value: undefined }])).toBe(1);
      expect(await store.revision()).toBe(1);
    });

    test.each([
      ['must not exist, but does', 'a', 0, 1],
      ['is at another revision', 'a', 7, 1],
      ['does not exist', 'none', 1, 0],
    ])('a demand that does not hold is a conflict: %s', async (_, name, expected, actual) => {
      await store.commit([{ key: pods('a'), value: 1 }]);
      const failure = await store
        .commit([
          { key: pods('b'), value: 2 },
          { key: pods(name), value: 3, expect: expected },
        ])
        .catch((error) => error);
      expect(failure).toBeInstanceOf(ConflictError);
      expect(failure).toMatchObject({ key: pods(name), expected, actual });
      // All or nothing.
      expect(await store.get(pods('b'))).toBeUndefined();
      expect(await store.get(pods('a'))).toEqual({ key: pods('a'), value: 1, revision: 1 });
      expect(await store.revision()).toBe(1);
    });

    test('demands that hold are met, for deletes too', async () => {
      await store.commit([{ key: pods('a'), value: 1, expect: 0 }]);
      expect(await store.commit([{ key: pods('a'), value: 2, expect: 1 }])).toBe(2);
      await expect(store.commit([{ key: pods('a'), value: undefined, expect: 1 }])).rejects.toThrow(ConflictError);
      expect(await store.commit([{ key: pods('a'), value: undefined, expect: 2 }])).toBe(3);
    });

    test('of many at once who demand the same revision one wins', async () => {
      await store.commit([{ key: pods('a'), value: 0 }]);
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) => store.commit([{ key: pods('a'), value: i, expect: 1 }])),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await store.revision()).toBe(2);
    });

    test('a key named twice in one commit is refused', async () => {
      await expect(
        store.commit([
          { key: pods('a'), value: 1 },
          { key: pods('a'), value: 2 },
        ]),
      ).rejects.toThrow('duplicate key');
      expect(await store.revision()).toBe(0);
    });

    test('what is at hand is what is there, and what is committed at once is a commit', async () => {
      const write = { key: pods('a'), value: 1 };
      expect(store.commitAtOnce?.([]) ?? (await store.commit([]))).toBe(0);
      expect(store.commitAtOnce?.([write]) ?? (await store.commit([write]))).toBe(1);
      const entry = await store.get(pods('a'));
      expect(entry).toEqual({ key: pods('a'), value: 1, revision: 1 });
      expect(store.atHand?.(pods('a')) ?? entry).toEqual(entry);
      expect(store.atHand?.(pods('b'))).toBeUndefined();
      if (!store.commitAtOnce) return;
      expect(() => store.commitAtOnce?.([{ ...write, expect: 7 }])).toThrow(ConflictError);
      expect(() => store.commitAtOnce?.([write, write])).toThrow('duplicate key');
      expect(store.commitAtOnce([{ key: pods('a'), value: undefined }])).toBe(2);
      expect(store.atHand?.(pods('a'))).toBeUndefined();
      expect(await store.get(pods('a'))).toBeUndefined();
      expect(await store.revision()).toBe(2);
      await store.flush();
      expect(keys((await store.range('/')).entries)).toEqual([]);
    });

    test('keys that come and go, and come again, are in order once', async () => {
      const put = (...names: string[]) => store.commit(names.map((name) => ({ key: pods(name), value: name })));
      const drop = (...names: string[]) => store.commit(names.map((name) => ({ key: pods(name), value: undefined })));
      const there = async () => values((await store.range(pods(''))).entries);
      await put('d', 'b');
      await drop('b');
      await put('b', 'a');
      expect(await there()).toEqual(['a', 'b', 'd']);
      await drop('b', 'd');
      await put('d');
      await put('c');
      await drop('c');
      expect(await there()).toEqual(['a', 'd']);
      const many = Array.from({ length: 100 }, (_, i) => `m${String(i).padStart(3, '0')}`);
      await put(...[...many].reverse());
      await drop(...many.slice(10));
      await put(...many.slice(50));
      expect(await there()).toEqual(['a', 'd', ...many.slice(0, 10), ...many.slice(50)]);
    });

    test.each(['', 'pods', '/registry', '/registry/core/pods', '/registry/core/pods/'])(
      'what is no key is refused: %p',
      async (key) => {
        await expect(store.commit([{ key, value: 1 }])).rejects.toThrow(RangeError);
        await expect(store.get(key)).rejects.toThrow(RangeError);
      },
    );

    test('values are handed out frozen, all the way down', async () => {
      await store.commit([{ key: pods('a'), value: { metadata: { labels: { app: 'web' } }, list: [{ n: 1 }] } }]);
      for (const read of [
        async () => (await store.get(pods('a')))?.value,
        async () => (await store.range(pods(''))).entries[0]?.value,
        async () => (await store.changesUntilNow(0, '/')).changes[0]?.value,
      ]) {
        const value = (await read()) as { metadata: { labels: JsonObject }; list: JsonObject[] };
        expect(() => {
          value.metadata.labels.app = 'other';
        }).toThrow(TypeError);
        expect(() => value.list.push({})).toThrow(TypeError);
        expect(() => {
          (value.list[0] as JsonObject).n = 2;
        }).toThrow(TypeError);
      }
    });

    test.each<[string, Json]>([
      ['null', null],
      ['false', false],
      ['an empty text', ''],
      ['an empty list', []],
      ['an empty object', {}],
      ['a whole number beyond 2^53', { n: 9007199254740993n, low: [-9223372036854775808n] }],
      ['the largest exact whole number', { n: 9007199254740991 }],
      ['fractions and exponents', [0.1, -1.5e-7, 1e21, 5e-324, 1.7976931348623157e308]],
      ['a text of many digits', { text: '12345678901234567890', quoted: 'say "12345678901234567890"' }],
      ['a key called __proto__', JSON.parse('{"__proto__":{"polluted":true},"constructor":1}')],
      ['control characters and lone surrogates', { 'a\n"\\\u2028': '\u0000\u001f\ud800 😀 \ufeff' }],
      ['digits as keys', { 10: 'ten', 9: 'nine', '01': 'x' }],
      [
        'an object with managed fields',
        { kind: 'Pod', metadata: { name: 'a', managedFields: [{ f: 9007199254740993n }] } },
      ],
      ['managed fields in the middle', { metadata: { managedFields: [{ manager: 'm' }], name: 'a' }, spec: {} }],
      ['managed fields that are none', { metadata: { name: 'a', managedFields: null } }],
      ['metadata of nothing else', { metadata: { managedFields: [] } }],
    ])('a value comes back as it was: %s', async (_, value) => {
      await store.commit([{ key: pods('a'), value }]);
      await store.flush();
      const read = (await store.get(pods('a')))?.value;
      expect(read).toStrictEqual(value);
      if (typeof read === 'object' && read !== null) expect(Object.keys(read)).toEqual(Object.keys(value as object));
    });
  });

  describe('range', () => {
    test('entries come in the order of their keys by code unit', async () => {
      const names = ['b', 'a', 'a-b', 'a/b', 'a/a', 'B', 'aa', 'z', 'ä', '\uff5e', '😀', 'a.b'];
      for (const name of names) await store.commit([{ key: pods(name), value: name }]);
      expect(values((await store.range(pods(''))).entries)).toEqual([...names].sort());
    });

    test('a prefix is a prefix of the text, and no more comes than lies under it', async () => {
      const all = [pods('a/x'), pods('a/y'), pods('ab/x'), '/registry/core/podtemplates/a/x', '/registry/apps/a/a/x'];
      await store.commit(all.map((key) => ({ key, value: key })));
      expect(keys((await store.range(pods('a/'))).entries)).toEqual([pods('a/x'), pods('a/y')]);
      expect(keys((await store.range(pods('a'))).entries)).toEqual([pods('a/x'), pods('a/y'), pods('ab/x')]);
      expect(keys((await store.range(pods(''))).entries)).toEqual([pods('a/x'), pods('a/y'), pods('ab/x')]);
      expect(keys((await store.range('/registry/core/pod')).entries)).toEqual(all.slice(0, 4));
      expect(keys((await store.range('/registry/')).entries)).toEqual([...all].sort());
      expect(keys((await store.range('')).entries)).toEqual([...all].sort());
      expect((await store.range('/registry/batch/')).entries).toEqual([]);
    });

    test('pages follow one another by `after` and `limit`, also across resources', async () => {
      const all = ['/kubetick/clock', '/registry/apps/deployments/x', ...['a', 'b', 'c', 'd'].map(pods)];
      await store.commit(all.map((key) => ({ key, value: key })));
      expect(await store.range('/', { limit: 0 })).toMatchObject({ entries: [], more: true, remaining: 6 });
      for (const limit of [1, 2, 3, 4, 5, 6, 7]) {
        const seen: string[] = [];
        for (let after: string | undefined; ; ) {
          const page = await store.range('/', { limit, ...(after === undefined ? {} : { after }) });
          seen.push(...keys(page.entries));
          expect(page.remaining).toBe(all.length - seen.length);
          expect(page.more).toBe(page.remaining > 0);
          if (!page.more) break;
          after = seen.at(-1);
        }
        expect(seen).toEqual(all);
      }
      // A key that is not there, before the prefix, or past its end.
      expect(keys((await store.range(pods(''), { after: pods('bb') })).entries)).toEqual([pods('c'), pods('d')]);
      expect((await store.range(pods(''), { after: '/a' })).entries).toHaveLength(4);
      expect((await store.range(pods(''), { after: pods('x') })).entries).toEqual([]);
    });

    test('a scan shows what a range lists, and ends as it does', async () => {
      const object = (name: string) => ({ metadata: { name, managedFields: [{ manager: 'm' }] }, spec: [name] });
      await store.commit(['a', 'b', 'c', 'd'].map((name) => ({ key: pods(name), value: object(name) })));
      await store.flush();
      for (const write of [[], [{ key: pods('bb'), value: object('bb') }], [{ key: pods('c'), value: undefined }]]) {
        await store.commit(write);
        for (const options of [
          {},
          { limit: 0 },
          { limit: 2 },
          { limit: 9 },
          { after: pods('b'), limit: 1 },
          { at: 1 },
        ]) {
          const scanned: Entry[] = [];
          const end = await store.scan(pods(''), options, (entry) => scanned.push(entry));
          const { entries, ...rest } = await store.range(pods(''), options);
          expect(end).toEqual(rest);
          expect(scanned).toEqual(entries);
          expect(JSON.stringify(values(scanned))).toBe(JSON.stringify(values(entries)));
        }
      }
    });

    test('a page of the past shows what was there then', async () => {
      await store.commit(['a', 'b', 'c'].map((name) => ({ key: pods(name), value: 1 })));
      await store.commit([{ key: pods('b'), value: 2 }]);
      await store.commit([{ key: pods('a'), value: undefined }]);
      await store.commit([{ key: pods('aa'), value: 4 }]);
      const at = async (revision: number) =>
        (await store.range(pods(''), { at: revision })).entries.map(
          (entry) => `${entry.key.at(-1)}=${entry.value}@${entry.revision}`,
        );
      expect(await at(1)).toEqual(['a=1@1', 'b=1@1', 'c=1@1']);
      expect(await at(2)).toEqual(['a=1@1', 'b=2@2', 'c=1@1']);
      expect(await at(3)).toEqual(['b=2@2', 'c=1@1']);
      expect(await at(4)).toEqual(['a=4@4', 'b=2@2', 'c=1@1']);
      expect(await store.range(pods(''), { at: 1, limit: 1, after: pods('a') })).toEqual({
        entries: [{ key: pods('b'), value: 1, revision: 1 }],
        revision: 1,
        more: true,
        remaining: 1,
      });
      await expect(store.range(pods(''), { at: 9 })).rejects.toThrow('future revision');
    });
  });

  describe('changes', () => {
    test('tells what happened, in order, with what was before', async () => {
      await store.commit([{ key: pods('a'), value: 1 }]);
      await store.commit([
        { key: pods('a'), value: 2 },
        { key: '/registry/core/nodes/n', value: 'n' },
      ]);
      await store.commit([{ key: pods('a'), value: undefined }]);
      const a = pods('a');
      const told = [
        { type: 'put', key: a, value: 1, revision: 1 },
        { type: 'put', key: a, value: 2, previous: 1, revision: 2 },
        { type: 'delete', key: a, value: 2, previous: 2, revision: 3 },
      ];
      expect(await store.changesUntilNow(0, pods(''))).toEqual({ changes: told, revision: 3 });
      expect(await store.changesUntilNow(1, pods(''))).toEqual({ changes: told.slice(1), revision: 3 });
      expect((await store.changesUntilNow(0, '/')).changes).toHaveLength(4);
      expect(await store.changesUntilNow(3, '/')).toEqual({ changes: [], revision: 3 });
      if (!store.untouchedUntil) return;
      expect(store.untouchedUntil(1, pods(''))).toBeUndefined();
      expect(store.untouchedUntil(1, '/registry/core/secrets/')).toBe(3);
      expect(store.untouchedUntil(3, '/')).toBe(3);
    });

    test('a reader gets the past and then what comes, under its prefix only', async () => {
      await store.commit([{ key: pods('a'), value: 1 }]);
      const reading = take(store.changes(0, pods('')), 3);
      await store.commit([{ key: pods('b'), value: 2 }]);
      await store.commit([{ key: '/registry/core/nodes/n', value: 'n' }]);
      await store.commit([{ key: pods('c'), value: 3 }]);
      expect(values(await reading)).toEqual([1, 2, 3]);
    });

    test('many readers each get everything', async () => {
      const readings = Array.from({ length: 20 }, () => take(store.changes(0, '/'), 50));
      for (let i = 0; i < 50; i++) await store.commit([{ key: pods(`p${i % 7}`), value: i }]);
      for (const reading of readings) expect(values(await reading)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    });

    test('next() called twice at once gives two changes', async () => {
      const iterator = store.changes(0, '/')[Symbol.asyncIterator]();
      const both = Promise.all([iterator.next(), iterator.next()]);
      await store.commit([{ key: pods('a'), value: 1 }]);
      await store.commit([{ key: pods('a'), value: 2 }]);
      expect((await both).map(({ value }) => value.value)).toEqual([1, 2]);
      await iterator.return?.();
    });

    test('a waiting reader ends when it stops, and when the store closes', async () => {
      const stopped = store.changes(0, '/')[Symbol.asyncIterator]();
      const waiting = stopped.next();
      await stopped.return?.();
      expect(await waiting).toEqual({ done: true, value: undefined });
      const closed = store.changes(0, '/')[Symbol.asyncIterator]().next();
      await store.close();
      expect(await closed).toEqual({ done: true, value: undefined });
    });
  });

  test('behaves as a plain map that remembers, whatever is done to it', async () => {
    const name = fc.constantFrom('a', 'a/a', 'a-b', 'ab', 'b', '__proto__');
    const key = fc.oneof(
      name.map((n) => pods(n)),
      name.map((n) => `/registry/apps/deployments/${n}`),
      name.map((n) => `/kubetick/${n}`),
    );
    // What is read from JSON has such integers as bigint: a double of that size never comes from there (json-text.ts).
    const isRead = (value: unknown): boolean =>
      typeof value === 'number'
        ? !Number.isInteger(value) || Number.isSafeInteger(value)
        : typeof value !== 'object' || value === null || Object.values(value).every(isRead);
    const write = fc.record({
      key,
      value: fc.oneof(fc.constant(undefined), fc.integer(), (fc.jsonValue() as fc.Arbitrary<Json>).filter(isRead)),
      expect: fc.option(fc.nat(6), { nil: undefined }),
      rarelyRead: fc.boolean(),
    });
    const commit = fc.record({
      writes: fc.uniqueArray(write, { maxLength: 4, selector: ({ key }) => key }),
      isSaved: fc.nat(8).map((n) => n === 0),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(commit, { maxLength: 12 }), async (commits) => {
        const fresh = await open();
        try {
          const model = new Map<string, { value: Json; revision: number }>();
          const past: Map<string, { value: Json; revision: number }>[] = [new Map()];
          for (const { writes, isSaved } of commits) {
            if (isSaved) await fresh.store.flush();
            const holds = writes.every((w) => w.expect === undefined || w.expect === (model.get(w.key)?.revision ?? 0));
            const effective = writes.filter((w) => w.value !== undefined || model.has(w.key));
            const result = fresh.store.commit(writes.map((w) => ({ ...w, value: structuredClone(w.value) })));
            if (!holds) {
              await expect(result).rejects.toThrow(ConflictError);
              continue;
            }
            const revision = await result;
            if (effective.length === 0) expect(revision).toBe(past.length - 1);
            else {
              expect(revision).toBe(past.length);
              for (const { key, value } of effective)
                if (value === undefined) model.delete(key);
                else model.set(key, { value, revision });
              past.push(new Map(model));
            }
          }
          for (const [at, then] of past.entries()) {
            const page = await fresh.store.range('/', { at });
            expect(page.entries.map((entry) => [entry.key, entry.value, entry.revision])).toEqual(
              [...then]
                .map(([k, e]) => [k, e.value, e.revision])
                .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
            );
          }
          // The changes since any revision lead from what was then to what is now.
          for (const [since, then] of past.entries()) {
            const replayed = new Map([...then].map(([k, e]) => [k, e.value]));
            for (const change of (await fresh.store.changesUntilNow(since, '/')).changes) {
              expect(change.previous).toEqual(replayed.get(change.key));
              if (change.type === 'put') replayed.set(change.key, change.value);
              else replayed.delete(change.key);
            }
            expect(replayed).toEqual(new Map([...model].map(([k, e]) => [k, e.value])));
          }
        } finally {
          await fresh.discard();
        }
      }),
      { numRuns: 40 },
    );
  });

  test('forgets the oldest changes when there are too many, and says so', async () => {
    const small = await open({ history: 20 });
    try {
      for (let i = 1; i <= 100; i++) await small.store.commit([{ key: pods(`p${i % 3}`), value: i }]);
      const failure = await small.store.changesUntilNow(1, '/').catch((error) => error);
      expect(failure).toBeInstanceOf(CompactedError);
      expect(failure.message).toBe('mvcc: required revision has been compacted');
      const { oldest } = failure;
      expect(oldest).toBeGreaterThanOrEqual(70);
      expect(oldest).toBeLessThanOrEqual(80);
      await expect(take(small.store.changes(oldest - 1, '/'), 1)).rejects.toThrow(CompactedError);
      await expect(small.store.range('/', { at: oldest - 1 })).rejects.toThrow(CompactedError);
      expect((await small.store.changesUntilNow(oldest, '/')).changes).toHaveLength(100 - oldest);
      const page = await small.store.range('/', { at: oldest });
      expect(Math.max(...(values(page.entries) as number[]))).toBe(oldest);
    } finally {
      await small.discard();
    }
  });
});

test.each(['lowdb', 'lmdb'] as const)('%s: what a scan reads is its visitor’s own, late parts too', async (driver) => {
  const folder = newFolder();
  const written = await createStore(folder, driver);
  const value = { metadata: { name: 'a', managedFields: [{ manager: 'm' }] }, spec: { a: 1 } };
  await written.commit([{ key: pods('a'), value }]);
  await written.close();
  const store = (await openStore(folder)) as Store;
  const scan = async () => {
    const seen: { value: typeof value; own: boolean }[] = [];
    await store.scan(pods(''), {}, (entry, own) => seen.push({ value: entry.value as typeof value, own }));
    return seen;
  };
  const [first] = await scan();
  expect(first).toEqual({ value, own: true });
  Object.assign(first?.value.metadata ?? {}, { resourceVersion: '1' });
  Object.assign(first?.value.spec ?? {}, { a: 2 });
  expect(await scan()).toEqual([{ value, own: true }]);
  expect((await store.get(pods('a')))?.value).toEqual(value);
  expect(await scan()).toEqual([{ value, own: false }]);
  expect(Object.isFrozen((await scan())[0]?.value.spec)).toBe(true);
  await store.close();
});

test('lmdb: of more changes than are remembered, saved at once, the last are known afterwards', async () => {
  const folder = newFolder();
  const written = await createStore(folder, 'lmdb', { history: 20 });
  await written.commit([{ key: pods('first'), value: 0 }]);
  await written.flush();
  for (let i = 1; i <= 60; i++) await written.commit(['a', 'b'].map((name) => ({ key: pods(name), value: i })));
  await written.close();
  const store = (await openStore(folder, { history: 20 })) as Store;
  const failure = await store.changesUntilNow(1, '/').catch((error) => error);
  expect(failure).toBeInstanceOf(CompactedError);
  const { oldest } = failure as CompactedError;
  expect(oldest).toBeGreaterThanOrEqual(48);
  expect(oldest).toBeLessThanOrEqual(51);
  const { changes } = await store.changesUntilNow(oldest, '/');
  expect(changes.map(({ value }) => value)).toEqual(
    Array.from({ length: 2 * (61 - oldest) }, (_, i) => oldest + Math.floor(i / 2)),
  );
  expect(values((await store.range(pods(''), { at: oldest })).entries)).toEqual([oldest - 1, oldest - 1, 0]);
  await store.close();
});
