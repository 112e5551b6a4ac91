import { existsSync, linkSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { acquireLock, LockedError, othersWait, sweepLock, tryLock } from '../../src/store/lock';
import { bundle, newFolder, removeFolders, start } from './child';

let folder: string;
let file: string;
beforeEach(() => {
  folder = newFolder();
  file = join(folder, 'lock');
});
afterAll(removeFolders);

/** Leaves the lock as a process would that was killed while it held it. */
async function dieHolding(): Promise<void> {
  const child = start(script, file, join(folder, 'counter'), '1000000');
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 2));
  for (;;) {
    child.process.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (existsSync(file)) break;
    child.process.kill('SIGCONT');
  }
  child.process.kill('SIGKILL');
  await child.ended;
}

let script: string;
beforeAll(() => {
  script = bundle('lock-taker');
});

test('one holds it, the next gets it when it is released, and nothing is left behind', async () => {
  const first = tryLock(file);
  expect(first?.isHeld()).toBe(true);
  expect(tryLock(file)).toBeUndefined();
  expect(othersWait(file)).toBe(false);
  const second = acquireLock(file);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(othersWait(file)).toBe(true);
  first?.release();
  const held = await second;
  expect(first?.isHeld()).toBe(false);
  first?.release();
  expect(held.isHeld()).toBe(true);
  held.release();
  expect(readdirSync(folder)).toEqual([]);
});

test('who waits too long is told who holds it', async () => {
  const held = tryLock(file);
  const failure = await acquireLock(file, 30).catch((error) => error);
  expect(failure).toBeInstanceOf(LockedError);
  expect(failure.message).toContain(`(${process.pid})`);
  expect(failure.message).toContain(file);
  held?.release();
});

test('a folder that is not there is an error, not a wait', async () => {
  await expect(acquireLock(join(folder, 'none', 'lock'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('the lock of a killed process is taken at once', async () => {
  writeFileSync(join(folder, 'counter'), '0');
  for (let i = 0; i < 3; i++) {
    await dieHolding();
    const since = process.hrtime.bigint();
    const held = tryLock(file);
    expect(held?.isHeld()).toBe(true);
    expect(Number(process.hrtime.bigint() - since) / 1e6).toBeLessThan(500);
    sweepLock(file);
    held?.release();
  }
  expect(readdirSync(folder)).toEqual(['counter']);
});

test('of those who find a dead holder at the same time one gets the lock, also when another died taking it over', async () => {
  writeFileSync(join(folder, 'counter'), '0');
  await dieHolding();
  // Somebody had won the right to replace it, and was killed then: the right itself has a dead holder.
  const { token } = JSON.parse(readFileSync(file, 'utf8'));
  linkSync(file, `${file}.over-${token}`);
  writeFileSync(join(folder, 'counter'), '0');
  const takers = Array.from({ length: 6 }, () => start(script, file, join(folder, 'counter'), '40'));
  for (const taker of takers)
    expect({ ...(await taker.ended), errors: taker.errors() }).toMatchObject({ code: 0, errors: '' });
  expect(readFileSync(join(folder, 'counter'), 'utf8')).toBe('240');
  const held = tryLock(file);
  sweepLock(file);
  held?.release();
  expect(readdirSync(folder)).toEqual(['counter']);
});

test('the same number at another start is another process', () => {
  const held = tryLock(file);
  const claim = JSON.parse(readFileSync(file, 'utf8'));
  held?.release();
  if (claim.began === '') return; // only where the system tells when a process began
  writeFileSync(file, JSON.stringify({ ...claim, began: '1', token: 'other' }));
  const taken = tryLock(file);
  expect(taken?.isHeld()).toBe(true);
  taken?.release();
});

test.each([
  ['a claim from another machine', JSON.stringify({ pid: 1, place: `not ${hostname()}`, began: '', token: 't' }), 31],
  ['an empty file', '', 3],
  ['no JSON', '{"pid":', 3],
])('%s counts until it is old', (_, text, seconds) => {
  writeFileSync(file, text);
  expect(tryLock(file)).toBeUndefined();
  const then = (Date.now() - seconds * 1000) / 1000;
  utimesSync(file, then, then);
  const taken = tryLock(file);
  expect(taken?.isHeld()).toBe(true);
  taken?.release();
  expect(readdirSync(folder)).toEqual([]);
});

test('contended by many processes it admits one at a time', async () => {
  writeFileSync(join(folder, 'counter'), '0');
  const takers = Array.from({ length: 4 }, () => start(script, file, join(folder, 'counter'), '100'));
  for (const taker of takers) expect(await taker.ended).toMatchObject({ code: 0 });
  expect(readFileSync(join(folder, 'counter'), 'utf8')).toBe('400');
});
