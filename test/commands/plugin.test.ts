/** Plugins, run by the built program: their streams, arguments and exit status are theirs. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const ROOT = join(__dirname, '../..');

let home: string;
beforeAll(() => {
  if (!existsSync(join(ROOT, 'dist/kubetick.cjs'))) execFileSync(process.execPath, [join(ROOT, 'scripts/build.mjs')]);
  home = mkdtempSync(join(tmpdir(), 'kubetick-plugins-'));
  mkdirSync(join(home, 'bin'));
  for (const name of ['kubectl', 'kubetick']) symlinkSync(join(ROOT, 'bin/kubetick'), join(home, 'bin', name));
  for (const name of ['kubectl-foo', 'kubectl-foo-bar', 'kubectl-my_tool', 'kubectl-get', 'kubectl-create-net'])
    plugin(name, 'echo "${0##*/}:" "$@"; cat; echo to stderr >&2; exit 3');
  plugin('kubetick-foo', 'echo own: "$@"');
  plugin('kubectl-who', 'echo "$KUBECTL_PATH"; "$KUBECTL_PATH" version --client');
  plugin('kubectl-killed', 'kill -TERM $$');
  plugin('kubectl-patient', 'trap "echo told; exit 7" TERM; echo ready; while :; do sleep 0.05; done');
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function plugin(name: string, script: string): void {
  const path = join(home, 'bin', name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

const environment = () => {
  const PATH = [join(home, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
  return { HOME: home, PATH, KUBETICK_STATE: join(home, 'state') };
};

function run(line: string, input = ''): { out: string; err: string; code: number | null } {
  const [program = '', ...args] = line.split(' ');
  const ran = spawnSync(join(home, 'bin', program), args, { env: environment(), cwd: home, encoding: 'utf8', input });
  return { out: ran.stdout, err: ran.stderr, code: ran.status };
}

test('what there is no command for is run by the plugin with the longest name', () => {
  const by = (name: string, rest = '') => ({ out: `${name}:${rest}\ninput`, err: 'to stderr\n', code: 3 });
  expect(run('kubectl foo', 'input')).toEqual(by('kubectl-foo'));
  expect(run('kubectl foo a --b -n c', 'input')).toEqual(by('kubectl-foo', ' a --b -n c'));
  expect(run('kubectl foo bar baz', 'input')).toEqual(by('kubectl-foo-bar', ' baz'));
  expect(run('kubectl foo -x bar', 'input')).toEqual(by('kubectl-foo', ' -x bar'));
  expect(run('kubectl my-tool', 'input')).toEqual(by('kubectl-my_tool'));
  expect(run('kubectl create net x', 'input')).toEqual(by('kubectl-create-net', ' x'));
  expect(run('kubetick my_tool', 'input')).toEqual(by('kubectl-my_tool'));
});

test('what is built in comes first, and flags do not come before', () => {
  expect(run('kubectl get namespaces -o name').code).toBe(0);
  expect(run('kubectl -v 1 foo')).toEqual({
    out: '',
    err: 'Error: flags cannot be placed before plugin name: -v\n',
    code: 1,
  });
  // There is no kubectl-create, and if there were it would not be asked.
  expect(run('kubectl create nothing').err).toMatch(/^error: unknown command "nothing"|^error: Unexpected args/);
});

test('kubetick has plugins of its own, which kubectl does not see', () => {
  expect(run('kubetick foo a').out).toBe('own: a\n');
  const listed = run('kubetick plugin list --name-only').out;
  expect(listed).toContain('\nkubetick-foo\n');
  expect(run('kubectl plugin list --name-only').out).not.toContain('kubetick');
});

test('a plugin finds who called it', () => {
  const { out } = run('kubectl who');
  expect(out).toBe(`${join(home, 'bin/kubectl')}\nClient Version: v1.36.3\nKustomize Version: v5.8.1\n`);
});

test('signals reach it, and its end is the end', async () => {
  expect(run('kubectl killed').code).toBe(143);
  const child = spawn(join(home, 'bin/kubectl'), ['patient'], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  const code = await new Promise((done) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (text.includes('ready')) child.kill('SIGTERM');
    });
    child.on('close', done);
  });
  expect({ out, code }).toEqual({ out: 'ready\ntold\n', code: 7 });
});

test('help lists them', () => {
  const help = run('kubectl --help').out;
  expect(help).toContain(
    'Subcommands provided by plugins:\n  foo           The command foo is a plugin installed by the user\n',
  );
  expect(help).not.toContain('The command get is');
});
