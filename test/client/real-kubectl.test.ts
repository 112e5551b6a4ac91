/** The real kubectl 1.36 against our API: what it sends is understood, what it is sent it understands. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryCluster } from '../commands/harness';
import { realClient } from '../differential/real-client';
import { serveCluster, type TestServer } from './http-server';

const kubectl = realClient('kubectl');
const suite = 'missing' in kubectl ? describe.skip : describe;
if ('missing' in kubectl) console.warn(`kubectl is not tried: ${kubectl.missing}`);

suite('the real kubectl', () => {
  let server: TestServer;
  let folder: string;

  beforeAll(async () => {
    server = await serveCluster();
    folder = mkdtempSync(join(tmpdir(), 'kubetick-real-'));
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'a', cluster: { server: server.url } }],
      users: [{ name: 'a', user: {} }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      'current-context': 'a',
    };
    writeFileSync(join(folder, 'config'), JSON.stringify(config));
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What it prints, errors too. */
  function k(...args: string[]): Promise<string> {
    const program = (kubectl as { path: string }).path;
    const env = { HOME: folder, KUBECONFIG: join(folder, 'config'), PATH: process.env['PATH'] ?? '' };
    return new Promise((resolve) => {
      execFile(program, args, { env, cwd: folder, timeout: 30_000 }, (_, stdout, stderr) => resolve(stdout + stderr));
    });
  }

  test('creates what its generators make, in protobuf', async () => {
    const commands = [
      ['deployment', 'web', '--image=nginx', '--replicas=2', '--port=80'],
      ['configmap', 'settings', '--from-literal=a=größe<&>'],
      ['secret', 'generic', 'keys', '--from-literal=p=x'],
      ['service', 'clusterip', 'web', '--tcp=80:8080'],
      ['job', 'once', '--image=busybox', '--', 'true'],
      ['cronjob', 'often', '--image=busybox', '--schedule=*/5 * * * *', '--', 'date'],
      ['namespace', 'other'],
      ['role', 'reader', '--verb=get', '--resource=pods'],
      ['rolebinding', 'reads', '--role=reader', '--user=u'],
      ['clusterrole', 'lister', '--verb=list', '--resource=nodes'],
      ['clusterrolebinding', 'lists', '--clusterrole=lister', '--group=g'],
      ['serviceaccount', 'robot'],
      ['quota', 'q', '--hard=pods=5,cpu=2'],
      ['poddisruptionbudget', 'pdb', '--selector=app=web', '--min-available=50%'],
      ['priorityclass', 'high', '--value=100'],
      ['ingress', 'in', '--rule=a.example.com/x*=web:80,tls=t'],
    ];
    server.requests.length = 0;
    const outputs = await Promise.all(commands.map((args) => k('create', ...args)));
    expect(outputs.filter((output) => !output.endsWith(' created\n'))).toEqual([]);
    const sent = server.requests.filter(({ method }) => method === 'POST');
    expect(new Set(sent.map(({ headers }) => headers['content-type']))).toEqual(
      new Set(['application/vnd.kubernetes.protobuf']),
    );
    expect(await k('get', 'cm/settings', '-o', 'jsonpath={.data.a}')).toBe('größe<&>');
    expect(
      await k('get', 'deploy/web', '-o', 'jsonpath={.spec.replicas} {.spec.template.spec.containers[0].ports}'),
    ).toBe('2 [{"containerPort":80,"protocol":"TCP"}]');
  });

  test.each<[string, RegExp]>([
    ['describe deployment web', /Replicas: +2 desired \| 0 updated/],
    ['describe configmap settings', /größe<&>/],
    ['describe service web', /TargetPort: +8080\/TCP/],
    ['describe node node-1', /Capacity:\n +cpu:/],
    ['describe ingress in', /a\.example\.com/],
    ['describe pdb pdb', /Min available: +50%/],
    ['describe secret keys', /p: +1 bytes/],
    ['get deployments,services', /service\/web +ClusterIP/],
    [
      'get --raw /apis/apps/v1/namespaces/default/deployments/web',
      /^{"kind":"Deployment","apiVersion":"apps\/v1","metadata":{"name":"web"/,
    ],
    ['get --raw /version', /^{\n {2}"major": "1",/],
    ['api-resources --api-group=apps', /deployments +deploy +apps\/v1 +true +Deployment/],
    ['auth whoami', /Username +kubernetes-admin/],
    ['auth can-i delete pods', /^yes\n$/],
    ['get componentstatuses', /^Warning: v1 ComponentStatus is deprecated in v1\.19\+\n|\nWarning: v1 ComponentStatus/],
    ['scale deployment web --replicas=1', /scaled/],
    ['label namespace other x=y', /labeled/],
    ['get nosuch', /the server doesn't have a resource type "nosuch"/],
    ['get pod nosuch', /Error from server \(NotFound\): pods "nosuch" not found/],
    ['delete job once --wait=false', /deleted/],
  ])('%s', async (line, expected) => expect(await k(...line.split(' '))).toMatch(expected));

  test('applies, compares and validates by our OpenAPI', async () => {
    writeFileSync(
      join(folder, 'web.yaml'),
      `apiVersion: apps/v1
kind: Deployment
metadata: {name: applied}
spec:
  selector: {matchLabels: {app: applied}}
  template:
    metadata: {labels: {app: applied}}
    spec:
      containers:
      - {name: one, image: a}
      - {name: two, image: b}
`,
    );
    expect(await k('apply', '-f', 'web.yaml')).toBe('deployment.apps/applied created\n');
    expect(await k('diff', '-f', 'web.yaml')).toBe('');
    const manifest = `apiVersion: apps/v1
kind: Deployment
metadata: {name: applied}
spec:
  selector: {matchLabels: {app: applied}}
  template:
    metadata: {labels: {app: applied}}
    spec:
      containers:
      - {name: two, image: c}
`;
    writeFileSync(join(folder, 'web.yaml'), manifest);
    expect(await k('diff', '-f', 'web.yaml')).toMatch(/\n- +- image: a\n.*\n\+ +- image: c\n/s);
    // A strategic merge by the keys that our documents tell.
    expect(await k('apply', '-f', 'web.yaml')).toBe('deployment.apps/applied configured\n');
    expect(await k('get', 'deploy/applied', '-o', 'jsonpath={.spec.template.spec.containers[*].image}')).toBe('c');
    writeFileSync(join(folder, 'bad.yaml'), manifest.replace('  selector', '  replica: 2\n  selector'));
    expect(await k('apply', '-f', 'bad.yaml')).toMatch(/strict decoding error: unknown field "spec\.replica"/);
    expect(await k('apply', '-f', 'bad.yaml', '--validate=warn')).toMatch(/Warning: unknown field "spec\.replica"/);
    expect(await k('apply', '-f', 'web.yaml', '--server-side')).toMatch(/serverside-applied/);
  });

  test.each([
    'pod.spec.containers',
    'deployments --recursive',
    'hpa.spec.metrics.resource',
    'crd.spec.versions.schema',
  ])('explains %s as ours does', async (what) => {
    const ours = await (await memoryCluster()).ok(`explain ${what}`);
    expect(await k('explain', ...what.split(' '))).toBe(ours);
  });

  test('reads version 2 in protobuf', async () => {
    const text = await k('explain', 'deployment.spec.strategy', '--output=plaintext-openapiv2');
    expect(text).toMatch(/RESOURCE: strategy <Object>.*rollingUpdate\t<Object>/s);
  });
});
