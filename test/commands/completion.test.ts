/** `__complete`, on a cluster with something in it. What needs no server is compared with the real kubectl in test/differential. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryCluster, run, splitWords, type TestCluster } from './harness';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await memoryCluster({ nodes: 2 });
  cluster.write('web.yaml', WEB);
  await cluster.ok('create namespace team');
  await cluster.ok('apply -f web.yaml');
  await cluster.ok('create configmap red');
  await cluster.ok('create configmap green -n team');
});

const WEB = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  nodeName: node-1
  initContainers: [{name: prepare, image: a}]
  containers: [{name: nginx, image: a, ports: [{containerPort: 80}, {containerPort: 443}]}, {name: sidecar, image: a}]
---
apiVersion: v1
kind: Pod
metadata: {name: webber}
spec: {containers: [{name: other, image: a}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: a, port: 8080}, {name: b, port: 8443}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: front}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: a}]}
`;

/** The candidates for the last word, and the directive. */
async function complete(line: string, program = 'kubectl'): Promise<[string[], number]> {
  const words = [...splitWords(line), ...(line.endsWith(' ') ? [''] : [])];
  const { out, code } = await cluster.run(['__complete', ...words], { program });
  expect(code).toBe(0);
  const [, candidates, directive] = /^([\s\S]*):(\d+)\n$/.exec(out) as RegExpExecArray;
  return [(candidates as string).split('\n').slice(0, -1), Number(directive)];
}

test.each<[line: string, candidates: string[], directive: number]>([
  ['get confi', ['configmaps'], 4],
  ['get deploy', ['deployments.apps'], 4],
  ['get pods,configm', ['pods,configmaps'], 4],
  ['get cm ', ['kube-root-ca.crt', 'red'], 4],
  ['get cm red ', ['kube-root-ca.crt'], 4],
  ['get cm r', ['red'], 4],
  ['get cm -n team ', ['green'], 4],
  ['-n team get cm g', ['green'], 4],
  ['get cm,svc ', ['kube-root-ca.crt', 'red', 'kubernetes', 'web'], 4],
  ['get cm/', ['cm/kube-root-ca.crt', 'cm/red'], 4],
  ['get cm/red cm/', ['cm/kube-root-ca.crt'], 4],
  ['get cm/red configm', ['configmaps/'], 6],
  ['get nosuch ', [], 4],
  ['get -n t', ['team'], 4],
  ['get --namespace=t', ['team'], 4],
  ['rollout status deployment ', ['front'], 4],
  ['rollout status deployment front ', [], 4],
  ['rollout undo deploy/', ['deploy/front'], 4],
  ['logs we', ['web', 'webber'], 4],
  ['logs d', ['daemonsets/', 'deployments/'], 6],
  ['logs deployments/', ['deployments/front'], 4],
  ['logs web ', ['prepare', 'nginx', 'sidecar'], 4],
  ['logs pods/web s', ['sidecar'], 4],
  // The pods of a workload: the one that is on a node.
  ['logs deployment/front n', ['nginx'], 4],
  ['logs service/web n', ['nginx'], 4],
  ['logs web nginx ', [], 4],
  ['exec web -c ', ['prepare', 'nginx', 'sidecar'], 4],
  ['exec deployment/front --container=n', ['nginx'], 4],
  ['exec -c ', [], 4],
  ['attach webb', ['webber'], 4],
  ['port-forward web ', ['80:80', '443:443'], 4],
  ['port-forward web 8080:', ['8080:80', '8080:443'], 4],
  ['port-forward svc/web ', ['8080:8080', '8443:8443'], 4],
  ['port-forward deployment/front ', ['80:80', '443:443'], 4],
  ['cp team', ['team/'], 2],
  ['cp we', ['web:', 'webber:', 'web.yaml'], 2],
  ['cp default/webb', ['default/webber:'], 2],
  ['cp ./', [], 2],
  ['cp web:', [], 2],
  ['cp web:/x ', [], 2],
  ['top node ', ['node-1', 'node-2'], 4],
  ['top pod webb', ['webber'], 4],
  ['debug node/', ['node/node-1', 'node/node-2'], 4],
  ['drain ', ['node-1', 'node-2'], 4],
  ['drain node-1 ', [], 4],
  ['taint node node-', ['node-1', 'node-2'], 4],
  ['create token d', ['default'], 4],
  ['create clusterrolebinding x --clusterrole nosuch', [], 4],
  ['--context k', ['kubetick'], 4],
  ['config use-context ', ['kubetick'], 4],
  ['blame cm/r', ['cm/red'], 4],
])('%s', async (line, candidates, directive) => {
  expect(await complete(line)).toEqual([candidates, directive]);
});

test('commands and flags of its own are offered by kubetick alone', async () => {
  expect(await complete('blam')).toEqual([[], 4]);
  expect(await complete('blam', 'kubetick')).toEqual([
    ['blame\tShow who wrote each field of an object, how and when'],
    4,
  ]);
  expect((await complete('get --stat'))[0]).toEqual([]);
  expect((await complete('get --stat', 'kubetick'))[0]).toEqual([expect.stringMatching(/^--state\t/)]);
  expect(await complete('init --store ')).toEqual([['lowdb', 'lmdb'], 4]);
});

test('what is offered is described, unless the environment or the name says no', async () => {
  const plain = { out: 'get\n:4\n', err: expect.any(String), code: 0 };
  expect((await run('__complete ge')).out).toBe('get\tDisplay one or many resources\n:4\n');
  expect(await run('__completeNoDesc ge')).toEqual(plain);
  for (const name of ['KUBECTL_COMPLETION_DESCRIPTIONS', 'COBRA_COMPLETION_DESCRIPTIONS'])
    expect(await run('__complete ge', { environment: { [name]: 'false' } })).toEqual(plain);
});

test('where there is no cluster yet none is made, and a new one is what is seen', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubetick-completion-'));
  try {
    const environment = { HOME: folder, KUBETICK_STATE: join(folder, 'state') };
    const ran = await run('__complete get nodes node-', { environment, cwd: folder });
    expect(ran.out).toBe('node-1\nnode-2\nnode-3\n:4\n');
    expect(existsSync(join(folder, 'state'))).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a server that is not there is no reason to complain', async () => {
  const ran = await run(['__complete', '--server=http://127.0.0.1:1', 'get', 'pods', '']);
  expect(ran).toEqual({
    out: ':4\n',
    err: 'Completion ended with directive: ShellCompDirectiveNoFileComp\n',
    code: 0,
  });
});
