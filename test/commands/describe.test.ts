import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster({ nodes: 1 });
});
const configMaps = async (...names: string[]) => {
  for (const name of names) await cluster.ok(`create configmap ${name} --from-literal=k=v`);
};
const described = (name: string, events: boolean) =>
  `Name:         ${name}\nNamespace:    default\nLabels:       <none>\nAnnotations:  <none>\n\nData\n====\nk:\n----\nv\n\n\nBinaryData\n====\n\n${events ? 'Events:  <none>\n' : ''}`;

test('one object, with its events', async () => {
  await configMaps('a');
  expect(await cluster.ok('describe cm a')).toBe(described('a', true));
  expect(await cluster.ok('describe cm/a --show-events=false')).toBe(described('a', false));
});
test('several, two lines between them and no events unless asked for', async () => {
  await configMaps('a', 'b', 'c');
  expect(await cluster.ok('describe cm a b')).toBe(`${described('a', false)}\n\n${described('b', false)}`);
  expect(await cluster.ok('describe cm a b --show-events')).toBe(`${described('a', true)}\n\n${described('b', true)}`);
  expect(await cluster.ok('describe cm --chunk-size=1')).toMatch(/Name: +a\n[\s\S]*Name: +b\n[\s\S]*Name: +c\n/);
});
test('all whose names begin so, where none has the name', async () => {
  await configMaps('web', 'web-1', 'web-2', 'db');
  expect(await cluster.ok('describe cm web')).toBe(described('web', true));
  expect(await cluster.ok('describe cm web-')).toBe(`${described('web-1', false)}\n${described('web-2', false)}\n`);
  expect(await cluster.run('describe cm x')).toEqual({
    out: '',
    err: 'Error from server (NotFound): configmaps "x" not found\n',
    code: 1,
  });
});
test('by labels, from files and of all namespaces', async () => {
  await configMaps('a', 'b');
  await cluster.ok('label cm a app=x');
  expect(await cluster.ok('describe cm -l app=x')).toMatch(/^Name: +a\n[\s\S]*Events: +<none>\n$/);
  cluster.write('b.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {k: other}\n');
  expect(await cluster.ok('describe -f b.yaml')).toBe(described('b', true));
  expect(await cluster.ok('describe cm -A')).toMatch(/Namespace: +default\n[\s\S]*Namespace: +kube-system\n/);
});
test('what is there, then what is not', async () => {
  await configMaps('a');
  expect(await cluster.run('describe cm a x y')).toEqual({
    out: described('a', false),
    err: 'Error from server (NotFound): configmaps "x" not found\nError from server (NotFound): configmaps "y" not found\n',
    code: 1,
  });
});
test.each([
  [
    '',
    1,
    'error: You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.\n',
  ],
  ['nosuch', 1, 'error: the server doesn\'t have a resource type "nosuch"\n'],
  ['pods', 0, 'No resources found in default namespace.\n'],
  ['pods -A -l a=b', 0, 'No resources found\n'],
  ['-f nosuch.yaml', 1, 'error: the path "nosuch.yaml" does not exist\n'],
  ['pod a -A', 1, 'error: a resource cannot be retrieved by name across all namespaces\n'],
])('describe %s', async (args, code, err) => {
  expect(await cluster.run(`describe ${args}`)).toEqual({ out: '', err, code });
});

describe('with what belongs to it', () => {
  beforeEach(async () => {
    await cluster.ok('create deployment web --image=nginx --replicas=2');
    await cluster.ok('expose deployment web --port=80');
    await cluster.ok('tick --settle');
  });
  test('a deployment: its replica sets, and what was done to it', async () => {
    await cluster.ok('set image deployment/web nginx=nginx:2');
    await cluster.ok('tick --settle');
    const text = await cluster.ok('describe deployment web');
    expect(text).toMatch(/Replicas: +2 desired \| 2 updated \| 2 total \| 2 available \| 0 unavailable\n/);
    expect(text).toMatch(
      /OldReplicaSets: +web-\w+ \(0\/0 replicas created\)\nNewReplicaSet: +web-\w+ \(2\/2 replicas created\)\n/,
    );
    expect(text).toMatch(
      /Events:\n {2}Type +Reason +Age +From +Message\n[\s\S]*Scaled up replica set web-\w+ from 0 to 2\n/,
    );
  });
  test('a replica set: its pods', async () => {
    expect(await cluster.ok('describe rs')).toMatch(
      /Controlled By: +Deployment\/web\nReplicas: +2 current \/ 2 desired\nPods Status: +2 Running \/ 0 Waiting \/ 0 Succeeded \/ 0 Failed\n/,
    );
  });
  test('a service: the endpoints behind it', async () => {
    expect(await cluster.ok('describe svc web')).toMatch(/Endpoints: +[\d.]+:80,[\d.]+:80\n/);
  });
  test('a node: its lease and its pods', async () => {
    const text = await cluster.ok('describe nodes');
    expect(text).toMatch(/Non-terminated Pods: +\(2 in total\)\n/);
    expect(text).toMatch(/ {2}default +web-\S+ +0 \(0%\) +0 \(0%\) +0 \(0%\) +0 \(0%\) +\d+s\n/);
  });
  test('a pod: when it will be gone', async () => {
    await cluster.ok('delete pod -l app=web --wait=false');
    expect(await cluster.ok('describe pods')).toMatch(
      /Status: +Terminating \(lasts \S+\)\nTermination Grace Period: +30s\n/,
    );
  });
});

test('kinds that have no description of their own, by their fields', async () => {
  cluster.write(
    'lease.yaml',
    'apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: {name: a}\nspec: {holderIdentity: me, leaseDurationSeconds: 5}\n',
  );
  await cluster.ok('apply -f lease.yaml');
  expect(await cluster.ok('describe lease a')).toMatch(
    /^Name: +a\nNamespace: +default\n[\s\S]*Spec:\n {2}Holder Identity: +me\n {2}Lease Duration Seconds: {2}5\nEvents: +<none>\n$/,
  );
});
