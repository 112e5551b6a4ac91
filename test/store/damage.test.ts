/** Files that are not what was written: an error names the file, and nothing is written over it. Files that can't be written: said clearly. */
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStore, type DriverName, openStore } from '../../src/store/state-folder';
import { DamagedStateError, type Store } from '../../src/store/store';
import { newFolder, removeFolders } from './child';

afterAll(removeFolders);

async function make(driver: DriverName): Promise<string> {
  const folder = newFolder();
  const store = await createStore(folder, driver);
  for (let i = 0; i < 20; i++)
    await store.commit([{ key: `/registry/core/pods/default/p${i}`, value: { text: `${i}`.repeat(3000) } }]);
  await store.commit([{ key: '/registry/core/nodes/n', value: 'fine' }]);
  await store.close();
  return folder;
}

type Damage = (file: string) => void;
const DAMAGES: [string, Damage][] = [
  ['empty', (file) => writeFileSync(file, '')],
  ['cut in half', (file) => truncateSync(file, Math.floor(statSync(file).size / 2))],
  ['cut by one byte', (file) => truncateSync(file, statSync(file).size - 1)],
  ['something else', (file) => writeFileSync(file, 'not what it was\n'.repeat(50))],
  ['zeros', (file) => writeFileSync(file, Buffer.alloc(statSync(file).size))],
  ['one bit', (file) => flip(file, 0.5)],
  ['one bit near the end', (file) => flip(file, 0.98)],
  ['gone', (file) => rmSync(file)],
];

function flip(file: string, where: number): void {
  const bytes = readFileSync(file);
  const at = Math.floor(bytes.length * where);
  bytes[at] = (bytes[at] as number) ^ 4;
  writeFileSync(file, bytes);
}

async function fails(run: () => Promise<unknown>, file: string): Promise<void> {
  const error = await run().then(
    () => undefined,
    (failure) => failure,
  );
  expect(error).toBeInstanceOf(DamagedStateError);
  expect(error.file).toBe(file);
  expect(error.message).toContain(file);
}

const contentOf = (file: string) => {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
};

describe('lowdb', () => {
  const podsIn = (folder: string) => {
    const name = readdirSync(join(folder, 'resources')).find((file) => file.startsWith('pods.core.'));
    return join(folder, 'resources', name as string);
  };

  test.each(DAMAGES)('a resource: %s', async (_, damage) => {
    const folder = await make('lowdb');
    const file = podsIn(folder);
    damage(file);
    const damaged = contentOf(file);
    const store = (await openStore(folder)) as Store;
    await fails(() => store.get('/registry/core/pods/default/p3'), file);
    await fails(() => store.range('/registry/core/pods/'), file);
    await fails(() => store.range('/'), file);
    await fails(() => store.commit([{ key: '/registry/core/pods/default/new', value: 1 }]), file);
    // What is not damaged works on.
    expect(await store.get('/registry/core/nodes/n')).toMatchObject({ value: 'fine' });
    await store.commit([{ key: '/registry/core/nodes/n', value: 'still' }]);
    await store.close();
    expect(contentOf(file)).toEqual(damaged);
    const again = (await openStore(folder)) as Store;
    expect(await again.get('/registry/core/nodes/n')).toMatchObject({ value: 'still' });
    await fails(() => again.get('/registry/core/pods/default/p3'), file);
    await again.close();
  });

  // Without its last newline a root says the same.
  const ofRoot = DAMAGES.filter(([name]) => name !== 'gone' && name !== 'cut by one byte');
  test.each(ofRoot)('the root: %s', async (_, damage) => {
    const folder = await make('lowdb');
    const file = join(folder, 'root.json');
    const before = await readdirSync(folder, { recursive: true });
    damage(file);
    const damaged = contentOf(file);
    await fails(async () => openStore(folder), file);
    await expect(createStore(folder, 'lowdb')).rejects.toThrow('already');
    expect(contentOf(file)).toEqual(damaged);
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });

  test('a root of a later format says so', async () => {
    const folder = await make('lowdb');
    const file = join(folder, 'root.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"format": 1', '"format": 2'));
    await fails(async () => openStore(folder), file);
  });
});

describe('lmdb', () => {
  // A bit in the middle of LMDB's pages may lie where nothing is; and what LMDB itself can't notice is not asked here.
  const found = DAMAGES.filter(([name]) => !name.startsWith('one bit') && name !== 'cut by one byte');
  test.each(found)('the database: %s', async (_, damage) => {
    const folder = await make('lmdb');
    const file = join(folder, 'cluster.mdb');
    damage(file);
    const damaged = contentOf(file);
    await fails(async () => openStore(folder), file);
    expect(contentOf(file)).toEqual(damaged);
  });

  test('a record that does not parse', async () => {
    const folder = await make('lmdb');
    const file = join(folder, 'cluster.mdb');
    const bytes = readFileSync(file);
    for (let at = bytes.indexOf('"value":{"text":"33'); at >= 0; at = bytes.indexOf('"value":{"text":"33', at + 1))
      bytes[at + 7] = 0x07;
    writeFileSync(file, bytes);
    const store = (await openStore(folder)) as Store;
    await fails(() => store.get('/registry/core/pods/default/p3'), file);
    expect(await store.get('/registry/core/pods/default/p4')).toBeDefined();
    await store.close();
  });

  test.each(DAMAGES.filter(([name]) => name !== 'gone' && !name.startsWith('one bit') && name !== 'cut by one byte'))(
    'the root: %s',
    async (_, damage) => {
      const folder = await make('lmdb');
      const file = join(folder, 'root.json');
      damage(file);
      const damaged = contentOf(file);
      await fails(async () => openStore(folder), file);
      expect(contentOf(file)).toEqual(damaged);
    },
  );
});

const isRoot = process.getuid?.() === 0;

describe.each<DriverName>(['lowdb', 'lmdb'])('%s', (driver) => {
  (isRoot || process.platform === 'win32' ? test.skip : test)(
    'a folder that may not be written to can be read',
    async () => {
      const folder = await make(driver);
      chmodSync(folder, 0o500);
      try {
        const store = (await openStore(folder)) as Store;
        expect(await store.get('/registry/core/nodes/n')).toMatchObject({ value: 'fine' });
        await expect(store.commit([{ key: '/registry/core/nodes/n', value: 'new' }])).rejects.toThrow(
          /permission denied/,
        );
        await store.close();
      } finally {
        chmodSync(folder, 0o700);
      }
    },
  );

  test('a folder whose name is a file’s can’t hold a cluster', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    await expect(createStore(file, driver)).rejects.toThrow(/can't make a cluster: .*file/);
    await expect(createStore(join(file, 'below'), driver)).rejects.toThrow(/not a directory/);
  });
});

const full = '/dev/full';
test('a disk that is full is said to be, nothing is acknowledged, and what was there stays', async () => {
  if (process.platform !== 'linux') return;
  const folder = await make('lowdb');
  const store = (await openStore(folder)) as Store;
  await store.commit([{ key: '/registry/core/nodes/n', value: 'new' }]);
  const resources = join(folder, 'resources');
  const fs = require('node:fs') as typeof import('node:fs');
  const write = fs.writeSync;
  const spy = jest.spyOn(fs, 'writeSync').mockImplementation(((_: number, bytes: Buffer) => {
    const descriptor = fs.openSync(full, 'w');
    try {
      return write(descriptor, bytes);
    } finally {
      fs.closeSync(descriptor);
    }
  }) as typeof write);
  try {
    await expect(store.flush()).rejects.toThrow("can't write the cluster's state: no space left on device");
  } finally {
    spy.mockRestore();
  }
  await expect(store.flush()).rejects.toThrow('no space left');
  await expect(store.commit([{ key: '/registry/core/nodes/n', value: 'newer' }])).rejects.toThrow('no space left');
  await store.close();
  expect(readdirSync(resources)).toHaveLength(2);
  const again = (await openStore(folder)) as Store;
  expect(await again.get('/registry/core/nodes/n')).toMatchObject({ value: 'fine' });
  await again.commit([{ key: '/registry/core/nodes/n', value: 'newest' }]);
  await again.close();
});
