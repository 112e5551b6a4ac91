/** HorizontalPodAutoscalers as a user sees them work: on declared load, as time passes. */
import type { KubeObject } from '../../src/apimachinery/meta';
import type { ClusterOptions } from '../../src/cluster/bootstrap';
import { memoryCluster, type TestCluster } from './harness';

const HPAS = { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' };

/** A Deployment web, each pod of which requests 200m and 64Mi. */
async function withWeb(replicas: number, options: ClusterOptions = {}): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes: 3, seed: 5, ...options });
  await cluster.ok(`create deployment web --image=nginx --replicas=${replicas}`);
  await cluster.ok('set resources deployment web --requests=cpu=200m,memory=64Mi');
  return cluster;
}

async function autoscale(
  cluster: TestCluster,
  spec: string,
  name = 'web',
  target = 'apps/v1, kind: Deployment',
): Promise<void> {
  cluster.write(
    `${name}.yaml`,
    `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: ${name}}
spec:
  scaleTargetRef: {apiVersion: ${target}, name: web}
  maxReplicas: 10
${spec.replace(/^/gm, '  ')}
`,
  );
  await cluster.ok(`apply -f ${name}.yaml`);
}

const status = async (cluster: TestCluster, name = 'web') =>
  (await cluster.client.get(HPAS, 'default', name))['status'];
const replicas = async (cluster: TestCluster) =>
  Number(await cluster.ok('get deployment web -o jsonpath={.spec.replicas}'));
const targets = async (cluster: TestCluster) =>
  ((await cluster.ok('get hpa web --no-headers')).match(/Deployment\/web +(.*?) {2,}/) ?? [])[1];
const condition = async (cluster: TestCluster, type: string, name = 'web') => {
  const found = (await status(cluster, name)).conditions.find((one: { type: string }) => one.type === type);
  return found && `${found.status} ${found.reason}: ${found.message}`;
};
const said = async (cluster: TestCluster, reason: string) =>
  (
    await cluster.ok([
      'get',
      'events',
      `--field-selector=reason=${reason}`,
      '-o',
      'jsonpath={range .items[*]}{.message}{"\\n"}{end}',
    ])
  )
    .split('\n')
    .filter((line) => line !== '');

const CPU = (target: number) =>
  `metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: ${target}}}}]`;

test('a sine of load: replicas follow it up and down, once each, and never hop', async () => {
  const cluster = await withWeb(2);
  await cluster.ok("load set deployment/web --cpu 'sine(200m, 1600m, 30m)'");
  await cluster.ok('autoscale deployment web --min=1 --max=12 --cpu=80%');
  const seen: number[] = [];
  for (let minute = 0; minute < 75; minute++) {
    await cluster.ok('tick 1m -q');
    seen.push(await replicas(cluster));
  }
  // 1600m at 80 % of 200m each would be 10; within the tolerance 9 may do.
  expect(Math.max(...seen)).toBeGreaterThanOrEqual(9);
  expect(Math.min(...seen.slice(20))).toBeLessThanOrEqual(3);
  const turns = seen
    .map((count, i) => Math.sign(count - (seen[i - 1] ?? count)))
    .filter((direction) => direction !== 0)
    .filter((direction, i, all) => i > 0 && direction !== all[i - 1]);
  // Two and a half periods: down and up again, twice.
  expect(turns.length).toBeLessThanOrEqual(5);
  expect(await condition(cluster, 'ScalingActive')).toBe(
    'True ValidMetricFound: the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
  );
}, 30_000);

test('from the first figures on: events, conditions and status', async () => {
  const cluster = await withWeb(2);
  await cluster.ok('load set deployment/web --cpu 900m --memory 128Mi');
  await autoscale(cluster, CPU(75));
  await cluster.ok('tick --settle -q');
  // 900 of 400 = 225 %, 3 × 2 = 6; the rate lets it go to 4 first
  expect(await replicas(cluster)).toBe(6);
  expect(await targets(cluster)).toBe('cpu: 75%/75%');
  expect(await said(cluster, 'SuccessfulRescale')).toEqual([
    'New size: 4; reason: cpu resource utilization (percentage of request) above target',
    // Without a reason where the new pods have no figures yet: then it is the first sync's recommendation that stands.
    expect.stringMatching(/^New size: 6; reason: (cpu resource utilization \(percentage of request\) above target)?$/),
  ]);
  expect(await said(cluster, 'FailedGetResourceMetric')).toEqual([
    'failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API',
  ]);
  expect(await status(cluster)).toMatchObject({
    currentReplicas: 6,
    desiredReplicas: 6,
    currentMetrics: [
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 75, averageValue: '150m' } } },
    ],
    conditions: [
      {
        type: 'AbleToScale',
        status: 'True',
        reason: 'ReadyForNewScale',
        message: 'recommended size matches current size',
      },
      { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound' },
      {
        type: 'ScalingLimited',
        status: 'False',
        reason: 'DesiredWithinRange',
        message: 'the desired count is within the acceptable range',
      },
    ],
  });
  const older = await cluster.client.get({ ...HPAS, version: 'v1' }, 'default', 'web');
  expect(older['status'].currentCPUUtilizationPercentage).toBe(75);
});

test('less load: down after five minutes, all at once', async () => {
  const cluster = await withWeb(5);
  await cluster.ok('load set deployment/web --cpu 800m');
  await autoscale(cluster, CPU(80));
  await cluster.ok('tick --settle -q');
  expect(await replicas(cluster)).toBe(5);
  await cluster.ok('load set deployment/web --cpu 300m');
  await cluster.ok('tick 4m45s -q');
  expect(await replicas(cluster)).toBe(5);
  expect(await condition(cluster, 'AbleToScale')).toBe(
    'True ScaleDownStabilized: recent recommendations were higher than current one, applying the highest recent recommendation',
  );
  await cluster.ok('tick --settle -q');
  // 300 of 1000 = 30 %; 30/80 × 5 = 1.9
  expect(await replicas(cluster)).toBe(2);
});

test('nothing to do: time passes and nothing is written; a settle does not wait', async () => {
  const cluster = await withWeb(2);
  await cluster.ok('load set deployment/web --cpu 320m');
  await autoscale(cluster, CPU(80));
  await cluster.ok('tick 2m -q');
  const version = async () => (await cluster.client.get(HPAS, 'default', 'web')).metadata.resourceVersion;
  const before = await version();
  await cluster.ok('tick 1h -q');
  expect(await version()).toBe(before);
  const now = await cluster.ok('status');
  await cluster.ok('tick --settle -q');
  expect(await cluster.ok('status')).toBe(now);
});

test('in many ticks as in one', async () => {
  const played = async (...ticks: string[]) => {
    const cluster = await withWeb(2);
    await cluster.ok("load set deployment/web --cpu 'sine(200m, 1600m, 10m) + noise(100m)'");
    await autoscale(
      cluster,
      `${CPU(70)}\nbehavior: {scaleDown: {stabilizationWindowSeconds: 60, policies: [{type: Pods, value: 1, periodSeconds: 30}]}}`,
    );
    for (const tick of ticks) await cluster.ok(`tick ${tick} -q`);
    const hpa = (await cluster.client.get(HPAS, 'default', 'web')) as KubeObject;
    const memory = await cluster.client.request({
      method: 'GET',
      path: '/kubetick/memory/horizontal-pod-autoscaler/default/web',
    });
    return { status: hpa['status'], memory, said: await said(cluster, 'SuccessfulRescale') };
  };
  const whole = await played('14m');
  const parts = await played(...Array<string>(24).fill('35s'));
  expect(parts).toEqual(whole);
  expect(whole.said.length).toBeGreaterThan(4);
}, 30_000);

test('several metrics: the highest wins; one that fails blocks the way down only', async () => {
  const cluster = await withWeb(2);
  await cluster.ok('load set deployment/web --cpu 400m --memory 200Mi');
  const memory = '{type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 50Mi}}}';
  const external =
    '{type: External, external: {metric: {name: queue}, target: {type: AverageValue, averageValue: "10"}}}';
  const cpu = '{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 100}}}';
  await autoscale(cluster, `metrics: [${cpu}, ${memory}, ${external}]`);
  await cluster.ok('tick --settle -q');
  // cpu: 400 of 400, 2; memory: 100Mi each, 2 × 2 = 4; the queue is not there
  expect(await replicas(cluster)).toBe(4);
  expect(await condition(cluster, 'ScalingActive')).toBe(
    'True ValidMetricFound: the HPA was able to successfully calculate a replica count from memory resource',
  );
  expect(await targets(cluster)).toBe('cpu: 50%/100%, memory: 52428800/50Mi + 1 more...');
  await cluster.ok('load set deployment/web --cpu 100m --memory 50Mi');
  await cluster.ok('tick 10m -q');
  expect(await replicas(cluster)).toBe(4);
  expect(await condition(cluster, 'ScalingActive')).toBe(
    'False FailedGetExternalMetric: the HPA was unable to compute the replica count: unable to get external metric default/queue/nil: no metrics returned from external metrics API',
  );
  expect((await said(cluster, 'FailedComputeMetricsReplicas')).at(-1)).toBe(
    'invalid metrics (1 invalid out of 3), first error is: failed to get queue external metric value: failed to get queue external metric: unable to get external metric default/queue/nil: no metrics returned from external metrics API',
  );
  await cluster.ok('load set --external-metric queue=5');
  await cluster.ok('tick --settle -q');
  expect(await replicas(cluster)).toBe(1);
});

test.each<[string, string, string, string, number, string]>([
  [
    'Pods',
    "deployment/web --metric 'requests=300'",
    '{type: Pods, pods: {metric: {name: requests}, target: {type: AverageValue, averageValue: "50"}}}',
    '50/50',
    6,
    'pods metric requests',
  ],
  [
    'Object, a value',
    "service/front --object-metric 'hits=30'",
    '{type: Object, object: {metric: {name: hits}, describedObject: {apiVersion: v1, kind: Service, name: front}, target: {type: Value, value: "20"}}}',
    // 1.5 × 2 = 3, and again: the value does not fall with more pods
    '30/20',
    10,
    'Service metric hits',
  ],
  [
    'Object, for each',
    "service/front --object-metric 'hits=30'",
    '{type: Object, object: {metric: {name: hits}, describedObject: {apiVersion: v1, kind: Service, name: front}, target: {type: AverageValue, averageValue: "10"}}}',
    '10/10 (avg)',
    3,
    'external metric hits(nil)',
  ],
  [
    'External, by labels',
    "--external-metric 'queue{name=jobs}=35' --external-metric 'queue{name=mail}=99'",
    '{type: External, external: {metric: {name: queue, selector: {matchLabels: {name: jobs}}}, target: {type: AverageValue, averageValue: "7"}}}',
    '7/7 (avg)',
    5,
    'external metric queue(&LabelSelector{MatchLabels:map[string]string{name: jobs,},MatchExpressions:[]LabelSelectorRequirement{},})',
  ],
  [
    'ContainerResource',
    'deployment/web --cpu 800m',
    '{type: ContainerResource, containerResource: {name: cpu, container: nginx, target: {type: Utilization, averageUtilization: 80}}}',
    'cpu: 80%/80%',
    5,
    'cpu container resource utilization (percentage of request)',
  ],
])('by %s', async (_title, load, metric, shown, expected, name) => {
  const cluster = await withWeb(2);
  await cluster.ok('create service clusterip front --tcp=80');
  await cluster.ok(`load set ${load}`);
  await autoscale(cluster, `metrics: [${metric}]`);
  await cluster.ok('tick 5m -q');
  expect(await replicas(cluster)).toBe(expected);
  expect(await targets(cluster)).toBe(shown);
  expect(await condition(cluster, 'ScalingActive')).toBe(
    `True ValidMetricFound: the HPA was able to successfully calculate a replica count from ${name}`,
  );
});

test('behavior: so many a minute, and never down', async () => {
  const cluster = await withWeb(2);
  await cluster.ok('load set deployment/web --cpu 1600m');
  await autoscale(
    cluster,
    `${CPU(80)}
behavior:
  scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 60}]}
  scaleDown: {selectPolicy: Disabled}`,
  );
  await cluster.ok('tick 1m -q');
  expect(await replicas(cluster)).toBe(3);
  expect(await condition(cluster, 'ScalingLimited')).toBe(
    'True ScaleUpLimit: the desired replica count is increasing faster than the maximum scale rate',
  );
  await cluster.ok('tick 2m -q');
  expect(await replicas(cluster)).toBe(5);
  // A settle waits for the rate.
  await cluster.ok('tick --settle -q');
  expect(await replicas(cluster)).toBeGreaterThanOrEqual(9);
  await cluster.ok('load set deployment/web --cpu 100m');
  const reached = await replicas(cluster);
  await cluster.ok('tick 20m -q');
  expect(await replicas(cluster)).toBe(reached);
});

test('a tolerance of its own', async () => {
  const cluster = await withWeb(4);
  // 840 of 800 = 105 %: within a tenth, and outside two hundredths
  await cluster.ok('load set deployment/web --cpu 840m');
  await autoscale(cluster, CPU(100));
  await cluster.ok('tick 2m -q');
  expect(await replicas(cluster)).toBe(4);
  await autoscale(cluster, `${CPU(100)}\nbehavior: {scaleUp: {tolerance: 0.02}}`);
  await cluster.ok('tick 1m -q');
  expect(await replicas(cluster)).toBe(5);
});

test('pods that start use CPU that is not believed', async () => {
  const cluster = await withWeb(2);
  await cluster.ok('load set deployment/web --cpu 160m --per pod');
  await autoscale(cluster, CPU(80));
  await cluster.ok('tick --settle -q');
  expect(await replicas(cluster)).toBe(2);
  await cluster.ok('load set deployment/web --cpu 240m --per pod');
  // Each new pod uses as much: without end, but for the most.
  await cluster.ok('tick 1m -q');
  expect(await replicas(cluster)).toBeLessThan(10);
  await cluster.ok('tick 10m -q');
  expect(await replicas(cluster)).toBe(10);
  expect(await condition(cluster, 'ScalingLimited')).toBe(
    'True TooManyReplicas: the desired replica count is more than the maximum replica count',
  );
});

describe('zero', () => {
  const QUEUE =
    'metrics: [{type: External, external: {metric: {name: queue}, target: {type: AverageValue, averageValue: "10"}}}]';

  test('is the least only where the feature is on', async () => {
    const cluster = await withWeb(2);
    await expect(autoscale(cluster, `minReplicas: 0\n${QUEUE}`)).rejects.toThrow(/must be greater than or equal to 1/);
  });

  test('and back', async () => {
    const cluster = await withWeb(2, { featureGates: { HPAScaleToZero: true } });
    await cluster.ok("load set --external-metric 'queue=steps(0s: 0, 20m: 25)'");
    await autoscale(cluster, `minReplicas: 0\n${QUEUE}`);
    await cluster.ok('tick 10m -q');
    expect(await replicas(cluster)).toBe(0);
    expect(await condition(cluster, 'ScaledToZero')).toBe(
      'True ScaledToZero: the HPA controller scaled the workload to zero',
    );
    await cluster.ok('tick 15m -q');
    expect(await replicas(cluster)).toBe(3);
    expect(await condition(cluster, 'ScaledToZero')).toBe(
      'False NotScaledToZero: the HPA controller did not scale the workload to zero',
    );
  });

  test('set by hand turns autoscaling off', async () => {
    const cluster = await withWeb(2);
    await autoscale(cluster, CPU(80));
    await cluster.ok('scale deployment web --replicas=0');
    await cluster.ok('tick 1m -q');
    expect(await replicas(cluster)).toBe(0);
    expect(await condition(cluster, 'ScalingActive')).toBe(
      'False ScalingDisabled: scaling is disabled since the replica count of the target is zero',
    );
    expect((await status(cluster)).currentMetrics).toBeNull();
  });
});

test.each<[string, number, string, string]>([
  ['above the most', 12, 'minReplicas: 3', 'New size: 10; reason: Current number of replicas above Spec.MaxReplicas'],
  ['below the least', 2, 'minReplicas: 3', 'New size: 3; reason: Current number of replicas below Spec.MinReplicas'],
])('%s: at once, whatever metrics say', async (_title, before, spec, message) => {
  const cluster = await withWeb(before);
  await autoscale(cluster, `${spec}\n${CPU(80)}`);
  await cluster.ok('tick 16s -q');
  expect(await said(cluster, 'SuccessfulRescale')).toEqual([message]);
  expect(await condition(cluster, 'AbleToScale')).toMatch(
    /^True SucceededRescale: the HPA controller was able to update the target scale to \d+$/,
  );
});

describe('what can be wrong', () => {
  test('no such target, no such kind', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    await autoscale(cluster, CPU(80));
    await autoscale(cluster, CPU(80), 'odd', 'example.com/v1, kind: Odd');
    await cluster.ok('tick 20s -q');
    expect(await condition(cluster, 'AbleToScale')).toBe(
      `False FailedGetScale: the HPA controller was unable to get the target's current scale: deployments.apps "web" not found`,
    );
    expect(await condition(cluster, 'AbleToScale', 'odd')).toBe(
      `False FailedGetScale: the HPA controller was unable to get the target's current scale: no matches for kind "Odd" in group "example.com"`,
    );
  });

  test('two autoscalers for the same pods', async () => {
    const cluster = await withWeb(2);
    await autoscale(cluster, CPU(80));
    await autoscale(cluster, CPU(50), 'again');
    await cluster.ok('tick 20s -q');
    expect(await condition(cluster, 'ScalingActive')).toBe(
      'False AmbiguousSelector: pods by selector app=web are controlled by multiple HPAs: [{again default} {web default}]',
    );
  });

  test('no requests; no metrics API', async () => {
    const cluster = await withWeb(2);
    await cluster.ok('set resources deployment web --requests=cpu=0,memory=0');
    await cluster.ok(
      'patch deployment web --type=json -p \'[{"op": "remove", "path": "/spec/template/spec/containers/0/resources"}]\'',
    );
    await autoscale(cluster, CPU(80));
    await cluster.ok('tick 1m -q');
    expect(await condition(cluster, 'ScalingActive')).toMatch(
      /^False FailedGetResourceMetric: .*failed to get cpu utilization: missing request for cpu in container nginx of Pod web-\S+$/,
    );
    await cluster.ok('delete apiservice v1beta1.metrics.k8s.io');
    await cluster.ok('tick 1m -q');
    expect(await condition(cluster, 'ScalingActive')).toMatch(
      /unable to fetch metrics from resource metrics API: the server could not find the requested resource \(get pods.metrics.k8s.io\)$/,
    );
  });
});

test('any kind with a scale can be scaled', async () => {
  const cluster = await memoryCluster({ nodes: 1 });
  cluster.write(
    'crd.yaml',
    `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: fleets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Fleet, plural: fleets, singular: fleet}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
    subresources: {status: {}, scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size, labelSelectorPath: .status.selector}}
`,
  );
  await cluster.ok('apply -f crd.yaml');
  cluster.write('fleet.yaml', 'apiVersion: example.com/v1\nkind: Fleet\nmetadata: {name: web}\nspec: {size: 2}\n');
  await cluster.ok('apply -f fleet.yaml');
  await cluster.ok(
    `patch fleet web --subresource=status --type=merge -p '{"status": {"size": 2, "selector": "app=ship"}}'`,
  );
  await cluster.ok('load set --external-metric passengers=70');
  await autoscale(
    cluster,
    'metrics: [{type: External, external: {metric: {name: passengers}, target: {type: AverageValue, averageValue: "20"}}}]',
    'web',
    'example.com/v1, kind: Fleet',
  );
  await cluster.ok('tick 20s -q');
  expect(await cluster.ok('get fleet web -o jsonpath={.spec.size}')).toBe('4');
});

test('why: number by number', async () => {
  const cluster = await withWeb(3);
  await cluster.ok('load set deployment/web --cpu 900m');
  await autoscale(cluster, CPU(60));
  await cluster.ok('tick 45s -q');
  const text = await cluster.ok('why hpa/web', { columns: 80 });
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect((await cluster.ok('why hpa/web')).replace(/web-\S+/g, 'web-POD')).toMatchInlineSnapshot(`
"horizontalpodautoscaler/web scales deployment/web from 6 to 8 replicas at its
next sync: cpu resource utilization (percentage of request) above target. It
last scaled at 2026-01-01T00:00:30Z.

cpu: 75%, wanted 60%
  900m of 1200m requested = 75%; 75% / 60% = 1.25
  outside the tolerance, 0.9 to 1.1: 1.25 × 6 pods = 7.5, rounded up, asks for 8
POD                    USES   REQUESTS
web-POD   150m   200m       counts
web-POD   150m   200m       counts
web-POD   150m   200m       counts
web-POD   150m   200m       counts
web-POD   150m   200m       counts
web-POD   150m   200m       counts

  The metrics ask for 8.
  Looking back changes nothing: 8.
  From 1 to 10 are allowed, and the rate allows it: 8.
  Result: 6 → 8.
"
`);
  const told = JSON.parse(await cluster.ok('why hpa/web -o json'));
  expect(told).toMatchObject({ kind: 'AutoscalerExplanation', target: 'deployment/web', min: 1, max: 10 });
});
