/** kwok's ResourceUsage and ClusterResourceUsage: what pods use, as top and autoscalers see it. */
import { memoryCluster, type TestCluster } from './harness';

async function withPods(...usages: string[]): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes: 1, seed: 4 });
  await cluster.ok('load enable');
  cluster.write(
    'pods.yaml',
    ['web', 'job']
      .map(
        (name) => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, annotations: {kwok.x-k8s.io/usage-cpu: 70m, example.com/users: "30"}}
spec:
  containers:
  - {name: main, image: x, resources: {requests: {cpu: 200m, memory: 64Mi}}}
  - {name: side, image: x}
`,
      )
      .join('---\n'),
  );
  await cluster.ok('apply -f pods.yaml');
  cluster.write('usage.yaml', usages.join('---\n'));
  await cluster.ok('apply -f usage.yaml');
  await cluster.ok('tick 1m -q');
  return cluster;
}

const usage = (kind: string, name: string, spec: string) =>
  `apiVersion: kwok.x-k8s.io/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec:\n${spec.replace(/^/gm, '  ')}\n`;
const top = async (cluster: TestCluster) =>
  (await cluster.ok('top pods --containers --no-headers'))
    .trim()
    .split('\n')
    .map((line) => line.trim().replace(/ +/g, ' '));

test('the kinds are defined once', async () => {
  const cluster = await memoryCluster();
  const names = ['resourceusages', 'clusterresourceusages'];
  const said = (word: string) =>
    names.map((name) => `customresourcedefinition.apiextensions.k8s.io/${name}.kwok.x-k8s.io ${word}\n`).join('');
  expect(await cluster.ok('load enable')).toBe(said('created'));
  expect(await cluster.ok('load enable')).toBe(said('unchanged'));
});

test('quantities: of the pod of its name, of containers by name or of all the others; what is not said is nothing', async () => {
  const cluster = await withPods(
    usage(
      'ResourceUsage',
      'web',
      'usages:\n- usage: {cpu: {value: 20m}}\n- {containers: [main], usage: {cpu: {value: 150m}, memory: {value: 48Mi}}}',
    ),
  );
  expect(await top(cluster)).toEqual([
    'job main 70m 1Mi',
    'job side 70m 1Mi',
    'web main 150m 48Mi',
    'web side 20m 0Mi',
  ]);
});

test('a ResourceUsage decides alone; of those for the cluster the first that fits', async () => {
  const cluster = await withPods(
    usage('ResourceUsage', 'web', 'usages: [{containers: [main], usage: {cpu: {value: 1m}}}]'),
    usage('ClusterResourceUsage', 'a', 'selector: {matchNamespaces: [other]}\nusages: [{usage: {cpu: {value: 9}}}]'),
    usage(
      'ClusterResourceUsage',
      'b',
      'selector: {matchNames: [job, web]}\nusages: [{containers: [main], usage: {cpu: {value: 2m}, memory: {value: 2Mi}}}]',
    ),
    usage('ClusterResourceUsage', 'c', 'usages: [{usage: {cpu: {value: 3m}, memory: {value: 3Mi}}}]'),
  );
  expect(await top(cluster)).toEqual(['job main 2m 2Mi', 'job side 3m 3Mi', 'web main 1m 0Mi', 'web side 0m 0Mi']);
});

test('expressions', async () => {
  const cluster = await withPods(
    usage(
      'ClusterResourceUsage',
      'all',
      `usages:
- usage:
    cpu:
      expression: |
        "kwok.x-k8s.io/usage-cpu" in pod.metadata.annotations
        ? Quantity(pod.metadata.annotations["kwok.x-k8s.io/usage-cpu"])
        : Quantity("1m")
    memory: {expression: 'Quantity("2Mi") * (pod.SinceSecond() / 30.0) + (container.name == "main" ? Quantity("1Mi") : Quantity("0"))'}
`,
    ),
  );
  expect(await top(cluster)).toEqual(['job main 70m 5Mi', 'job side 70m 4Mi', 'web main 70m 5Mi', 'web side 70m 4Mi']);
});

test('a value comes before an expression, and a Load before both', async () => {
  const cluster = await withPods(
    usage(
      'ClusterResourceUsage',
      'all',
      'usages: [{usage: {cpu: {value: 5m, expression: "1.0"}, memory: {value: 5Mi}}}]',
    ),
  );
  await cluster.ok('load set pod/web --cpu 100m');
  await cluster.ok('tick 30s -q');
  expect(await top(cluster)).toEqual(['job main 5m 5Mi', 'job side 5m 5Mi', 'web main 100m 5Mi', 'web side 0m 5Mi']);
});

test('autoscalers go by it', async () => {
  const cluster = await memoryCluster({ nodes: 2, seed: 4 });
  await cluster.ok('load enable');
  await cluster.ok('create deployment web --image=nginx --replicas=2');
  await cluster.ok('set resources deployment web --requests=cpu=100m');
  cluster.write(
    'usage.yaml',
    usage(
      'ClusterResourceUsage',
      'all',
      'usages: [{usage: {cpu: {expression: "pod.SinceSecond() < 240.0 ? Quantity(\\"200m\\") : Quantity(\\"80m\\")"}}}]',
    ),
  );
  await cluster.ok('apply -f usage.yaml');
  await cluster.ok('autoscale deployment web --min=2 --max=8 --cpu=80%');
  await cluster.ok('tick 3m -q');
  expect(await cluster.ok('get deployment web -o jsonpath={.spec.replicas}')).toBe('8');
  const { out } = await cluster.run('why hpa/web');
  expect(out).toContain('cpu: 200%, wanted 80%');
});
