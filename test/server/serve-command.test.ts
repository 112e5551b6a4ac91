/** `kubetick serve` as a user starts and stops it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands/harness';
import { type StateFolder, stateFolder } from './serve-process';

let folder: StateFolder;
beforeEach(() => {
  folder = stateFolder();
});

test('it makes a cluster where there is none, tells how to use it, and ends when told to', async () => {
  const served = await folder.serve();
  expect(served.said()).toBe(
    [
      `Serving the cluster in ${folder.stateFolder} at ${served.endpoint}`,
      'Time stands still until `kubetick tick` moves it.',
      '',
      'To use it from another shell:',
      `  export KUBECONFIG=${folder.stateFolder}/admin.conf`,
      '  kubectl get nodes',
      '',
      'Stop it with Ctrl-C.',
      '',
    ].join('\n'),
  );
  // Its own kubeconfig, by our own kubectl, as if it were any server.
  const nodes = await folder.run(['get', 'nodes', '-o', 'name', '--kubeconfig', served.kubeconfig]);
  expect(nodes).toEqual({ out: 'node/node-1\nnode/node-2\nnode/node-3\n', err: '', code: 0 });
  served.kill('SIGINT');
  expect(await served.ended).toBe(0);
  expect(existsSync(join(folder.stateFolder, 'serving.json'))).toBe(false);
  expect(existsSync(join(folder.stateFolder, 'server.lock'))).toBe(false);
});

test('SIGTERM ends watches cleanly, and what was acknowledged is there', async () => {
  const served = await folder.serve();
  const watching = folder.run(['get', 'cm', '-w', '-o', 'name', '--kubeconfig', served.kubeconfig]);
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect((await folder.run(['create', 'cm', 'last'])).code).toBe(0);
  served.kill('SIGTERM');
  expect(await served.ended).toBe(0);
  expect(await watching).toEqual({
    out: 'configmap/kube-root-ca.crt\nconfigmap/last\n',
    err: '',
    code: 0,
  });
  expect((await folder.run(['get', 'cm', 'last', '-o', 'name'])).out).toBe('configmap/last\n');
});

test('a folder is served by one', async () => {
  const served = await folder.serve();
  await expect(folder.serve()).rejects.toThrow(
    `serve ended with 1: error: the cluster in ${folder.stateFolder} is being served already at ${served.endpoint}, by process ${served.child.pid}`,
  );
  expect((await folder.run(['init', '--force'])).err).toBe(
    `error: the cluster is being served by process ${served.child.pid}; stop it first\n`,
  );
});

test('what a killed server left does not block, and what it acknowledged is there', async () => {
  const served = await folder.serve();
  const created = await folder.run(['create', 'cm', 'kept', '--kubeconfig', served.kubeconfig]);
  served.kill('SIGKILL');
  expect(created.code).toBe(0);
  expect(await served.ended).toBe('SIGKILL');
  expect((await folder.run(['get', 'cm', 'kept', '-o', 'name'])).out).toBe('configmap/kept\n');
  const again = await folder.serve();
  expect((await folder.run(['get', 'cm', 'kept', '-o', 'name', '--kubeconfig', again.kubeconfig])).code).toBe(0);
});

test('certificates stay the same; the kubeconfig goes where it is told and keeps what is there', async () => {
  const first = await folder.serve();
  const authority = readFileSync(join(folder.stateFolder, 'pki/ca.crt'), 'utf8');
  first.kill('SIGTERM');
  await first.ended;
  const file = join(folder.home, 'config');
  writeFileSync(
    file,
    'apiVersion: v1\nkind: Config\nclusters:\n- name: other\n  cluster: {server: "https://other"}\ncontexts:\n' +
      '- name: other\n  context: {cluster: other, user: other}\nusers:\n- name: other\n  user: {token: t}\ncurrent-context: other\n',
  );
  await folder.serve('--kubeconfig-out', 'config');
  expect(readFileSync(join(folder.stateFolder, 'pki/ca.crt'), 'utf8')).toBe(authority);
  const contexts = await folder.run(['config', 'get-contexts', '-o', 'name', '--kubeconfig', file]);
  expect(contexts.out).toBe('kubetick\nother\n');
  expect((await folder.run(['config', 'current-context', '--kubeconfig', file])).out).toBe('kubetick\n');
  expect((await folder.run(['get', 'nodes', '--kubeconfig', file])).code).toBe(0);
});

test('while the clock runs, commands and time do not get into each other’s way', async () => {
  const served = await folder.serve('--speed', '60', '--tick-every', '20ms');
  expect(served.said()).toContain('60 simulated seconds pass in one second.\n');
  const names = Array.from({ length: 8 }, (_, i) => `web-${i}`);
  const made = await Promise.all(
    names.map((name) => folder.run(['create', 'deployment', name, '--image=nginx', '--replicas=3'])),
  );
  expect(made.map(({ code, err }) => ({ code, err }))).toEqual(names.map(() => ({ code: 0, err: '' })));
  const waited = await folder.run([
    ...['wait', '--for=condition=Available', 'deployment', '--all', '--timeout=60s', '--kubeconfig', served.kubeconfig],
  ]);
  expect({ code: waited.code, err: waited.err }).toEqual({ code: 0, err: '' });
  served.kill('SIGTERM');
  expect(await served.ended).toBe(0);
  const pods = await folder.run(['get', 'pods', '-o', 'name']);
  expect(pods.out.trim().split('\n')).toHaveLength(24);
});

test.each([
  [['--port', '70000'], 'error: --port must be from 0 to 65535, not 70000\n'],
  [['--speed', 'fast'], 'error: invalid value "fast" of --speed: it must be a number from 0 on, or max\n'],
  [['--speed', '-1'], 'error: invalid value "-1" of --speed: it must be a number from 0 on, or max\n'],
  [['--tick-every', '0s'], 'error: --tick-every must be at least 1ms\n'],
  [['--bind', '203.0.113.7'], /^error: listen tcp 203\.0\.113\.7:0: bind: cannot assign requested address\n$/],
  [['now'], "error: Unexpected args: [now]\nSee 'kubectl serve -h' for help and examples\n"],
])('serve %p is refused', async (flags, message) => {
  const environment = { HOME: folder.home, KUBETICK_STATE: folder.stateFolder };
  const ran = await run(['serve', '--port', '0', ...flags], { environment });
  expect(ran.code).toBe(1);
  expect(ran.out).toBe('');
  if (typeof message === 'string') expect(ran.err).toBe(message);
  else expect(ran.err).toMatch(message);
});

test('a port that is taken is told', async () => {
  const served = await folder.serve();
  const other = stateFolder();
  const { port } = new URL(served.endpoint);
  await expect(other.serve('--port', port)).rejects.toThrow(
    `error: listen tcp 127.0.0.1:${port}: bind: address already in use; --port 0 takes one that is free`,
  );
});
