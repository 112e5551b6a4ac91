/** `autoscale` as a user types it. What is wrong with flags alone stands in test/differential. */
import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster();
  await cluster.ok('create deployment web --image=nginx');
});

const read = async (path: string) => cluster.ok(`get hpa web -o jsonpath={${path}}`);

test('by utilization and by value, in autoscaling/v2', async () => {
  expect(await cluster.ok('autoscale deployment web --min=2 --max=5 --cpu=70% --memory=200')).toBe(
    'horizontalpodautoscaler.autoscaling/web autoscaled\n',
  );
  expect(JSON.parse(await read('.spec'))).toEqual({
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    minReplicas: 2,
    maxReplicas: 5,
    metrics: [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '200Mi' } } },
    ],
  });
});

test('--cpu-percent says how it is said now', async () => {
  const { out, err, code } = await cluster.run(
    'autoscale deploy/web --max=3 --cpu-percent=80 --name=w --dry-run=server',
  );
  expect({ out, code }).toEqual({
    out: 'horizontalpodautoscaler.autoscaling/w autoscaled (server dry run)\n',
    code: 0,
  });
  expect(err).toBe(
    "Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).\n",
  );
  expect(await cluster.ok('get hpa -o name')).toBe('');
});

test('what would be made is printed as its Go type has it', async () => {
  expect(await cluster.ok('autoscale deployment web --max=3 --cpu=.5 --dry-run=client -o yaml -n default')).toBe(`\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
  namespace: default
spec:
  maxReplicas: 3
  metrics:
  - resource:
      name: cpu
      target:
        averageValue: 500u
        type: AverageValue
    type: Resource
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
status:
  currentMetrics: null
  desiredReplicas: 0
`);
  expect(await cluster.ok('autoscale deployment web --max=3 --dry-run=client')).toBe(
    'horizontalpodautoscaler.autoscaling/web created (dry run)\n',
  );
});

test('--save-config keeps what was sent', async () => {
  await cluster.ok('autoscale deployment web --max=3 --save-config');
  expect(await read('.metadata.annotations')).toContain('"scaleTargetRef\\":{\\"kind\\":\\"Deployment\\"');
});

describe('where the first attempt fails', () => {
  beforeEach(() => cluster.ok('autoscale deployment web --max=3'));

  test.each([
    ['--cpu=70%', 'Error from server (AlreadyExists): horizontalpodautoscalers.autoscaling "web" already exists\n'],
    [
      '',
      'error: failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: empty input\n',
    ],
    [
      '--cpu=70m',
      'error: failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: %!w(<nil>)\n',
    ],
    [
      '--cpu=70% --memory=1Gi',
      'error: failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: %!w(<nil>)\n',
    ],
  ])('with %s v1 is tried if it can say as much', async (flags, err) => {
    expect(await cluster.run(`autoscale deployment web --max=3 ${flags}`)).toEqual({ out: '', err, code: 1 });
  });
});

test('only what has a scale', async () => {
  await cluster.ok('create configmap c');
  expect((await cluster.run('autoscale cm c --max=2')).err).toBe(
    'error: cannot autoscale a ConfigMap: could not find scale subresource for /v1, Resource=configmaps in discovery information\n',
  );
  expect((await cluster.run('autoscale deployment nosuch --max=2')).err).toBe(
    'Error from server (NotFound): deployments.apps "nosuch" not found\n',
  );
});
