/** Takes the lock so many times, each time adds one to a counter file in two steps that another process could tear apart. */
import { readFileSync, writeFileSync } from 'node:fs';
import { acquireLock } from '../../../src/store/lock';

const [lock, counter, times] = process.argv.slice(2) as [string, string, string];

async function run(): Promise<void> {
  for (let i = 0; i < Number(times); i++) {
    const held = await acquireLock(lock);
    const count = Number(readFileSync(counter, 'utf8'));
    await new Promise((resolve) => setImmediate(resolve));
    writeFileSync(counter, String(count + 1));
    if (!held.isHeld()) throw new Error('lost the lock');
    held.release();
    process.stdout.write('.');
  }
}

run().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
