/** bin/kubetick: starts the built program, and keeps images of it that never get in the way. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const VERSION = ['version', '--client'];

let base: string;
beforeAll(() => {
  if (!existsSync(join(ROOT, 'dist', 'kubetick.cjs')))
    execFileSync(process.execPath, [join(ROOT, 'scripts', 'build.mjs')]);
  base = mkdtempSync(join(tmpdir(), 'kubetick-start-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** The program as it would be installed, in a folder of its own. */
function install(): { program: string; dist: string; images: () => string[] } {
  const home = mkdtempSync(join(base, 'install-'));
  mkdirSync(join(home, 'bin'));
  cpSync(join(ROOT, 'bin', 'kubetick'), join(home, 'bin', 'kubetick'));
  const dist = join(home, 'dist');
  cpSync(join(ROOT, 'dist'), dist, { recursive: true, filter: (file) => !file.includes('.cache') });
  const cache = join(dist, '.cache');
  return {
    program: join(home, 'bin', 'kubetick'),
    dist,
    images: () => (existsSync(cache) ? readdirSync(cache) : []).map((name) => join(cache, name)),
  };
}

function run(program: string, args: string[], environment: Record<string, string> = {}) {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const env = { ...inherited, HOME: base, XDG_CACHE_HOME: join(base, 'cache'), ...environment };
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { env, encoding: 'utf8' });
  return { status, signal, stdout, stderr };
}

const WORKS = { status: 0, signal: null, stdout: expect.stringContaining('Client Version: v1.36'), stderr: '' };

test('the first runs make an image, the later ones use it, all say the same', () => {
  const { program, images } = install();
  expect(run(program, VERSION)).toEqual(WORKS);
  const [image] = images() as [string];
  const first = statSync(image).size;
  expect(run(program, VERSION)).toEqual(WORKS);
  const second = statSync(image);
  expect(second.size).toBeGreaterThan(first); // now with compiled code
  expect(run(program, VERSION)).toEqual(WORKS);
  expect(statSync(image).mtimeMs).toBe(second.mtimeMs);
  expect(images()).toEqual([image]);
  if (process.platform !== 'win32') expect(second.mode & 0o777).toBe(0o600);
});

test.each([
  ['many nodes', '200', 1],
  ['so many that they have a process of their own', '1100', 2],
])('what V8 is told on the way does not spoil the image: a cluster of %s', (_, nodes, processes) => {
  const { program, images } = install();
  const state = { KUBETICK_STATE: join(base, `state-of-${nodes}`) };
  expect(run(program, ['init', '--nodes', nodes, '--seed', '1'], state).status).toBe(0);
  const ofTicks = () => images().filter((image) => image.includes('_tick'));
  const written = () => ofTicks().map((image) => statSync(image).mtimeMs);
  // A list of scripts, and their compiled code. The first tick of all loads more than the next.
  for (let i = 0; i < 3; i++) expect(run(program, ['tick'], state)).toMatchObject({ status: 0, stderr: '' });
  const before = written();
  expect(before).toHaveLength(processes);
  expect(run(program, ['tick'], state).status).toBe(0);
  expect(written()).toEqual(before);
});

test('a program that is built anew runs, and the images of the old one go', () => {
  const { program, dist, images } = install();
  for (let i = 0; i < 3; i++) run(program, VERSION);
  const before = images();
  for (const part of readdirSync(dist).filter((name) => name.startsWith('part-'))) {
    const text = readFileSync(join(dist, part), 'utf8');
    if (text.includes('Client Version')) writeFileSync(join(dist, part), text.replaceAll('Client', 'Klient'));
  }
  const entry = join(dist, 'kubetick.cjs');
  writeFileSync(entry, readFileSync(entry, 'utf8').replace(/^\/\/.{16}/, '//0123456789abcdef'));
  for (let i = 0; i < 3; i++) expect(run(program, VERSION).stdout).toContain('Klient Version');
  expect(images()).toHaveLength(1);
  expect(images()).not.toEqual(before);
});

test('an entry that was changed by hand counts as another, even if its first line says the same', () => {
  const { program, dist } = install();
  for (let i = 0; i < 3; i++) run(program, VERSION);
  const entry = join(dist, 'kubetick.cjs');
  writeFileSync(entry, `${readFileSync(entry, 'utf8')}\nconsole.log('changed');`);
  utimesSync(entry, 1_000, 1_000);
  for (let i = 0; i < 3; i++) expect(run(program, VERSION).stdout).toContain('changed');
});

test('a damaged image is as good as none', () => {
  const { program, images } = install();
  for (let i = 0; i < 2; i++) run(program, VERSION);
  const [image] = images() as [string];
  const good = readFileSync(image);
  const flipped = (where: number) => {
    const bytes = Buffer.from(good);
    const at = Math.floor(bytes.length * where);
    bytes[at] = (bytes[at] as number) ^ 0x41;
    return bytes;
  };
  const half = good.length / 2;
  const damaged = [
    Buffer.alloc(0),
    Buffer.from('\n'),
    Buffer.alloc(good.length),
    good.subarray(0, half),
    good.subarray(0, half + 2),
    ...[0.0001, 0.1, 0.2, 0.3, 0.4, 0.49, 0.6, 0.9].map(flipped),
  ];
  for (const bytes of damaged) {
    writeFileSync(image, bytes);
    expect(run(program, VERSION)).toEqual(WORKS);
  }
});

test('where nothing can be written it still runs, and says nothing of it', () => {
  const { program, dist, images } = install();
  writeFileSync(join(dist, '.cache'), 'a file where the folder should be');
  const user = join(base, 'user-cache');
  expect(run(program, VERSION, { XDG_CACHE_HOME: user })).toEqual(WORKS);
  expect(readdirSync(join(user, 'kubetick'))).toHaveLength(1);
  expect(run(program, VERSION, { XDG_CACHE_HOME: join(dist, '.cache', 'below') })).toEqual(WORKS);
  expect(run(program, VERSION, { XDG_CACHE_HOME: '', HOME: '' })).toEqual(WORKS);
  rmSync(join(dist, '.cache'));
  expect(images()).toEqual([]);
});

test('many at once, from nothing', async () => {
  const { program, images } = install();
  const all = Array.from(
    { length: 6 },
    () =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, [program, ...VERSION], { env: { ...process.env, HOME: base } });
        let output = '';
        child.stdout.on('data', (data) => {
          output += data;
        });
        child.stderr.on('data', (data) => {
          output += data;
        });
        child.on('close', () => resolve(output));
      }),
  );
  const outputs = await Promise.all(all);
  expect(new Set(outputs).size).toBe(1);
  expect(outputs[0]).toContain('Client Version');
  expect(images()).toHaveLength(1);
  expect(run(program, VERSION)).toEqual(WORKS);
});

test('runs with options of Node.js of their own leave the images alone', () => {
  const { program, images } = install();
  expect(run(program, VERSION, { NODE_OPTIONS: '--max-old-space-size=500' })).toEqual(WORKS);
  expect(images()).toEqual([]);
});

test('what fails keeps its status and leaves no image', () => {
  const { program, images } = install();
  const { status, stderr } = run(program, ['no-such-command']);
  expect(status).toBe(1);
  expect(stderr).toContain('for "kubetick"');
  expect(images()).toEqual([]);
});

test('by the name of kubectl it says kubectl', () => {
  const { program } = install();
  const link = join(base, 'kubectl');
  symlinkSync(program, link);
  expect(run(link, VERSION)).toEqual(WORKS);
  expect(run(link, ['no-such-command']).stderr).toContain('for "kubectl"');
});

test('without what is built it says how to build it', () => {
  const { program, dist } = install();
  rmSync(dist, { recursive: true });
  const { status, stdout, stderr } = run(program, VERSION);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^error: .*npm run build.*\n$/);
});

const posix = process.platform === 'win32' ? test.skip : test;

posix('a reader that goes away is no error', () => {
  const { program } = install();
  const script = `"${process.execPath}" "${program}" --help | head -n 1; exit "\${PIPESTATUS[0]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.split('\n')).toHaveLength(2);
});

posix('an interrupt ends it, by the signal: a shell calls that 130', async () => {
  const { program } = install();
  // Waits for its input.
  const child = spawn(process.execPath, [program, '--state', join(base, 'state'), 'apply', '-f', '-']);
  await new Promise((resolve) => setTimeout(resolve, 300));
  child.kill('SIGINT');
  const ending = await new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal })));
  expect(ending).toEqual({ code: null, signal: 'SIGINT' });
});
