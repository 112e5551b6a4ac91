/** The same commands, over HTTP and HTTPS: what they print must be what they print in process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryCluster, type Ran, run } from '../commands/harness';
import { CERTIFICATE, serveCluster, type TestServer } from './http-server';

let home: string;
let plain: TestServer;
let secure: TestServer;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'kubetick-http-'));
  plain = await serveCluster();
  secure = await serveCluster({ tls: true });
});
afterAll(async () => {
  await plain.close();
  await secure.close();
  rmSync(home, { recursive: true, force: true });
});

const over = (line: string, environment: Record<string, string> = {}): Promise<Ran> =>
  run(line, { cwd: home, environment: { HOME: home, KUBETICK_STATE: join(home, 'state'), ...environment } });

test('the same session in process and over HTTP prints the same', async () => {
  const cluster = await memoryCluster({ nodes: 3 });
  const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {x: y}}\ndata: {k: v}\n';
  writeFileSync(join(home, 'a.yaml'), manifest);
  cluster.write('a.yaml', manifest);
  const session = [
    'apply -f a.yaml',
    'apply -f a.yaml',
    'apply -f a.yaml --server-side',
    'label cm a more=labels',
    'get cm a --show-labels',
    'get nodes -o wide',
    'get cm,pods -l x=y -o name',
    `patch cm a --type=json -p '[{"op":"remove","path":"/data/k"}]'`,
    `get cm a -o jsonpath='{.data}'`,
    'create deployment web --image=nginx --replicas=2',
    'scale deployment web --replicas=3',
    'get deployment nosuch',
    'create -f a.yaml',
    'get nosuchtype',
    'delete cm a',
    'api-versions',
  ];
  for (const line of session) {
    const here = await cluster.run(line);
    const there = await over(`${line} -s ${plain.url}`);
    expect({ line, ...there }).toEqual({ line, ...here });
  }
});

describe('who comes, and to whom', () => {
  const config = (user: object, cluster: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: secure.url, 'certificate-authority': CERTIFICATE, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'kube-system' } }],
    'current-context': 'x',
  });
  const write = (name: string, content: object): string => {
    writeFileSync(join(home, name), JSON.stringify(content));
    return join(home, name);
  };
  const last = () => secure.requests.at(-1)?.headers;

  test('a kubeconfig gives server, trust, namespace and token', async () => {
    const path = write('token.json', config({ token: 'sesame' }));
    const ran = await over(`--kubeconfig ${path} get serviceaccounts -o name`);
    expect(ran).toEqual({ out: 'serviceaccount/default\n', err: '', code: 0 });
    expect(last()?.authorization).toBe('Bearer sesame');
  });

  test('flags come before the kubeconfig', async () => {
    const path = write('flags.json', config({ token: 'sesame' }));
    await over(`--kubeconfig ${path} --token other get nodes`);
    expect(last()?.authorization).toBe('Bearer other');
  });

  test('a plugin is asked for the credential', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'made' },
    };
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', `console.log(${JSON.stringify(JSON.stringify(credential))})`],
      interactiveMode: 'Never',
    };
    const path = write('exec.json', config({ exec }));
    const ran = await over(`--kubeconfig ${path} get nodes -o name`);
    expect(ran.err).toBe('');
    expect(last()?.authorization).toBe('Bearer made');
  });

  test('several files of KUBETICK_KUBECONFIG are read as one, the first of a name counts', async () => {
    const first = write('first.json', {
      apiVersion: 'v1',
      kind: 'Config',
      users: [{ name: 'u', user: { token: 'first' } }],
    });
    const second = write('second.json', config({ token: 'second' }));
    const environment = { KUBETICK_KUBECONFIG: `${first}${process.platform === 'win32' ? ';' : ':'}${second}` };
    expect((await over('get nodes -o name', environment)).code).toBe(0);
    expect(last()?.authorization).toBe('Bearer first');
  });

  test('impersonation', async () => {
    const path = write('as.json', config({ token: 't' }));
    await over(`--kubeconfig ${path} --as ann --as-group ops --as-group dev get nodes`);
    expect(last()).toMatchObject({ 'impersonate-user': 'ann', 'impersonate-group': 'ops, dev' });
  });

  test('a certificate that nobody vouches for is refused, unless told otherwise', async () => {
    const path = write('distrust.json', config({}, { 'certificate-authority': undefined }));
    const ran = await over(`--kubeconfig ${path} get nodes`);
    expect(ran).toEqual({
      out: '',
      err: 'Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority\n',
      code: 1,
    });
    expect((await over(`--kubeconfig ${path} --insecure-skip-tls-verify get nodes`)).code).toBe(0);
  });
});

test('a server that is not there is told in kubectl words', async () => {
  expect(await over('get pods -s http://127.0.0.1:1')).toEqual({
    out: '',
    err: 'The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n',
    code: 1,
  });
});

test('KUBECONFIG and ~/.kube/config never redirect a command', async () => {
  const before = plain.requests.length;
  const config = join(home, 'kube.json');
  const content = {
    clusters: [{ name: 'c', cluster: { server: plain.url } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: '' } }],
    'current-context': 'x',
  };
  writeFileSync(config, JSON.stringify(content));
  expect((await over('get nodes -o name', { KUBECONFIG: config })).out).toBe('node/node-1\nnode/node-2\nnode/node-3\n');
  expect(plain.requests.length).toBe(before);
});

test('waiting on a live server polls it', async () => {
  await over(`create configmap soon --from-literal=a=b -s ${plain.url}`);
  const ran = await over(`wait --for=jsonpath={.data.a}=b configmap/soon -s ${plain.url}`);
  expect(ran).toEqual({ out: 'configmap/soon condition met\n', err: '', code: 0 });
  const late = await over(`wait --for=jsonpath={.data.a}=c configmap/soon --timeout=1s -s ${plain.url}`);
  expect(late.err).toBe('error: timed out waiting for the condition on configmaps/soon\n');
});
