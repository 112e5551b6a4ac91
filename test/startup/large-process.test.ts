/** A large cluster is simulated in a process made for it; what one sees is what one would see of a single process. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { largeProcessOptions } from '../../src/host/large-process';

const KUBETICK = join(__dirname, '../../bin/kubetick');
const posix = process.platform === 'win32' ? test.skip : test;

let base: string;
const running = new Set<ChildProcess>();
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'kubetick-large-'));
  // Each process writes down which options it has.
  writeFileSync(
    join(base, 'preload.cjs'),
    `if (require('node:worker_threads').isMainThread)
       require('node:fs').appendFileSync(process.env.TOLD, process.execArgv.join(' ') + '\\n');`,
  );
  for (const [name, nodes] of Object.entries({ small: 3, large: 1_100 }))
    expect(run(name, ['init', '--nodes', String(nodes)])).toMatchObject({ status: 0, stderr: '' });
  // A hundred years of this one take hours.
  cpSync(join(base, 'large'), join(base, 'busy'), { recursive: true });
  const everyMinute = ['create', 'cronjob', 'often', '--image=busybox', '--schedule=* * * * *', '--', 'true'];
  expect(run('busy', everyMinute)).toMatchObject({ status: 0, stderr: '' });
});
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(base, { recursive: true, force: true });
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let count = 0;
function surroundings(state: string, nodeOptions = '') {
  const told = join(base, `told-${count++}`);
  const env = {
    ...process.env,
    HOME: base,
    KUBETICK_STATE: join(base, state),
    TOLD: told,
    NODE_OPTIONS: `-r ${join(base, 'preload.cjs')} ${nodeOptions}`,
  };
  return { env, begun: () => (existsSync(told) ? readFileSync(told, 'utf8').split('\n').slice(0, -1) : []) };
}

function run(state: string, args: string[], nodeOptions?: string) {
  const { env, begun } = surroundings(state, nodeOptions);
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [KUBETICK, ...args], {
    env,
    encoding: 'utf8',
  });
  return { status, signal, stdout, stderr, begun: begun() };
}

const SECOND = expect.stringMatching(
  /^--v8-pool-size=\d+ --max-semi-space-size=64 --min-semi-space-size=64 --initial-heap-size=400$/,
);

test('as many helpers as there are other processors, as V8 has them at most', () => {
  const helpers = [1, 2, 3, 5, 64].map((processors) => largeProcessOptions(processors)[0]);
  expect(helpers).toEqual([1, 1, 2, 4, 4].map((many) => `--v8-pool-size=${many}`));
});

test('a small cluster needs one process, a large one two, and both say the same as ever', () => {
  expect(run('small', ['tick']).begun).toEqual(['']);
  cpSync(join(base, 'large'), join(base, 'copy'), { recursive: true });
  const { begun, ...seen } = run('large', ['tick', '5s']);
  expect(begun).toEqual(['', SECOND]);
  expect(seen.stdout).toContain('2026-01-01T00:00:05Z');
  expect(run('copy', ['tick', '5s'], '--v8-pool-size=4')).toEqual({ ...seen, begun: [''] });
});

test('what fails there has its words and its status; what is wrong before needs no second process', () => {
  const never = run('large', ['tick', '--until', 'node/none:Ready', '--timeout=2s']);
  expect(never).toMatchObject({ status: 1, stdout: expect.any(String), begun: ['', SECOND] });
  expect(never.stderr).toMatch(/^error: .+\n$/);
  expect(run('large', ['tick', '--bogus'])).toMatchObject({ status: 1, stdout: '', begun: [''] });
});

posix('a reader that goes away is no error', () => {
  const { env } = surroundings('large');
  const script = `"${process.execPath}" "${KUBETICK}" tick -o json | head -n 1; exit "\${PIPESTATUS[0]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { env, encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '{\n', stderr: '' });
});

posix.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('%s to the first process ends both', async (signal) => {
  const { env, begun } = surroundings('busy');
  const child = spawn(process.execPath, [KUBETICK, 'tick', '876000h'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  child.stdout?.resume();
  // The pipe is closed when nobody is left who could write to it.
  const ending = new Promise((resolve) => child.on('close', (code, by) => resolve({ code, by })));
  while (begun().length < 2) await pause(20);
  await pause(500); // It is at work by now, and never comes to its events.
  child.kill(signal);
  expect(await ending).toEqual({ code: null, by: signal });
  running.delete(child);
});
