/** Processes that write are killed at any moment: what they had reported as done is there, whole, and nobody waits for them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createStore, type DriverName, openStore } from '../../src/store/state-folder';
import type { Store } from '../../src/store/store';
import { bundle, newFolder, removeFolders, start } from './child';

const KILLS = Number(process.env.KUBETICK_KILLS ?? 12);
const WRITERS = ['a', 'b'];

let script: string;
beforeAll(() => {
  script = bundle('writer');
});
afterAll(removeFolders);

async function read(store: Store, resource: string, name: string): Promise<number> {
  const entry = await store.get(`/registry/core/${resource}/default/${name}`);
  return (entry?.value as { number: number } | undefined)?.number ?? 0;
}

test.each<DriverName>(['lowdb', 'lmdb'])(
  `%s: ${KILLS} kills`,
  async (driver) => {
    const folder = newFolder();
    await (await createStore(folder, driver)).close();
    const acknowledged = new Map(WRITERS.map((name) => [name, 0]));
    for (let kill = 0; kill < KILLS; kill++) {
      const writers = WRITERS.map((name) => ({ name, child: start(script, folder, name, '100000') }));
      // Not before the first has begun to write, and then after any time.
      while (writers.every(({ child }) => child.output() === '')) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        for (const { child } of writers) expect(child.errors()).toBe('');
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 25));
      for (const { child } of writers) child.process.kill('SIGKILL');
      for (const { name, child } of writers) {
        await child.ended;
        expect(child.errors()).toBe('');
        const last = child.output().split('\n').at(-2);
        if (last) acknowledged.set(name, Number(last));
      }

      const since = process.hrtime.bigint();
      const store = (await openStore(folder)) as Store;
      let total = 0;
      for (const name of WRITERS) {
        const number = await read(store, 'pods', name);
        const known = acknowledged.get(name) as number;
        expect([known, known + 1]).toContain(number);
        for (const resource of ['configmaps', 'secrets']) expect(await read(store, resource, name)).toBe(number);
        acknowledged.set(name, number);
        total += number;
      }
      const counter = await store.get('/kubetick/counter');
      expect(counter?.value ?? 0).toBe(total);
      // The next command is not blocked.
      await store.commit([{ key: '/kubetick/last', value: kill }]);
      await store.close();
      expect(Number(process.hrtime.bigint() - since) / 1e6).toBeLessThan(2_000);
    }
    const store = (await openStore(folder)) as Store;
    expect((await store.get('/kubetick/last'))?.value).toBe(KILLS - 1);
    await store.commit([{ key: '/kubetick/last', value: 'done' }]);
    await store.close();
    // Nothing piles up: what the killed left is gone, but for a claim or two that nobody needed to look at.
    const left = readdirSync(folder).filter((name) => /^(lock|root)/.test(name) && name !== 'root.json');
    expect(left.length).toBeLessThan(10);
    if (driver === 'lowdb') expect(readdirSync(join(folder, 'resources'))).toHaveLength(4);
  },
  60_000 + KILLS * 2_000,
);
