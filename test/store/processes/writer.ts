/**
 * Writes so many times, each time one more to a counter that all writers share, and its number to keys of its own in three
 * resources, in one commit. Says each number once it is durable.
 */
import { writeSync } from 'node:fs';
import { openStore } from '../../../src/store/state-folder';
import { ConflictError, type Store } from '../../../src/store/store';

const [folder, name, times] = process.argv.slice(2) as [string, string, string];
const COUNTER = '/kubetick/counter';

async function write(store: Store, number: number): Promise<void> {
  for (;;) {
    const counter = await store.get(COUNTER);
    const resources = ['configmaps', 'secrets', 'pods'];
    try {
      await store.commit([
        { key: COUNTER, value: Number(counter?.value ?? 0) + 1, expect: counter?.revision ?? 0 },
        ...resources.map((resource) => ({
          key: `/registry/core/${resource}/default/${name}`,
          value: { number, padding: 'x'.repeat(2000) },
        })),
      ]);
      return;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}

async function run(): Promise<void> {
  const store = await openStore(folder);
  if (!store) throw new Error('no store');
  const last = (await store.get(`/registry/core/pods/default/${name}`))?.value as { number: number } | undefined;
  const first = (last?.number ?? 0) + 1;
  for (let number = first; number < first + Number(times); number++) {
    await write(store, number);
    await store.flush();
    writeSync(1, `${number}\n`);
  }
  await store.close();
}

run().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
