/** Commands on a folder that is served: they find the server, go through it, and print what they print without one. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openStore } from '../../src/store/state-folder';
import { run } from '../commands/harness';
import { servedFolder } from './served-folder';

test('the same session through a server and in process prints the same', async () => {
  const [here, served] = [await servedFolder(), await servedFolder()];
  // Both were served, so they are alike; one is no more.
  await here.close();
  const manifest =
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: web}}\n' +
    '  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: "nginx:1"}]}\n';
  const cwd = dirname(served.stateFolder);
  writeFileSync(join(cwd, 'web.yaml'), manifest);
  for (const line of [
    'apply -f web.yaml',
    'apply -f web.yaml',
    'apply -f web.yaml --server-side',
    'apply -f web.yaml --server-side --force-conflicts',
    'tick 5s',
    'get pods -w --no-headers',
    'get deployments,rs -o wide --show-labels',
    'rollout status deployment/web',
    'set image deployment/web web=nginx:2 --record',
    'tick --settle -o wide',
    'rollout history deployment/web',
    'wait --for=condition=Available deployment/web',
    'delete deployment web --cascade=foreground',
    'get all',
    'events',
    'explain deployment.spec.replicas',
    'blame deployment web',
    'api-resources -o name',
    'create -f web.yaml',
    'compare --name web "scale deployment web --replicas=3"',
    'get nosuch',
    'get pods nosuch',
    'version',
    'tick --until deployment/web:Available',
    'delete deployment web',
  ]) {
    const expected = await here.run(line, { cwd });
    const got = await served.run(line, { cwd });
    expect({ line, ...got }).toEqual({ line, ...expected });
  }
});

test('status tells that it is served', async () => {
  const served = await servedFolder();
  expect((await served.run('status')).out).toContain(`Served at        ${served.endpoint} (process ${process.pid}`);
  const { served: told } = JSON.parse((await served.run('status -o json')).out);
  expect(told).toEqual({ endpoint: served.endpoint, pid: process.pid, speed: '0' });
});

test('the kubeconfig of the folder leads through the server, and one that was written for clients does so too', async () => {
  const served = await servedFolder();
  await served.run('config set-context --current --namespace=kube-system');
  expect((await served.run('get cm -o name')).out).toBe(
    'configmap/kube-apiserver-legacy-service-account-token-tracking\nconfigmap/kube-root-ca.crt\n',
  );
});

test('what others write into the folder is seen through the server, and nothing is lost', async () => {
  const served = await servedFolder();
  // A command that had opened the folder before it was served.
  const store = await openStore(served.stateFolder);
  if (!store) throw new Error('no store');
  const rounds = Array.from({ length: 20 }, (_, i) => i);
  await Promise.all([
    (async () => {
      for (const i of rounds) {
        const value = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `beside-${i}`, namespace: 'default' } };
        await store.commit([{ key: `/registry/core/configmaps/default/beside-${i}`, value }]);
        if (i % 5 === 0) await store.flush();
      }
      await store.flush();
    })(),
    (async () => {
      for (const i of rounds) expect((await served.run(`create cm through-${i}`)).code).toBe(0);
    })(),
  ]);
  await store.close();
  const names = (await served.run('get cm -o name')).out.trim().split('\n');
  expect(names).toHaveLength(41);
  const entries = await (await openStore(served.stateFolder))?.range('/registry/core/configmaps/default/');
  expect(entries?.entries).toHaveLength(41);
});

test('the cluster cannot be replaced while it is served, and can be afterwards', async () => {
  const served = await servedFolder();
  expect(await served.run('init --force')).toEqual({
    out: '',
    err: `error: the cluster is being served by process ${process.pid}; stop it first\n`,
    code: 1,
  });
  expect(existsSync(join(served.stateFolder, 'serving.json'))).toBe(true);
  await served.close();
  expect(existsSync(join(served.stateFolder, 'serving.json'))).toBe(false);
  expect((await served.run('init --force')).code).toBe(0);
});

test('a file that a killed server left does not block', async () => {
  const served = await servedFolder();
  const left = readFileSync(join(served.stateFolder, 'serving.json'));
  await served.close();
  writeFileSync(join(served.stateFolder, 'serving.json'), left);
  expect((await served.run('get nodes -o name')).out).toBe('node/node-1\nnode/node-2\nnode/node-3\n');
  expect((await served.run('status')).out).not.toContain('Served');
});

test('a command waits for a server that is ending, and then works without it', async () => {
  const served = await servedFolder();
  const { stateFolder, endpoint } = served;
  const [ran] = await Promise.all([
    run('create cm late', { environment: { HOME: stateFolder, KUBETICK_STATE: stateFolder } }),
    served.close(),
  ]);
  expect({ ...ran, endpoint }).toEqual({ out: 'configmap/late created\n', err: '', code: 0, endpoint });
  expect((await served.run('get cm late -o name')).out).toBe('configmap/late\n');
});

test('the authority of the cluster is what pods trust, for their eyes; keys are for the owner alone', async () => {
  const served = await servedFolder();
  const shown = await served.run(`get cm kube-root-ca.crt -n kube-system -o jsonpath='{.data.ca\\.crt}'`);
  expect(shown.out).toBe(served.credentials.authority);
  await served.run('create namespace team');
  await served.run('tick --settle -q');
  const fresh = await served.run(`get cm kube-root-ca.crt -n team -o jsonpath='{.data.ca\\.crt}'`);
  expect(fresh.out).toBe(served.credentials.authority);
  for (const name of ['serving.json', 'pki/ca.key', 'pki/admin.key', 'pki/admin.token', 'pki/apiserver.key'])
    expect({ name, mode: statSync(join(served.stateFolder, name)).mode & 0o777 }).toEqual({ name, mode: 0o600 });
});
