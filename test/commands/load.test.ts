/** `load`, and what top and the APIs of metrics make of it. */
import type { JsonObject } from '../../src/apimachinery/json';
import { parseCurve, SILENCE } from '../../src/apimachinery/load-curve';
import { memoryCluster, type TestCluster } from './harness';

/** A cluster with a Deployment web of so many pods that have run for a while. */
async function withWeb(replicas = 2, more = ''): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes: 2, seed: 3 });
  await cluster.ok(`create deployment web --image=nginx --replicas=${replicas}`);
  if (more) await cluster.ok(`set resources deployment web ${more}`);
  await cluster.ok('tick 45s -q');
  return cluster;
}

/** What `top pods` shows, without the parts of names that are drawn. */
const top = async (cluster: TestCluster, line = 'pods --no-headers') =>
  (await cluster.ok(`top ${line}`))
    .split('\n')
    .filter((row) => row.trim() !== '')
    .map((row) =>
      row
        .trim()
        .replace(/ {2,}/g, ' ')
        .replace(/-[a-z0-9]+-[a-z0-9]{5}\b/, ''),
    );

const get = (cluster: TestCluster, path: string) =>
  cluster.client.request<JsonObject & { items: JsonObject[] }>({
    method: 'GET',
    path: path.split('?')[0] as string,
    query: Object.fromEntries(new URLSearchParams(path.split('?')[1] ?? '')),
  });

describe('a curve', () => {
  const file = 'time,cpu\n# a comment\n0s,100m\n60,0.3,further\n\n2m;500m\n';
  const day = '2020-05-01T10:00:00Z,1\n2020-05-01T10:01:00Z,2\n';
  const files: Record<string, string> = { 'a.csv': file, 'day.csv': day };
  const at = (text: string, seconds: number) => {
    const value = parseCurve(text, (name) => files[name] ?? '').at(seconds * 1000, SILENCE);
    return Math.round(value * 1e6) / 1e6;
  };

  test.each([
    ['200m', 0, 0.2],
    ['64Mi', 99, 67108864],
    ['1.5', 0, 1.5],
    ['sine(200m, 1800m, 30m)', 0, 0.2],
    ['sine(200m, 1800m, 30m)', 900, 1.8],
    ['sine(200m, 1800m, 30m)', 450, 1],
    ['sine(200m, 1800m, 30m, 15m)', 0, 1.8],
    ['ramp(1, 2, 10s)', 5, 1.5],
    ['ramp(1, 2, 10s)', 50, 2],
    ['ramp(1, 2, 10s, 20s)', 10, 1],
    ['ramp(1, 2, 10s, 20s)', 25, 1.5],
    ['steps(0s: 100m, 10m: 500m)', 599, 0.1],
    ['steps(0s: 100m, 10m: 500m)', 600, 0.5],
    ['steps(0s: 100m, 10m: 500m)', 1e6, 0.5],
    ['steps(10s: 1)', 5, 0],
    ['steps(0s: 1, 10s: 2, every 20s)', 25, 1],
    ['steps(0s: 1, 10s: 2, every 20s)', 35, 2],
    ['csv(a.csv)', 59, 0.1],
    ['csv(a.csv)', 60, 0.3],
    ['csv(a.csv)', 500, 0.5],
    ['csv(a.csv, every 3m)', 180, 0.1],
    ['csv(day.csv)', 60, 2],
    ['100m + 200m * 2 - 0.1', 0, 0.4],
    ['(1 + 2) * 0.5', 0, 1.5],
    ['max(1, 2, 3) + min(1, ramp(0, 2, 10s))', 2, 3.4],
    ['1 + noise(500m)', 7, 1],
  ])('%s after %s s is %s', (text, seconds, value) => {
    expect(at(text, seconds)).toBe(value);
  });

  test.each([
    ['', 'expected a quantity such as 200m or 64Mi at the end'],
    ['lots', 'expected a quantity such as 200m or 64Mi at "lots"'],
    ['12xy', '"12xy" is no quantity such as 200m or 64Mi'],
    ['sine(1, 2)', 'expected "," at ")"'],
    ['sine(1, 2, 0s)', 'the period must be more than nothing'],
    ['wave(1)', 'unknown function "wave": one of sine, ramp, steps, noise, csv, min, max'],
    ['steps(10s: 1, 5s: 2)', 'steps must go on in time: 5s after 10s'],
    ['steps(0s: 1, 10s: 2, every 10s)', 'every must be longer than what is to be repeated'],
    ['1 2', 'expected an operator or the end at "2"'],
    ['ramp(1, 2, 10)', 'time: missing unit in duration "10"'],
    ['csv(none.csv)', 'none.csv has no line TIME,VALUE'],
  ])('%s: %s', (text, message) => {
    expect(() => at(text, 0)).toThrow(message);
  });
});

test('without a declaration pods use next to nothing', async () => {
  const cluster = await withWeb(1);
  expect(await top(cluster)).toEqual(['web 1m 1Mi']);
  expect(await cluster.ok('top nodes')).toMatch(/^node-1 +5[01]m +1% +25[67]Mi +1%/m);
});

test('a total is shared by the ready pods; each may have its own', async () => {
  const cluster = await withWeb(2);
  await cluster.ok('load set deployment/web --cpu 600m');
  await cluster.ok('load set deploy web --memory 100Mi --per pod');
  await cluster.ok('tick 15s -q');
  expect(await top(cluster)).toEqual(['web 300m 100Mi', 'web 300m 100Mi']);
  await cluster.ok('scale deployment web --replicas=3');
  await cluster.ok('tick 45s -q');
  expect(await top(cluster)).toEqual(['web 200m 100Mi', 'web 200m 100Mi', 'web 200m 100Mi']);
  expect(await top(cluster, 'pods --sum')).toContain('600m 300Mi');
});

test('containers share by their requests, and no container passes its limit', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  cluster.write(
    'pod.yaml',
    `apiVersion: v1
kind: Pod
metadata: {name: two}
spec:
  containers:
  - {name: a, image: a, resources: {requests: {cpu: 300m}}}
  - {name: b, image: b, resources: {requests: {cpu: 100m}, limits: {cpu: 100m}}}
`,
  );
  await cluster.ok('apply -f pod.yaml');
  await cluster.ok('load set pod/two --cpu 800m --memory 64Mi');
  await cluster.ok('tick 45s -q');
  // 3 : 1 of 800m is 600m and 200m; evenly 32Mi each
  expect(await top(cluster, 'pods --containers --no-headers')).toEqual(['two a 600m 32Mi', 'two b 100m 32Mi']);
});

test("kwok's annotations say it too, of each container", async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  await cluster.ok(
    'run fake --image=x --annotations=kwok.x-k8s.io/usage-cpu=150m --annotations=kwok.x-k8s.io/usage-memory=20Mi',
  );
  await cluster.ok('tick 45s -q');
  expect(await top(cluster)).toEqual(['fake 150m 20Mi']);
  await cluster.ok('load set pod/fake --cpu 70m');
  await cluster.ok('tick 15s -q');
  expect(await top(cluster)).toEqual(['fake 70m 20Mi']);
});

test('noise comes from the seed: the same in every cluster made alike, and another for each pod', async () => {
  const noisy = async () => {
    const cluster = await withWeb(2);
    await cluster.ok("load set deployment/web --cpu '500m + noise(400m)' --per pod");
    const seen: string[][] = [];
    for (let i = 0; i < 3; i++) {
      await cluster.ok('tick 15s -q');
      seen.push(await top(cluster));
    }
    return seen;
  };
  const [first, second] = [await noisy(), await noisy()];
  expect(second).toEqual(first);
  expect(new Set(first.flat()).size).toBeGreaterThan(4);
});

test('a file is kept in the cluster', async () => {
  const cluster = await withWeb(1);
  cluster.write('day.csv', 'time,cpu\n0,100m\n60,700m\n');
  await cluster.ok("load set deployment/web --cpu 'csv(day.csv)'");
  cluster.write('day.csv', 'gone');
  await cluster.ok('tick 60s -q');
  expect(await top(cluster)).toEqual(['web 700m 1Mi']);
  expect(await cluster.ok('get load deployment.web -o jsonpath={.spec.files}')).toContain('60,700m');
});

test('get shows what is declared, unset takes it back', async () => {
  const cluster = await withWeb(1);
  expect(await cluster.run('load get')).toEqual({ out: '', err: 'No load is declared.\n', code: 0 });
  await cluster.ok("load set deployment/web --cpu 'sine(200m, 1800m, 30m)' --metric requests=40 --per pod");
  await cluster.ok("load set --external-metric 'queue{name=jobs}=3 + noise(1)'");
  await cluster.ok('load set node/node-1 --cpu 300m');
  await cluster.ok('tick 15m -q');
  expect(await cluster.ok('load get -A')).toMatchInlineSnapshot(`
"NAMESPACE     TARGET           OF                                 PER     NOW     LOAD
default       deployment/web   cpu                                pod     1800m   sine(200m, 1800m, 30m)
default       deployment/web   metric requests                    pod     40      40
default                        external metric queue{name=jobs}           ~3      3 + noise(1)
kube-system   node/node-1      cpu                                total   300m    300m
"
`);
  expect(await cluster.ok('load get deployment/web -o jsonpath=x', {}).catch(() => 'x')).toBe('x');
  await cluster.ok('load unset deployment/web --cpu');
  expect(await cluster.ok('load get deploy/web')).not.toContain('sine');
  await cluster.ok('load unset deployment/web');
  expect((await cluster.run('load unset deployment/web')).err).toBe('error: deployment.apps/web has no load\n');
  expect(await cluster.ok('get loads')).not.toContain('web');
});

test.each([
  ['deployment/web', 'at least one of --cpu, --memory, --metric, --object-metric and --external-metric is required'],
  ['deployment/web --cpu lots', 'invalid load "lots" of cpu: expected a quantity such as 200m or 64Mi at "lots"'],
  ["deployment/web --cpu 'csv(no.csv)'", 'invalid load "csv(no.csv)" of cpu: unable to read no.csv: ENOENT'],
  ['deployment/web --cpu 1 --per node', '--per must be total or pod, not "node"'],
  ['deployment/web --metric requests', 'invalid --metric "requests": expected NAME=LOAD'],
  ['deployment/none --cpu 1', 'deployments.apps "none" not found'],
  ['--cpu 1', "an object must be named, as TYPE/NAME; only external metrics are nobody's"],
])('set %s', async (line, message) => {
  const cluster = await memoryCluster();
  await cluster.ok('create deployment web --image=nginx');
  const { err, code } = await cluster.run(`load set ${line}`);
  expect({ err, code }).toEqual({ err: expect.stringContaining(message), code: 1 });
});

describe('metrics.k8s.io', () => {
  test('answers as metrics-server does', async () => {
    const cluster = await withWeb(1, '--requests=cpu=100m');
    await cluster.ok('load set deployment/web --cpu 123456789n --memory 64Mi');
    await cluster.ok('tick 20s -q');
    const [pod = {}] = (await get(cluster, '/apis/metrics.k8s.io/v1beta1/pods')).items as JsonObject[];
    expect(pod).toMatchObject({
      metadata: { namespace: 'default', labels: { app: 'web' }, creationTimestamp: '2026-01-01T00:01:05Z' },
      timestamp: '2026-01-01T00:01:00Z',
      window: '15s',
      containers: [{ name: 'nginx', usage: { cpu: '123456789n', memory: '64Mi' } }],
    });
    const { name } = pod['metadata'] as unknown as { name: string };
    const one = await get(cluster, `/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/${name}`);
    expect(one).toMatchObject({ kind: 'PodMetrics', apiVersion: 'metrics.k8s.io/v1beta1', window: '15s' });
    expect((await get(cluster, '/apis/metrics.k8s.io/v1beta1/pods?labelSelector=app=other')).items).toEqual([]);
    const nodes = await get(cluster, '/apis/metrics.k8s.io/v1beta1/nodes?labelSelector=kubernetes.io/hostname=node-1');
    expect(nodes).toMatchObject({ kind: 'NodeMetricsList', items: [{ metadata: { name: 'node-1' } }] });
    expect(await cluster.ok('get pods.metrics.k8s.io')).toMatch(
      /^NAME +CPU +MEMORY +WINDOW\nweb-\S+ +123456789n +64Mi +15s\n$/,
    );
    expect(await cluster.ok('get apiservices')).toMatch(/v1beta1.metrics.k8s.io +kube-system\/metrics-server +True/);
  });

  test('young pods and those that are not there are not told of', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    expect((await cluster.run('top nodes')).err).toBe('error: metrics not available yet\n');
    await cluster.ok('run young --image=x');
    await cluster.ok('tick 10s -q');
    expect((await cluster.run('top pods')).err).toBe('error: metrics not available yet\n');
    expect((await cluster.run('top pod young')).err).toBe(
      'Error from server (NotFound): podmetrics.metrics.k8s.io "default/young" not found\n',
    );
    expect((await cluster.run('top pod none')).err).toBe('Error from server (NotFound): pods "none" not found\n');
  });

  test('a cluster without it learns it with the first load, and nobody writes to it', async () => {
    const cluster = await memoryCluster();
    await cluster.ok('create deployment web --image=nginx');
    expect((await cluster.run('top pods')).err).toBe('error: Metrics API not available\n');
    await cluster.ok('load set deployment/web --cpu 1');
    expect(await cluster.ok('api-versions')).toContain('metrics.k8s.io/v1beta1\n');
    await expect(
      cluster.client.request({ method: 'DELETE', path: '/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/x' }),
    ).rejects.toThrow('the server does not allow this method on the requested resource');
  });
});

test('custom and external metrics have APIs of their own', async () => {
  const cluster = await withWeb(2);
  await cluster.ok('create service clusterip front --tcp=80');
  await cluster.ok("load set deployment/web --metric 'requests=300'");
  await cluster.ok("load set service/front --object-metric 'hits=12.5'");
  await cluster.ok("load set namespace/default --object-metric 'errors=2'");
  await cluster.ok("load set --external-metric 'queue{name=jobs}=30' --external-metric 'queue{name=mail}=4'");
  await cluster.ok('tick 15s -q');
  const custom = '/apis/custom.metrics.k8s.io/v1beta2/namespaces/default';
  const pods = await get(cluster, `${custom}/pods/*/requests?labelSelector=app=web`);
  expect(pods).toMatchObject({ kind: 'MetricValueList', apiVersion: 'custom.metrics.k8s.io/v1beta2' });
  expect(pods.items).toEqual(
    [1, 2].map(() => expect.objectContaining({ value: '150', metric: { name: 'requests', selector: null } })),
  );
  expect((await get(cluster, `${custom}/services/front/hits`)).items).toEqual([
    expect.objectContaining({
      describedObject: { kind: 'Service', namespace: 'default', name: 'front', apiVersion: 'v1' },
      timestamp: '2026-01-01T00:01:00Z',
      value: '12500m',
    }),
  ]);
  const older = await get(cluster, '/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/services/front/hits');
  expect(older.items[0]).toMatchObject({ metricName: 'hits', value: '12500m' });
  expect((await get(cluster, `${custom}/metrics/errors`)).items).toEqual([
    expect.objectContaining({ describedObject: { kind: 'Namespace', name: 'default', apiVersion: 'v1' }, value: '2' }),
  ]);
  const external = '/apis/external.metrics.k8s.io/v1beta1/namespaces/default';
  expect((await get(cluster, `${external}/queue?labelSelector=name=jobs`)).items).toEqual([
    { metricName: 'queue', metricLabels: { name: 'jobs' }, timestamp: '2026-01-01T00:01:00Z', value: '30' },
  ]);
  expect((await get(cluster, `${external}/queue`)).items).toHaveLength(2);
  await expect(get(cluster, `${custom}/pods/*/none`)).rejects.toThrow(
    'the server could not find the metric none for pods',
  );
  const discovery = await get(cluster, '/apis/custom.metrics.k8s.io/v1beta2');
  expect((discovery['resources'] as JsonObject[]).map(({ name }) => name)).toEqual([
    'namespaces/errors',
    'pods/requests',
    'services/hits',
  ]);
  expect(await cluster.ok('api-resources')).not.toContain('MetricValueList\npods');
});
