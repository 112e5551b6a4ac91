import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createStore, type DriverName, openStore } from '../../src/store/state-folder';
import type { Change, Store } from '../../src/store/store';
import { bundle, newFolder, removeFolders, start } from './child';

const DRIVERS: DriverName[] = ['lowdb', 'lmdb'];
afterAll(removeFolders);

async function newStore(driver: DriverName): Promise<{ folder: string; store: Store }> {
  const folder = newFolder();
  const store = await createStore(folder, driver);
  await store.flush();
  return { folder, store };
}

describe.each(DRIVERS)('%s', (driver) => {
  test('8 processes of 50 writes each lose none', async () => {
    const { folder, store } = await newStore(driver);
    await store.close();
    const script = bundle('writer');
    const writers = Array.from({ length: 8 }, (_, i) => start(script, folder, `w${i}`, '50'));
    for (const writer of writers)
      expect({ ...(await writer.ended), errors: writer.errors() }).toEqual({ code: 0, signal: null, errors: '' });
    const after = (await openStore(folder)) as Store;
    expect((await after.get('/kubetick/counter'))?.value).toBe(400);
    expect(await after.revision()).toBe(400);
    const { entries } = await after.range('/registry/core/pods/');
    expect(entries.map(({ value }) => (value as { number: number }).number)).toEqual(Array(8).fill(50));
    expect(new Set(entries.map(({ revision }) => revision)).size).toBe(8);
    await after.close();
    expect(readdirSync(folder).filter((name) => name.startsWith('lock'))).toEqual([]);
  });

  test('what one commits the other sees, once it is flushed', async () => {
    const { folder, store: first } = await newStore(driver);
    const second = (await openStore(folder)) as Store;
    expect((await second.range('/registry/core/pods/')).entries).toEqual([]);
    await first.commit([{ key: '/registry/core/pods/a', value: 1 }]);
    await first.commit([{ key: '/registry/core/pods/b', value: 2 }]);
    expect(await second.get('/registry/core/pods/a')).toBeUndefined();
    await first.flush();
    expect(await second.get('/registry/core/pods/a')).toEqual({ key: '/registry/core/pods/a', value: 1, revision: 1 });
    expect((await second.range('/registry/core/')).revision).toBe(2);
    await second.commit([{ key: '/registry/core/pods/a', value: undefined, expect: 1 }]);
    await second.flush();
    expect((await first.range('/')).entries.map(({ key }) => key)).toEqual(['/registry/core/pods/b']);
    expect((await first.changesUntilNow(2, '/')).changes).toEqual([
      { type: 'delete', key: '/registry/core/pods/a', value: 1, previous: 1, revision: 3 },
    ]);
    await first.close();
    await second.close();
  });

  test('demands are checked against what others committed meanwhile', async () => {
    const { folder, store: first } = await newStore(driver);
    const second = (await openStore(folder)) as Store;
    await first.commit([{ key: '/kubetick/a', value: 1, expect: 0 }]);
    const late = second.commit([{ key: '/kubetick/a', value: 2, expect: 0 }]);
    const outcome = expect(late).rejects.toMatchObject({ name: 'ConflictError', expected: 0, actual: 1 });
    await first.flush();
    await outcome;
    await first.close();
    await second.close();
  });

  test('a commit is on disk a moment later, also when nobody asks', async () => {
    const { folder, store: first } = await newStore(driver);
    const second = (await openStore(folder)) as Store;
    await first.commit([{ key: '/kubetick/a', value: 1 }]);
    await second.commit([{ key: '/kubetick/b', value: 2 }]); // waits for the lock
    await second.flush();
    expect((await first.range('/kubetick/')).entries).toHaveLength(2);
    await first.close();
    await second.close();
  });

  test('a busy writer lets others in', async () => {
    const { folder, store: busy } = await newStore(driver);
    const other = (await openStore(folder)) as Store;
    let done = false;
    const writing = (async () => {
      for (let i = 0; !done && i < 1_000_000; i++) await busy.commit([{ key: '/kubetick/busy', value: i }]);
    })();
    await other.commit([{ key: '/kubetick/other', value: 1 }]);
    await other.flush();
    done = true;
    await writing;
    await busy.flush();
    expect(await busy.get('/kubetick/other')).toMatchObject({ value: 1 });
    await busy.close();
    await other.close();
  }, 20_000);

  test('a reader of changes is told of those of another store', async () => {
    const { folder, store: first } = await newStore(driver);
    const second = (await openStore(folder)) as Store;
    await first.commit([{ key: '/registry/core/pods/a', value: 1 }]);
    await first.flush();
    const { revision } = await second.range('/registry/core/pods/');
    const told: Change[] = [];
    const reading = (async () => {
      for await (const change of second.changes(revision, '/registry/core/pods/')) {
        told.push(change);
        if (told.length === 2) break;
      }
    })();
    await first.commit([{ key: '/registry/core/pods/b', value: 2 }]);
    await first.flush();
    await first.commit([{ key: '/registry/core/pods/a', value: undefined }]);
    await first.flush();
    await reading;
    expect(told).toMatchObject([
      { type: 'put', key: '/registry/core/pods/b', value: 2, revision: 2 },
      { type: 'delete', key: '/registry/core/pods/a', value: 1, revision: 3 },
    ]);
    await first.close();
    await second.close();
  });

  test('a store that was closed is as it was when it is opened again', async () => {
    const { folder, store } = await newStore(driver);
    const key = '/registry/core/pods/a';
    await store.commit([{ key, value: { big: 9007199254740993n, '"\\\n': '😀\u2028' } }]);
    await store.commit([{ key: '/registry/rbac.authorization.k8s.io/clusterroles/System:ä "x"', value: [1, null] }]);
    await store.commit([{ key: '/registry/core/nodes/gone', value: 1 }]);
    await store.commit([{ key: '/registry/core/nodes/gone', value: undefined }]);
    const before = await store.range('/');
    await store.close();
    const again = (await openStore(folder)) as Store;
    expect(await again.range('/')).toEqual(before);
    expect(await again.revision()).toBe(4);
    expect((await again.get(key))?.revision).toBe(1);
    expect(await again.commit([{ key, value: 1, expect: 1 }])).toBe(5);
    await again.close();
  });

  test('all that is written is its owner’s alone', async () => {
    const folder = join(newFolder(), 'state');
    const store = await createStore(folder, driver);
    await store.commit([{ key: '/registry/core/secrets/default/s', value: 's3cret' }]);
    await store.flush();
    await store.commit([{ key: '/registry/core/secrets/default/s', value: 's3cret again' }]);
    const look = (path: string): void => {
      const stat = statSync(path);
      expect([path, (stat.mode & 0o777).toString(8)]).toEqual([path, stat.isDirectory() ? '700' : '600']);
      if (stat.isDirectory()) for (const name of readdirSync(path)) look(join(path, name));
    };
    if (process.platform !== 'win32') look(folder);
    await store.close();
  });

  test('the same writes make the same files', async () => {
    if (driver === 'lmdb') return; // LMDB's pages hold more than the entries
    const folders = await Promise.all(
      [1, 7].map(async (flushes) => {
        const { folder, store } = await newStore(driver);
        for (let i = 0; i < 20; i++) {
          await store.commit([{ key: `/registry/core/pods/p${i % 6}`, value: i % 5 === 0 ? undefined : { i } }]);
          await store.commit([{ key: '/kubetick/clock', value: i }]);
          if (i % flushes === 0) await store.flush();
        }
        await store.close();
        return folder;
      }),
    );
    const [one, two] = folders.map((folder) =>
      (readdirSync(folder, { recursive: true }) as string[]).sort().map((name) => {
        const path = join(folder, name);
        return [name, statSync(path).isFile() ? require('node:fs').readFileSync(path, 'utf8') : ''];
      }),
    );
    expect(one).toEqual(two);
  });
});
