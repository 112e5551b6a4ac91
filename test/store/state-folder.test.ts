import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createStore,
  driverOf,
  findStateFolder,
  hasStore,
  openOrCreateStore,
  openStore,
  StoreExistsError,
} from '../../src/store/state-folder';
import type { Store } from '../../src/store/store';
import { newFolder, removeFolders } from './child';

afterAll(removeFolders);

describe('findStateFolder', () => {
  const base = newFolder();
  const home = join(base, 'home');
  const project = join(home, 'work', 'project');
  const deep = join(project, 'a', 'b');
  mkdirSync(deep, { recursive: true });
  mkdirSync(join(project, '.kubetick'));
  mkdirSync(join(home, '.kubetick', 'default'), { recursive: true });
  const elsewhere = join(home, 'work', 'other');
  mkdirSync(elsewhere);

  test.each([
    ['the flag', { flag: '/x/y', environment: { KUBETICK_STATE: '/z' }, cwd: deep }, '/x/y'],
    ['a flag relative to here', { flag: '../s', environment: {}, cwd: deep }, join(project, 'a', 's')],
    ['an empty flag does not count', { flag: '', environment: { KUBETICK_STATE: '/z' }, cwd: deep }, '/z'],
    ['the environment', { environment: { KUBETICK_STATE: '/z' }, cwd: deep }, '/z'],
    [
      'an empty variable does not count',
      { environment: { KUBETICK_STATE: '' }, cwd: deep },
      join(project, '.kubetick'),
    ],
    ['here', { environment: {}, cwd: project }, join(project, '.kubetick')],
    ['upward', { environment: {}, cwd: deep }, join(project, '.kubetick')],
    ['none: that of the home folder', { environment: {}, cwd: elsewhere }, join(home, '.kubetick', 'default')],
    ['outside of home', { environment: {}, cwd: '/' }, join(home, '.kubetick', 'default')],
  ])('%s', (_, where, expected) => {
    expect(findStateFolder({ home, ...where })).toBe(expected);
  });
});

test('where nothing was made nothing is opened, and nothing appears', async () => {
  const folder = join(newFolder(), 'none');
  expect(await openStore(folder)).toBeUndefined();
  expect(existsSync(folder)).toBe(false);
});

test('a new store is nothing on disk before its first flush', async () => {
  const folder = newFolder();
  const store = await createStore(folder, 'lowdb');
  await store.commit([{ key: '/kubetick/a', value: 1 }]);
  expect(hasStore(folder)).toBe(false);
  await store.flush();
  expect(hasStore(folder)).toBe(true);
  await store.close();
});

test('what is there is not made again, unless by force', async () => {
  const folder = newFolder();
  const first = await createStore(folder, 'lowdb');
  await first.commit([{ key: '/kubetick/a', value: 'old' }]);
  await first.close();
  await expect(createStore(folder, 'lmdb')).rejects.toThrow(StoreExistsError);
  for (const driver of ['lowdb', 'lmdb', 'lmdb', 'lowdb'] as const) {
    const before = (await openStore(folder)) as Store;
    expect(await before.get('/kubetick/a')).toMatchObject({ value: 'old' });
    const revision = await before.revision();
    const made = await createStore(folder, driver, { force: true });
    await made.commit([{ key: '/kubetick/a', value: 'old' }]);
    // Whoever is killed here has done nothing.
    expect(await before.revision()).toBe(revision);
    await made.commit([{ key: '/kubetick/b', value: 'new' }]);
    await made.close();
    await before.close();
    expect(driverOf(folder)).toBe(driver);
    const after = (await openStore(folder)) as Store;
    expect((await after.range('/')).entries.map(({ key }) => key)).toEqual(['/kubetick/a', '/kubetick/b']);
    await after.close();
    const lmdb = readdirSync(folder).filter((name) => name.endsWith('.mdb'));
    expect(lmdb).toHaveLength(driver === 'lmdb' ? 1 : 0);
    expect(existsSync(join(folder, 'resources'))).toBe(driver === 'lowdb');
  }
});

test('a process that has the old cluster open goes on with the one made anew', async () => {
  const folder = newFolder();
  const first = await createStore(folder, 'lowdb');
  await first.commit([{ key: '/registry/core/pods/a', value: 1 }]);
  await first.commit([{ key: '/registry/core/pods/b', value: 1 }]);
  await first.flush();
  const second = await createStore(folder, 'lowdb', { force: true });
  await second.commit([{ key: '/registry/core/pods/c', value: 1 }]);
  await second.close();
  expect((await first.range('/')).entries.map(({ key }) => key)).toEqual(['/registry/core/pods/c']);
  expect(await first.commit([{ key: '/registry/core/pods/c', value: 2, expect: 1 }])).toBe(2);
  await first.close();
});

test('of many who find no cluster one makes it', async () => {
  const folder = join(newFolder(), 'a', 'b');
  const opened = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const { store, created } = await openOrCreateStore(folder);
      if (created) await store.commit([{ key: '/kubetick/made', value: 1, expect: 0 }]);
      await store.flush();
      const made = await store.get('/kubetick/made');
      await store.close();
      return { created, made: made?.revision };
    }),
  );
  expect(opened.filter(({ created }) => created)).toHaveLength(1);
  expect(opened.every(({ made }) => made === 1)).toBe(true);
});

test('what killed writers left is removed by the next', async () => {
  const folder = newFolder();
  const store = await createStore(folder, 'lowdb');
  await store.commit([{ key: '/registry/core/pods/a', value: 1 }]);
  await store.close();
  writeFileSync(join(folder, 'resources', 'pods.core.2-00000000.json'), '{"resource"');
  writeFileSync(join(folder, 'root.json.1-x.tmp'), '{');
  writeFileSync(join(folder, 'config'), 'not the store’s');
  const next = (await openStore(folder)) as Store;
  await next.get('/registry/core/pods/a');
  expect(readdirSync(join(folder, 'resources'))).toHaveLength(2);
  await next.commit([{ key: '/registry/core/pods/a', value: 2 }]);
  await next.close();
  expect(readdirSync(join(folder, 'resources'))).toHaveLength(1);
  expect(readdirSync(folder).sort()).toEqual(['config', 'resources', 'root.json']);
});

test('a file that a killed writer left torn, under the very name that is needed, does not get in the way', async () => {
  const [one, two] = [newFolder(), newFolder()];
  for (const folder of [one, two]) {
    const store = await createStore(folder, 'lowdb');
    await store.commit([{ key: '/registry/core/pods/a', value: 1 }]);
    if (folder === two) {
      mkdirSync(join(two, 'resources'));
      writeFileSync(join(two, 'resources', readdirSync(join(one, 'resources'))[0] as string), '{"resour');
    }
    await store.close();
  }
  const again = (await openStore(two)) as Store;
  expect(await again.get('/registry/core/pods/a')).toMatchObject({ value: 1 });
  await again.close();
});

test('the files read well', async () => {
  const folder = newFolder();
  const store = await createStore(folder, 'lowdb');
  await store.commit([
    { key: '/registry/core/pods/default/b', value: { kind: 'Pod' } },
    { key: '/registry/core/pods/default/a', value: { kind: 'Pod', big: 9223372036854775807n } },
    { key: '/registry/Odd Group/Con/x', value: null },
    { key: '/kubetick/clock', value: { now: 0 } },
  ]);
  await store.close();
  const names = readdirSync(join(folder, 'resources'));
  expect(names.map((name) => name.replace(/-[0-9a-f]{8}/, '-sum'))).toEqual([
    '%43on.%4fdd%20%47roup.1-sum.json',
    'kubetick.1-sum.json',
    'pods.core.1-sum.json',
  ]);
  const pods = readFileSync(join(folder, 'resources', names[2] as string), 'utf8');
  expect(pods).toBe(`{"resource":"/registry/core/pods/","revision":1,"longIntegers":true,"entries":[
{"key":"/registry/core/pods/default/a","revision":1,"value":{"kind":"Pod","big":9223372036854775807}},
{"key":"/registry/core/pods/default/b","revision":1,"value":{"kind":"Pod"}}
]}
`);
  expect(JSON.parse(pods).entries).toHaveLength(2);
});
