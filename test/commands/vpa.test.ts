/** VerticalPodAutoscalers as a user sees them work: on declared load, as time passes. */
import type { ClusterOptions } from '../../src/cluster/bootstrap';
import { memoryCluster, type TestCluster } from './harness';

const VPAS = { group: 'autoscaling.k8s.io', version: 'v1', resource: 'verticalpodautoscalers' };

/** A Deployment web, each pod of which requests 100m and 64Mi. */
async function withWeb(replicas: number, options: ClusterOptions = {}): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes: 3, seed: 5, ...options });
  await cluster.ok(`create deployment web --image=nginx --replicas=${replicas}`);
  await cluster.ok('set resources deployment web --requests=cpu=100m,memory=64Mi');
  return cluster;
}

async function autoscale(cluster: TestCluster, mode: string, spec = '', name = 'web'): Promise<void> {
  cluster.write(
    `${name}.yaml`,
    `apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata: {name: ${name}}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
${/^ *updatePolicy/m.test(spec) ? '' : `  updatePolicy: {updateMode: "${mode}"}\n`}${spec.replace(/^/gm, '  ')}
`,
  );
  await cluster.ok(`apply -f ${name}.yaml`);
}

/** `a=1 b=2` */
const setFlags = (cluster: TestCluster, flags: string) =>
  cluster.ok(`create configmap vertical-pod-autoscaler -n kube-system ${flags.replace(/(\S+)/g, '--from-literal=$1')}`);
const policies = (text: string) => `resourcePolicy: {containerPolicies: [${text}]}`;
const status = async (cluster: TestCluster, name = 'web') =>
  (await cluster.client.get(VPAS, 'default', name))['status'];
/** `nginx: 126m/250Mi, from 25m/250Mi to 2/1Gi` */
async function recommended(cluster: TestCluster, name = 'web'): Promise<string[]> {
  const { recommendation } = await status(cluster, name);
  const amounts = (list: Record<string, string>) => [list['cpu'], list['memory']].join('/');
  return (recommendation.containerRecommendations ?? []).map(
    (one: Record<string, Record<string, string>> & { containerName: string }) =>
      `${one.containerName}: ${amounts(one['target'] ?? {})}, from ${amounts(one['lowerBound'] ?? {})} to ${amounts(one['upperBound'] ?? {})}`,
  );
}
const conditions = async (cluster: TestCluster) =>
  (await status(cluster)).conditions.map(
    ({ type, status, message = '' }: Record<string, string>) => `${type} ${status} ${message}`,
  );
const pods = async (cluster: TestCluster, path: string) =>
  (await cluster.ok(['get', 'pods', '-l', 'app=web', '-o', `jsonpath={range .items[*]}${path}{"\\n"}{end}`]))
    .split('\n')
    .filter((line) => line !== '');
const requests = (cluster: TestCluster) =>
  pods(cluster, '{.spec.containers[0].resources.requests.cpu}/{.spec.containers[0].resources.requests.memory}');
const said = async (cluster: TestCluster, reason: string) =>
  (
    await cluster.ok([
      'get',
      'events',
      `--field-selector=reason=${reason}`,
      '-o',
      'jsonpath={range .items[*]}{.source.component} {.involvedObject.kind}: {.message}{"\\n"}{end}',
    ])
  )
    .split('\n')
    .filter((line) => line !== '');

describe('the kinds', () => {
  test('are there in a cluster with nodes', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    expect(await cluster.ok('api-resources --api-group=autoscaling.k8s.io --no-headers')).toBe(
      `verticalpodautoscalercheckpoints   vpacheckpoint   autoscaling.k8s.io/v1   true   VerticalPodAutoscalerCheckpoint
verticalpodautoscalers             vpa             autoscaling.k8s.io/v1   true   VerticalPodAutoscaler
`,
    );
    expect(await cluster.ok('explain vpa.spec.updatePolicy.updateMode')).toContain('    InPlaceOrRecreate\n');
  });

  test('and not in a bare control plane', async () => {
    const cluster = await memoryCluster();
    expect(await cluster.ok('api-resources')).not.toContain('autoscaling.k8s.io');
    expect((await cluster.run('get vpa')).err).toBe('error: the server doesn\'t have a resource type "vpa"\n');
  });
});

describe('what is recommended', () => {
  test('before there are figures: the least that is sensible, and no bound above', async () => {
    const cluster = await withWeb(1);
    await cluster.ok('tick 30s -q');
    await autoscale(cluster, 'Off');
    await cluster.ok('tick 30s -q');
    // The look at 00:01 is still to come.
    expect(await status(cluster)).toBeUndefined();
    await cluster.ok('tick 1m -q');
    // One sample: no history to multiply with
    expect(await recommended(cluster)).toEqual(['nginx: 25m/250Mi, from 25m/250Mi to 100G/97656250000Ki']);
    expect(await conditions(cluster)).toEqual(['RecommendationProvided True ']);
  });

  test('of a day: percentile, margin and bounds by hand', async () => {
    const cluster = await withWeb(1);
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi');
    await autoscale(cluster, 'Off');
    await cluster.ok('tick 24h2m -q');
    // 0.3 cores lie in bucket 18, which ends at 0.01 (1.05^19 - 1) / 0.05 = 0.30539: 305m, and 15 % of it, 45m: 350m.
    // 512Mi = 536870912 in bucket 26: 1e7 (1.05^27 - 1) / 0.05 = 546691264; 82003689 more: 628694953.
    // 1441 looks, the last of which, at 24:01, is a day after the first: below × (1 + 0.001/1)^-2, above × (1 + 1/1).
    expect(await recommended(cluster)).toEqual(['nginx: 350m/628694953, from 349m/627439446 to 700m/1257389906']);
    expect((await cluster.ok('get vpa web --no-headers')).trim().split(/ +/)).toEqual([
      'web',
      'Off',
      '350m',
      '628694953',
      'True',
      '24h',
    ]);
  });

  test('one in ten minutes of high load is what the target is not for', async () => {
    const cluster = await withWeb(1);
    await cluster.ok("load set deployment/web --cpu 'steps(0s: 100m, 56m: 2)'");
    await autoscale(cluster, 'Off');
    await cluster.ok('tick 1h1m -q');
    const [lower, target, upper] = [/from (\d+)m/, /nginx: (\d+)m/, /to (\d+)m/].map((pattern) => pattern);
    const text = (await recommended(cluster))[0] ?? '';
    const number = (pattern: RegExp | undefined) => Number(pattern?.exec(text)?.[1]);
    expect(number(target)).toBeLessThan(150);
    expect(number(lower)).toBeLessThan(150);
    // 5 of 60 samples are more than 5 %
    expect(number(upper)).toBeGreaterThan(2000);
  });

  test.each([
    ['minAllowed', '{containerName: nginx, minAllowed: {cpu: 500m, memory: 1Gi}}', '500m/1Gi'],
    ['maxAllowed', "{containerName: '*', maxAllowed: {cpu: 200m, memory: 100Mi}}", '200m/100Mi'],
    ['controlledResources', '{containerName: nginx, controlledResources: [memory]}', '/628694953'],
    ['another container', '{containerName: other, maxAllowed: {cpu: 200m}}', '350m/628694953'],
  ])('%s', async (_, policy, target) => {
    const cluster = await withWeb(1);
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi');
    await autoscale(cluster, 'Off', policies(policy));
    await cluster.ok('tick 3m -q');
    expect((await recommended(cluster))[0]).toContain(`nginx: ${target}, `);
    const [{ uncappedTarget }] = (await status(cluster)).recommendation.containerRecommendations;
    expect(uncappedTarget).toEqual(
      target.startsWith('/') ? { memory: '628694953' } : { cpu: '350m', memory: '628694953' },
    );
  });

  test('containers share the minimum of a pod; one whose mode is Off gets none and takes none', async () => {
    const cluster = await memoryCluster({ nodes: 2, seed: 5 });
    await cluster.ok('create deployment web --image=nginx --image=busybox --image=redis');
    await autoscale(cluster, 'Off');
    await cluster.ok('tick 2m -q');
    expect((await recommended(cluster)).map((one) => one.split(',')[0])).toEqual([
      // 25m / 3 is less than the 10m and 15 % that nothing comes to
      'busybox: 11m/87381333',
      'nginx: 11m/87381333',
      'redis: 11m/87381333',
    ]);
    await autoscale(cluster, 'Off', policies('{containerName: redis, mode: "Off"}'));
    await cluster.ok('tick 2m -q');
    expect((await recommended(cluster)).map((one) => one.split(',')[0])).toEqual([
      'busybox: 12m/125Mi',
      'nginx: 12m/125Mi',
    ]);
  });

  test('who ran out of memory gets a fifth more, and 100Mi at least', async () => {
    const cluster = await withWeb(1);
    await cluster.ok('set resources deployment web --requests=memory=800Mi');
    await cluster.ok('tick --settle -q');
    await autoscale(cluster, 'Off');
    await cluster.ok('tick 2m -q');
    expect((await recommended(cluster))[0]).toContain('/250Mi, ');
    const [pod] = await pods(cluster, '{.metadata.name}');
    await cluster.ok(`pod oom ${pod}`);
    await cluster.ok('tick 2m -q');
    // 960Mi = 1006632960 in bucket 36, which ends at 1e7 (1.05^37 - 1) / 0.05 = 1016281388; 152442208 more
    expect((await recommended(cluster))[0]).toContain('/1168723596, ');
  });

  test('pods of a new template: the history of the old ones still counts', async () => {
    const cluster = await withWeb(1);
    await setFlags(cluster, 'cpu-histogram-decay-half-life=30m');
    await cluster.ok('load set deployment/web --cpu 300m');
    await autoscale(cluster, 'Off');
    await cluster.ok('tick 1h -q');
    await cluster.ok('load set deployment/web --cpu 20m');
    await cluster.ok('set image deployment/web nginx=nginx:2');
    await cluster.ok('tick 10m -q');
    expect((await recommended(cluster))[0]).toContain('nginx: 350m/');
    await cluster.ok('tick 2h -q');
    expect((await recommended(cluster))[0]).toContain('nginx: 25m/');
  });
});

describe('checkpoints', () => {
  const CHECKPOINTS = { ...VPAS, resource: 'verticalpodautoscalercheckpoints' };
  const checkpoint = (cluster: TestCluster, name = 'web-nginx') => cluster.client.get(CHECKPOINTS, 'default', name);
  const names = async (cluster: TestCluster) =>
    (await cluster.client.list(CHECKPOINTS)).items.map(({ metadata }) => metadata.name);

  test('tell what was used, but the memory of an interval that is not over', async () => {
    const cluster = await withWeb(2);
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi --per pod');
    await autoscale(cluster, 'Off');
    await cluster.ok('tick 1h1m -q');
    const { spec, status } = (await checkpoint(cluster)) as never;
    expect(spec).toEqual({ vpaObjectName: 'web', containerName: 'nginx' });
    // 60 looks, the first at 00:01, at 2 containers; a sample of t hours weighs 0.1 × 2^(t/24).
    const weights = Array.from({ length: 60 }, (_, i) => 0.2 * 2 ** ((i + 1) / 60 / 24));
    expect(status).toEqual({
      version: 'v3',
      lastUpdateTime: '2026-01-01T01:00:00Z',
      firstSampleStart: '2026-01-01T00:01:00Z',
      lastSampleStart: '2026-01-01T01:00:00Z',
      totalSamplesCount: 120,
      cpuHistogram: {
        referenceTimestamp: '2026-01-01T00:00:00Z',
        bucketWeights: { 18: 10000 },
        totalWeight: expect.closeTo(weights.reduce((sum, weight) => sum + weight)),
      },
      memoryHistogram: { referenceTimestamp: '2026-01-02T00:00:00Z' },
    });
    expect(await cluster.ok('get vpacheckpoint --no-headers')).toBe('web-nginx   60m\n');
    await cluster.ok('tick 24h -q');
    const { memoryHistogram } = (await checkpoint(cluster))['status'];
    expect(memoryHistogram).toMatchObject({ bucketWeights: { 26: 10000 } });
    expect(memoryHistogram.totalWeight).toBeCloseTo(2 * 2 ** (1 / 1440), 9);
  });

  test('one for each container, whatever its mode; the heaviest bucket weighs 10000', async () => {
    const cluster = await memoryCluster({ nodes: 2, seed: 5 });
    await cluster.ok('create deployment web --image=nginx --image=busybox');
    await cluster.ok("load set deployment/web --cpu 'steps(0s: 100m, 45m: 2)'");
    await autoscale(cluster, 'Off', policies('{containerName: busybox, mode: "Off"}'));
    await cluster.ok('tick 1h30s -q');
    expect(await names(cluster)).toEqual(['web-busybox', 'web-nginx']);
    const { cpuHistogram, totalSamplesCount } = (await checkpoint(cluster))['status'];
    const weights = Object.values(cpuHistogram.bucketWeights as Record<string, number>);
    expect(weights).toHaveLength(2);
    // 44 samples, and 16 that are a little heavier
    expect(weights[0]).toBe(10000);
    expect(weights[1]).toBeGreaterThan((16 / 44) * 10000);
    expect(weights[1]).toBeLessThan((16 / 44) * 10000 * 2 ** (1 / 24));
    expect(totalSamplesCount).toBe(60);
  });

  test('go when their autoscaler is gone, at the next look for such', async () => {
    const cluster = await withWeb(1);
    await autoscale(cluster, 'Off');
    await cluster.ok('tick 2m -q');
    expect(await names(cluster)).toEqual(['web-nginx']);
    await cluster.ok('delete vpacheckpoint web-nginx');
    await cluster.ok('tick 1m30s -q');
    expect(await names(cluster)).toEqual(['web-nginx']);
    await cluster.ok('delete vpa web');
    cluster.write(
      'stray.yaml',
      `apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscalerCheckpoint
metadata: {name: stray}
spec: {vpaObjectName: nobody, containerName: main}
`,
    );
    await cluster.ok('apply -f stray.yaml');
    await cluster.ok('tick 6m -q');
    expect(await names(cluster)).toEqual(['stray', 'web-nginx']);
    await cluster.ok('tick 1m -q');
    expect(await names(cluster)).toEqual([]);
    await setFlags(cluster, 'checkpoints-gc-interval=2m checkpoints-timeout=30s min-checkpoints=1');
    await cluster.ok('apply -f stray.yaml');
    await cluster.ok('tick 2m -q');
    expect(await names(cluster)).toEqual([]);
    expect(await said(cluster, 'InvalidFlag')).toEqual([]);
  });

  test('in a namespace that goes: nothing fails', async () => {
    const cluster = await withWeb(1);
    await autoscale(cluster, 'Off');
    await cluster.ok('create namespace other');
    await cluster.ok('create deployment web --image=nginx -n other');
    await cluster.ok('apply -f web.yaml -n other');
    await cluster.ok('tick 2m -q');
    expect(await names(cluster)).toEqual(['web-nginx', 'web-nginx']);
    await cluster.ok('delete namespace other --wait=false');
    expect((await cluster.run('tick 15m')).err).toBe('');
    expect(await names(cluster)).toEqual(['web-nginx']);
  });
});

describe('conditions', () => {
  test('no such target; then there is one', async () => {
    const cluster = await memoryCluster({ nodes: 1, seed: 5 });
    await autoscale(cluster, 'Off');
    await cluster.ok('tick 2m -q');
    expect(await conditions(cluster)).toEqual([
      'ConfigUnsupported True Cannot read targetRef. Reason: Deployment default/web does not exist',
      'NoPodsMatched True No pods match this VPA object',
      'RecommendationProvided False No pods match this VPA object',
    ]);
    await cluster.ok('create deployment web --image=nginx --replicas=0');
    await cluster.ok('tick 1m -q');
    expect(await conditions(cluster)).toEqual([
      'NoPodsMatched True No pods match this VPA object',
      'RecommendationProvided False No pods match this VPA object',
    ]);
    await cluster.ok('scale deployment web --replicas=1');
    await cluster.ok('tick 2m -q');
    expect(await conditions(cluster)).toEqual(['RecommendationProvided True ']);
  });

  test('a target that somebody else owns', async () => {
    const cluster = await withWeb(1);
    await cluster.ok('tick --settle -q');
    const set = (await cluster.ok('get rs -o name')).trim().split('\n').at(-1)?.split('/')[1];
    cluster.write(
      'set.yaml',
      `apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata: {name: web}
spec:
  targetRef: {apiVersion: apps/v1, kind: ReplicaSet, name: ${set}}
`,
    );
    await cluster.ok('apply -f set.yaml');
    await cluster.ok('tick 2m -q');
    expect((await conditions(cluster))[0]).toBe(
      `ConfigUnsupported True The target apps/v1.ReplicaSet/${set} has a parent controller but it should point to a topmost well-known or scalable controller`,
    );
  });

  test('a recommender of one’s own: ours keeps out', async () => {
    const cluster = await withWeb(1);
    await autoscale(cluster, 'Off', 'recommenders: [{name: mine}]');
    await cluster.ok('tick 3m -q');
    expect(await status(cluster)).toBeUndefined();
  });
});

describe('pods get it', () => {
  test('Off: nobody; Initial: new ones; Recreate: all, half of them at a time', async () => {
    const cluster = await withWeb(4);
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi --per pod');
    await autoscale(cluster, 'Off');
    await cluster.ok('tick 30m -q');
    expect(await requests(cluster)).toEqual(Array(4).fill('100m/64Mi'));
    await autoscale(cluster, 'Initial');
    await cluster.ok('tick 5m -q');
    expect(await requests(cluster)).toEqual(Array(4).fill('100m/64Mi'));
    const [first] = await pods(cluster, '{.metadata.name}');
    await cluster.ok(`delete pod ${first}`);
    await cluster.ok('tick 1m -q');
    expect((await requests(cluster)).sort()).toEqual(['100m/64Mi', '100m/64Mi', '100m/64Mi', '350m/628694953']);
    await autoscale(cluster, 'Recreate');
    // Two of four may be away: at each look so many are evicted, once the new ones run.
    await cluster.ok('tick 61s -q');
    expect((await requests(cluster)).filter((one) => one === '350m/628694953')).toHaveLength(3);
    await cluster.ok('tick 10m -q');
    expect(await requests(cluster)).toEqual(Array(4).fill('350m/628694953'));
    expect((await said(cluster, 'EvictedByVPA'))[0]).toBe(
      'vpa-updater Pod: Pod was evicted by VPA Updater to apply resource recommendation.',
    );
    expect(await said(cluster, 'EvictedPod')).toHaveLength(3);
    expect(new Set(await pods(cluster, '{.metadata.annotations.vpaUpdates}'))).toEqual(
      new Set(['Pod resources updated by web: container 0: cpu request, memory request']),
    );
  });

  test('two at least must be there, unless it is told otherwise', async () => {
    const cluster = await withWeb(1);
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi --per pod');
    await autoscale(cluster, 'Recreate');
    await cluster.ok('tick 30m -q');
    expect(await requests(cluster)).toEqual(['100m/64Mi']);
    await cluster.ok(['patch', 'vpa', 'web', '--type=merge', '-p', '{"spec":{"updatePolicy":{"minReplicas":1}}}']);
    await cluster.ok('tick 5m -q');
    expect(await requests(cluster)).toEqual(['350m/628694953']);
  });

  test('flags are the data of a ConfigMap; one that can’t be read is told', async () => {
    const cluster = await withWeb(1);
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi --per pod');
    await setFlags(cluster, 'min-replicas=1 recommendation-margin-fraction=0 updater-interval=soon');
    await autoscale(cluster, 'Recreate');
    await cluster.ok('tick 30m -q');
    expect(await requests(cluster)).toEqual(['305m/546691264']);
    expect(await cluster.ok('get events -n kube-system --field-selector=reason=InvalidFlag --no-headers')).toContain(
      'invalid argument "soon" for "--updater-interval" flag',
    );
  });

  test('--eviction-rate-limit: a look goes on when there is another token, in a new process, too', async () => {
    const cluster = await withWeb(8);
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi --per pod');
    await setFlags(cluster, 'eviction-rate-limit=0.1 eviction-rate-burst=2 updater-interval=10m');
    await cluster.ok('tick 1m -q');
    await autoscale(cluster, 'Recreate');
    await cluster.ok('tick 9m -q');
    for (let i = 0; i < 20; i++) await cluster.ok('tick 5s -q');
    const times = await cluster.ok([
      'get',
      'events',
      '--field-selector=reason=EvictedByVPA',
      '-o',
      'jsonpath={range .items[*]}{.lastTimestamp}{"\\n"}{end}',
    ]);
    // Four of eight may be away; no younger pod goes before the next look.
    expect(times.trim().split('\n').sort()).toEqual(
      ['10:00', '10:00', '10:10', '10:20'].map((time) => `2026-01-01T00:${time}Z`),
    );
  });

  test('--vpa-object-namespace, --ignored-vpa-object-namespaces: what is elsewhere is left alone', async () => {
    const cluster = await withWeb(2);
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi --per pod');
    await setFlags(cluster, 'ignored-vpa-object-namespaces=default');
    await autoscale(cluster, 'Recreate', 'updatePolicy: {minReplicas: 1}');
    await cluster.ok('tick 30m -q');
    expect(await status(cluster)).toBeUndefined();
    expect(await requests(cluster)).toEqual(Array(2).fill('100m/64Mi'));
    expect(await cluster.ok('why vpa/web')).toContain('By the flags, autoscalers in this namespace are left alone.');
    await cluster.ok('delete configmap vertical-pod-autoscaler -n kube-system');
    await setFlags(cluster, 'vpa-object-namespace=default');
    await cluster.ok([
      'patch',
      'vpa',
      'web',
      '--type=merge',
      '-p',
      '{"spec":{"updatePolicy":{"updateMode":"Recreate"}}}',
    ]);
    await cluster.ok('tick 30m -q');
    expect(await requests(cluster)).toEqual(Array(2).fill('350m/628694953'));
  });

  test('--recommender-name, --humanize-memory', async () => {
    const cluster = await withWeb(2);
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi --per pod');
    await setFlags(cluster, 'recommender-name=mine humanize-memory=true');
    await autoscale(cluster, 'Off');
    await autoscale(cluster, 'Off', 'recommenders: [{name: mine}]', 'named');
    await cluster.ok('tick 5m -q');
    expect(await status(cluster)).toBeUndefined();
    // 628694953 bytes are 599.57Mi, which are no whole bytes: as upstream writes it.
    expect((await recommended(cluster, 'named'))[0]).toMatch(/^nginx: 350m\/628694712320m/);
  });

  test('--feature-gates=PerVPAConfig=true: what a policy says of its own container', async () => {
    const cluster = await withWeb(1);
    await setFlags(cluster, 'feature-gates=PerVPAConfig=true');
    const policy = (ratio: number) => policies(`{containerName: nginx, oomBumpUpRatio: ${ratio}, oomMinBumpUp: 0}`);
    cluster.write(
      'less.yaml',
      `apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata: {name: less}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  ${policy(0.5)}
`,
    );
    expect((await cluster.run('apply -f less.yaml')).err).toContain(
      'spec.resourcePolicy.containerPolicies[0].oomBumpUpRatio: Invalid value: 0.5: must be greater than or equal to 1.0',
    );
    await cluster.ok('set resources deployment web --requests=memory=800Mi');
    await cluster.ok('tick --settle -q');
    await autoscale(cluster, 'Off', policy(3));
    await cluster.ok('tick 2m -q');
    const [pod] = await pods(cluster, '{.metadata.name}');
    await cluster.ok(`pod oom ${pod}`);
    await cluster.ok('tick 2m -q');
    // 2400Mi in its bucket, and the margin
    const { recommendation } = await status(cluster);
    const target = recommendation.containerRecommendations[0].target.memory;
    expect(Number(target) / 1.15 / 2 ** 20 / 2400).toBeCloseTo(1.0, 1);
  });

  test('a disruption budget is respected', async () => {
    const cluster = await withWeb(3);
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi --per pod');
    await cluster.ok('create pdb web --selector=app=web --min-available=3');
    await autoscale(cluster, 'Recreate');
    await cluster.ok('tick 30m -q');
    expect(await requests(cluster)).toEqual(Array(3).fill('100m/64Mi'));
    expect((await cluster.ok('why vpa/web')).replace(/\s+/g, ' ')).toContain(
      "Cannot evict pod as it would violate the pod's disruption budget",
    );
    await cluster.ok('delete pdb web');
    await cluster.ok('tick 10m -q');
    expect(await requests(cluster)).toEqual(Array(3).fill('350m/628694953'));
  });

  test('within the bounds: of a certain age, if it differs by a tenth at least', async () => {
    const cluster = await withWeb(2);
    await setFlags(cluster, 'in-recommendation-bounds-eviction-lifetime-threshold=1h');
    await cluster.ok('set resources deployment web --requests=cpu=400m,memory=628694953');
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi --per pod');
    await autoscale(cluster, 'Recreate');
    await cluster.ok('tick 50m -q');
    expect(await requests(cluster)).toEqual(Array(2).fill('400m/628694953'));
    await cluster.ok('tick 20m -q');
    // (400 - 350) / 400 = 0.125
    expect(await requests(cluster)).toEqual(Array(2).fill('350m/628694953'));
    await cluster.ok('set resources deployment web --requests=cpu=380m');
    await autoscale(cluster, 'Off');
    await cluster.ok('tick 5m -q');
    await autoscale(cluster, 'Recreate');
    await cluster.ok('tick 80m -q');
    // (380 - 350) / 380 = 0.079
    expect(await requests(cluster)).toEqual(Array(2).fill('380m/628694953'));
  });

  test.each([
    ['TargetHigherThanRequests', true],
    ['TargetLowerThanRequests', false],
  ])('eviction requirements: %s', async (requirement, evicts) => {
    const cluster = await withWeb(2);
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi --per pod');
    await autoscale(
      cluster,
      'Recreate',
      `updatePolicy: {updateMode: Recreate, evictionRequirements: [{resources: [cpu, memory], changeRequirement: ${requirement}}]}`,
    );
    await cluster.ok('tick 30m -q');
    expect(await requests(cluster)).toEqual(Array(2).fill(evicts ? '350m/628694953' : '100m/64Mi'));
    if (!evicts)
      expect((await cluster.ok('why vpa/web')).replace(/\s+/g, ' ')).toContain(
        'the eviction requirements are not met.',
      );
  });

  test('who runs out of memory soon after its start is evicted though it is within the bounds', async () => {
    const cluster = await withWeb(2);
    await cluster.ok('tick --settle -q');
    await autoscale(cluster, 'Recreate', policies('{containerName: nginx, minAllowed: {memory: 64Mi}}'));
    await cluster.ok('tick 90s -q');
    for (const pod of await pods(cluster, '{.metadata.name}')) await cluster.ok(`pod oom ${pod}`);
    await cluster.ok('tick 10m -q');
    for (const one of await requests(cluster)) expect(one).toMatch(/^25m\//);
    expect((await said(cluster, 'EvictedPod')).length).toBeGreaterThanOrEqual(2);
  });

  test('the limit keeps its ratio, and what was injected later is left alone', async () => {
    const cluster = await withWeb(2);
    await cluster.ok('set resources deployment web --limits=cpu=200m,memory=64Mi');
    await cluster.ok('load set deployment/web --cpu 150m --memory 60Mi --per pod');
    await autoscale(cluster, 'Recreate');
    await cluster.ok('tick 30m -q');
    // 0.15 in bucket 11, up to 0.15917; 159 + 23
    expect(await pods(cluster, '{.spec.containers[0].resources}')).toEqual(
      Array(2).fill('{"limits":{"cpu":"364m","memory":"250Mi"},"requests":{"cpu":"182m","memory":"250Mi"}}'),
    );
    expect(
      await pods(cluster, '{.metadata.annotations.vpaUpdates}; {.metadata.annotations.vpaObservedContainers}'),
    ).toEqual(
      Array(2).fill(
        'Pod resources updated by web: container 0: cpu request, memory request, cpu limit, memory limit; nginx',
      ),
    );
  });

  test('of two for one target the older has it', async () => {
    const cluster = await withWeb(1);
    await autoscale(cluster, 'Initial', policies('{containerName: nginx, minAllowed: {cpu: 700m}}'), 'web');
    await cluster.ok('tick 1s -q');
    await autoscale(cluster, 'Initial', policies('{containerName: nginx, minAllowed: {cpu: 900m}}'), 'newer');
    await cluster.ok('tick 3m -q');
    await cluster.ok('rollout restart deployment web');
    await cluster.ok('tick 1m -q');
    expect(await requests(cluster)).toEqual(['700m/250Mi']);
    expect(await pods(cluster, '{.metadata.annotations.vpaUpdates}')).toEqual([
      'Pod resources updated by web: container 0: cpu request, memory request',
    ]);
  });
});

describe('targets', () => {
  const target = (cluster: TestCluster, kind: string, apiVersion: string) => {
    cluster.write(
      'vpa.yaml',
      `apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata: {name: web}
spec:
  targetRef: {apiVersion: ${apiVersion}, kind: ${kind}, name: web}
  updatePolicy: {updateMode: Recreate, minReplicas: 1}
`,
    );
    return cluster.ok('apply -f vpa.yaml');
  };
  const template = `
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: nginx, resources: {requests: {cpu: 100m, memory: 64Mi}}}]`;

  test.each([
    [
      'StatefulSet',
      `apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec:\n  serviceName: web\n  replicas: 2\n  selector: {matchLabels: {app: web}}\n  template:${template}\n`,
      2,
    ],
    [
      'DaemonSet',
      `apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:${template}\n`,
      3,
    ],
  ])('a %s', async (kind, manifest, count) => {
    const cluster = await memoryCluster({ nodes: 3, seed: 5 });
    cluster.write('web.yaml', manifest);
    await cluster.ok('apply -f web.yaml');
    await cluster.ok(`load set ${kind.toLowerCase()}/web --cpu 300m --memory 512Mi --per pod`);
    await target(cluster, kind, 'apps/v1');
    await cluster.ok('tick 40m -q');
    expect(await requests(cluster)).toEqual(Array(count).fill('350m/628694953'));
  });

  test('a CronJob: each run is a new pod, which gets what earlier ones used', async () => {
    const cluster = await memoryCluster({ nodes: 2, seed: 5 });
    cluster.write(
      'web.yaml',
      `apiVersion: batch/v1
kind: CronJob
metadata: {name: web}
spec:
  schedule: '*/10 * * * *'
  jobTemplate:
    spec:
      template:
        metadata: {labels: {app: web}, annotations: {kwok.x-k8s.io/usage-cpu: 300m, kwok.x-k8s.io/usage-memory: 512Mi}}
        spec:
          restartPolicy: Never
          containers: [{name: web, image: busybox, command: [sleep, '240'], resources: {requests: {cpu: 100m, memory: 64Mi}}}]
`,
    );
    await cluster.ok('apply -f web.yaml');
    await target(cluster, 'CronJob', 'batch/v1');
    await cluster.ok('tick 32m -q');
    expect((await requests(cluster)).slice(-1)).toEqual(['350m/628694953']);
  });

  test('anything that has a scale', async () => {
    const cluster = await withWeb(2);
    cluster.write(
      'crd.yaml',
      `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: sites.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Site, plural: sites}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {replicas: {type: integer}}}, status: {type: object, properties: {replicas: {type: integer}, selector: {type: string}}}}}}
    subresources: {scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas, labelSelectorPath: .status.selector}}
`,
    );
    await cluster.ok('apply -f crd.yaml');
    cluster.write(
      'site.yaml',
      "apiVersion: example.com/v1\nkind: Site\nmetadata: {name: web}\nspec: {replicas: 2}\nstatus: {replicas: 2, selector: 'app=web'}\n",
    );
    await cluster.ok('apply -f site.yaml');
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi --per pod');
    const uid = await cluster.ok('get site web -o jsonpath={.metadata.uid}');
    const owner = { apiVersion: 'example.com/v1', kind: 'Site', name: 'web', uid, controller: true };
    await cluster.ok([
      'patch',
      'deployment',
      'web',
      '--type=merge',
      '-p',
      JSON.stringify({ metadata: { ownerReferences: [owner] } }),
    ]);
    await target(cluster, 'Site', 'example.com/v1');
    await cluster.ok('tick 40m -q');
    expect(await conditions(cluster)).toEqual(['RecommendationProvided True ']);
    expect(await requests(cluster)).toEqual(Array(2).fill('350m/628694953'));
  });
});

describe('in place', () => {
  test('pods are resized where they are, without a restart', async () => {
    const cluster = await withWeb(2);
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi --per pod');
    await autoscale(cluster, 'InPlaceOrRecreate');
    await cluster.ok('tick 10s -q');
    const before = await pods(cluster, '{.metadata.name}');
    await cluster.ok('tick 10m -q');
    expect(await pods(cluster, '{.metadata.name}')).toEqual(before);
    expect(
      await pods(
        cluster,
        '{.status.containerStatuses[0].resources.requests.cpu} {.metadata.annotations.vpaInPlaceUpdated} {.status.containerStatuses[0].restartCount}',
      ),
    ).toEqual(Array(2).fill('350m true 0'));
    expect(await said(cluster, 'InPlaceResizedByVPA')).toContain(
      'vpa-updater Pod: Pod was resized in place by VPA Updater.',
    );
    expect(await said(cluster, 'EvictedByVPA')).toEqual([]);
  });

  test('who can never be resized on its node is evicted', async () => {
    const cluster = await withWeb(2, { nodes: 1, nodeCpu: '2' });
    await cluster.ok('load set deployment/web --cpu 100m --per pod');
    await autoscale(cluster, 'InPlaceOrRecreate', policies('{containerName: nginx, minAllowed: {cpu: 3}}'));
    await cluster.ok('tick 20m -q');
    expect((await said(cluster, 'EvictedByVPA')).length).toBeGreaterThanOrEqual(1);
  });
});

describe('rest', () => {
  test('nothing changes: nothing is written, and a settle does not wait', async () => {
    const cluster = await withWeb(2);
    // So much history that the bounds are what the minimum makes them.
    await setFlags(cluster, 'confidence-interval-cpu=30m confidence-interval-memory=30m');
    await autoscale(cluster, 'Recreate');
    await cluster.ok('tick 2h -q');
    const revision = async () =>
      (await status(cluster)) && (await cluster.ok('get vpa web -o jsonpath={.metadata.resourceVersion}'));
    const [before, clock] = [await revision(), await cluster.ok('status')];
    await cluster.ok('tick --settle -q');
    expect(await cluster.ok('status')).toBe(clock);
    await cluster.ok('tick 1h -q');
    expect(await revision()).toBe(before);
  });

  test('an hour at once, or minute by minute: the same is recommended', async () => {
    const clusters = await Promise.all([withWeb(2), withWeb(2)]);
    for (const cluster of clusters) {
      await cluster.ok("load set deployment/web --cpu 'sine(50m, 900m, 20m)' --memory 300Mi");
      await autoscale(cluster, 'Off');
    }
    const [whole, parts] = clusters as [TestCluster, TestCluster];
    await whole.ok('tick 1h -q');
    for (let i = 0; i < 60; i++) await parts.ok('tick 1m -q');
    expect(await recommended(parts)).toEqual(await recommended(whole));
  });

  test('deleted and made anew: it begins without a past', async () => {
    const cluster = await withWeb(1);
    await cluster.ok('load set deployment/web --cpu 300m');
    await autoscale(cluster, 'Off');
    await cluster.ok('tick 30m -q');
    await cluster.ok('delete vpa web');
    await cluster.ok('load set deployment/web --cpu 20m');
    await cluster.ok('tick 5m -q');
    await autoscale(cluster, 'Off');
    await cluster.ok('tick 5m -q');
    expect((await recommended(cluster))[0]).toContain('nginx: 25m/');
  });
});

describe('what the webhook refuses', () => {
  test('what makes no sense, in its words', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    cluster.write(
      'bad.yaml',
      `apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata: {name: bad}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  updatePolicy: {updateMode: InPlace, minReplicas: 0, evictAfterOOMSeconds: 60}
  recommenders: [{name: a}, {name: b}]
  resourcePolicy:
    containerPolicies:
    - {containerName: a, minAllowed: {cpu: 2, memory: 100m}, maxAllowed: {cpu: 1}, controlledResources: [gpu]}
    - {mode: "Off", controlledValues: RequestsAndLimits, oomBumpUpRatio: 2}
`,
    );
    const { err, code } = await cluster.run('create -f bad.yaml');
    expect(code).toBe(1);
    expect(err).toBe(`The VerticalPodAutoscaler "bad" is invalid: 
* spec.updatePolicy.updateMode: Forbidden: in order to use UpdateMode InPlace, you must enable feature gate InPlace in the admission-controller args
* spec.updatePolicy.minReplicas: Invalid value: 0: minReplicas has to be positive
* spec.updatePolicy.evictAfterOOMSeconds: Forbidden: not supported when feature flag PerVPAConfig is disabled
* spec.resourcePolicy.containerPolicies[0].maxAllowed[cpu]: Invalid value: "1": max resource for cpu is lower than min of "2"
* spec.resourcePolicy.containerPolicies[0].minAllowed[memory]: Invalid value: "100m": must be a whole number of bytes
* spec.resourcePolicy.containerPolicies[0].controlledResources[0]: Unsupported value: "gpu": supported values: "cpu", "memory"
* spec.resourcePolicy.containerPolicies[1].containerName: Required value
* spec.resourcePolicy.containerPolicies[1].controlledValues: Forbidden: controlledValues shouldn't be specified if container scaling mode is off
* spec.resourcePolicy.containerPolicies[1].oomBumpUpRatio: Forbidden: not supported when feature flag PerVPAConfig is disabled
* spec.recommenders: Too many: 2: must have at most 1 items
`);
  });

  test('Auto is deprecated, and works; no policy is Recreate', async () => {
    const cluster = await withWeb(2);
    cluster.write(
      'auto.yaml',
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: {name: web}\nspec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, updatePolicy: {updateMode: Auto}}\n',
    );
    expect((await cluster.run('apply -f auto.yaml')).err).toBe(
      'Warning: spec.updatePolicy: "Auto" mode is deprecated and will be removed in a future API version. Use explicit update modes like: [InPlace InPlaceOrRecreate Initial Off Recreate]. See https://github.com/kubernetes/autoscaler/issues/8424 for more details.\n',
    );
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi --per pod');
    await cluster.ok('tick 30m -q');
    expect(await requests(cluster)).toEqual(Array(2).fill('350m/628694953'));
    cluster.write(
      'plain.yaml',
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: {name: plain}\nspec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: other}}\n',
    );
    await cluster.ok('create -f plain.yaml');
    expect(await cluster.ok('get vpa plain -o jsonpath={.spec.updatePolicy}')).toBe('{"updateMode":"Recreate"}');
  });
});

describe('why', () => {
  test('number by number, and what becomes of each pod', async () => {
    const cluster = await withWeb(2);
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi --per pod');
    await setFlags(cluster, 'confidence-interval-cpu=1h confidence-interval-memory=1h');
    await autoscale(cluster, 'Recreate');
    await cluster.ok('tick 1h2m -q');
    const text = await cluster.ok('why vpa/web');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).toContain(`verticalpodautoscaler/web recommends what pods of deployment/web shall request:
2 pods match, and its mode is Recreate.
`);
    expect(text).toContain(`  cpu: confidence 1
         PERCENTILE   +15%   TIMES   GIVES   AT LEAST   RESULT
lower    p50 305m     350m   0.998   349m    25m        349m
target   p90 305m     350m           350m    25m        350m
upper    p95 305m     350m   2       700m    25m        700m
`);
    expect(text).toContain(
      'Each: left as it is; what it requests is within the bounds, and it has not\n  lived for 12h0m0s.',
    );
    const told = JSON.parse(await cluster.ok('why vpa/web -o json'));
    expect(told).toMatchObject({
      kind: 'VerticalPodAutoscalerExplanation',
      mode: 'Recreate',
      pods: 2,
      containers: [
        { container: 'nginx', resources: [{ resource: 'cpu', target: { value: '305m', amount: '350m' } }, {}] },
      ],
      updates: {
        groups: [{ configured: 2, running: 2, tolerance: 1 }],
        pods: [{ action: 'keep' }, { action: 'keep' }],
      },
    });
  });

  test('who is next, and who has to wait; nothing is done by asking', async () => {
    const cluster = await withWeb(4);
    await cluster.ok('load set deployment/web --cpu 300m --memory 512Mi --per pod');
    await autoscale(cluster, 'Off');
    await cluster.ok('tick 30m -q');
    expect(await cluster.ok('why vpa/web')).toContain('In the mode Off nothing is changed.');
    await autoscale(cluster, 'Recreate');
    const text = await cluster.ok('why vpa/web');
    expect(text.match(/ evict\n/g)).toHaveLength(2);
    expect(text).toContain('to be updated, but not yet;');
    expect(text.replace(/\s+/g, ' ')).toContain(
      '2 of 4 pods run when those before it are away, and no more than 2 may be away',
    );
    expect(await requests(cluster)).toEqual(Array(4).fill('100m/64Mi'));
  });

  test('there is no such autoscaler', async () => {
    const cluster = await withWeb(1);
    expect((await cluster.run('why vpa/none')).err).toBe(
      'Error from server (NotFound): verticalpodautoscalers.autoscaling.k8s.io "none" not found\n',
    );
  });
});
