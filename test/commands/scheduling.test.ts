/** The scenarios of upstream's end-to-end tests of scheduling (test/e2e/scheduling), as somebody would play them. */
import { memoryCluster, type TestCluster } from './harness';

const RESOURCE = 'example.com/foo';

async function nodes(count: number): Promise<TestCluster> {
  return memoryCluster({ nodes: count, seed: 1 });
}

/** A pod in a few words; what is not named is as `extra` says. */
interface Words {
  namespace?: string;
  labels?: Record<string, string>;
  /** Of the extended resource. */
  foo?: number;
  on?: string;
  class?: string;
  ports?: object[];
  metadata?: object;
  spec?: object;
}

function podOf(name: string, { namespace, labels, foo, on, class: priorityClassName, ports, metadata, spec }: Words) {
  const resources =
    foo === undefined ? {} : { limits: { [RESOURCE]: String(foo) }, requests: { [RESOURCE]: String(foo) } };
  const expression = { key: 'metadata.name', operator: 'In', values: [on] };
  const nodeAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [expression] }] },
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(namespace ? { namespace } : {}), ...(labels ? { labels } : {}), ...metadata },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'pause', image: 'pause:1', resources, ...(ports ? { ports } : {}) }],
      ...(priorityClassName ? { priorityClassName } : {}),
      ...(on ? { affinity: { nodeAffinity } } : {}),
      ...spec,
    },
  };
}

async function apply(cluster: TestCluster, ...objects: object[]): Promise<void> {
  for (const object of objects) await cluster.ok('create -f -', { stdin: JSON.stringify(object) });
  await cluster.ok('tick --settle -q');
}

const run = (cluster: TestCluster, name: string, words: Words = {}) => apply(cluster, podOf(name, words));
const look = (cluster: TestCluster, line: string) => cluster.ok(line);
const nodeOf = (cluster: TestCluster, name: string) => look(cluster, `get pod ${name} -o jsonpath={.spec.nodeName}`);

/** As the kubelet of a node with devices does it. */
async function offer(cluster: TestCluster, node: string, foo: number): Promise<void> {
  const patch = JSON.stringify({ status: { capacity: { [RESOURCE]: String(foo) } } });
  await cluster.ok(['patch', 'node', node, '--subresource=status', '--type=merge', '-p', patch]);
}

async function classes(cluster: TestCluster, of: Record<string, number>): Promise<void> {
  for (const [name, value] of Object.entries(of)) await cluster.ok(`create priorityclass ${name} --value=${value}`);
}

describe('predicates', () => {
  test('what a RuntimeClass adds counts with what the pod asks for', async () => {
    const cluster = await nodes(1);
    await offer(cluster, 'node-1', 1000);
    await apply(cluster, {
      apiVersion: 'node.k8s.io/v1',
      kind: 'RuntimeClass',
      metadata: { name: 'heavy' },
      handler: 'heavy',
      overhead: { podFixed: { [RESOURCE]: '250' } },
    });
    await run(cluster, 'filler', { foo: 700 });
    await run(cluster, 'additional', { foo: 200, spec: { runtimeClassName: 'heavy' } });
    expect(await nodeOf(cluster, 'filler')).toBe('node-1');
    expect(await nodeOf(cluster, 'additional')).toBe('');
    expect(await look(cluster, 'why pod/additional')).toContain(`${RESOURCE}: 450 requested, 300 of 1000 free`);
  });

  test.each([
    [
      'other addresses and protocols',
      [{ hostIP: '127.0.0.1' }, { hostIP: '127.0.0.2' }, { hostIP: '127.0.0.2', protocol: 'UDP' }],
      3,
    ],
    ['0.0.0.0 is every address', [{ hostIP: '0.0.0.0' }, { hostIP: '127.0.0.1' }], 1],
  ])('a host port, %s', async (_, ports, fit) => {
    const cluster = await nodes(1);
    for (const [i, port] of ports.entries())
      await run(cluster, `pod${i}`, { ports: [{ containerPort: 8080, hostPort: 54321, ...port }] });
    const placed = await look(cluster, 'get pods --field-selector spec.nodeName=node-1 -o name');
    expect(placed.trim().split('\n')).toHaveLength(fit);
  });

  test('four pods with maxSkew 1 on two nodes', async () => {
    const cluster = await nodes(2);
    const topologySpreadConstraints = [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchExpressions: [{ key: 'spread', operator: 'Exists' }] },
      },
    ];
    const { metadata, spec } = podOf('', { labels: { spread: '' }, spec: { topologySpreadConstraints } });
    await apply(cluster, {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'spread' },
      spec: {
        replicas: 4,
        selector: { matchLabels: metadata.labels },
        template: { metadata: { labels: metadata.labels }, spec: { ...spec, terminationGracePeriodSeconds: 30 } },
      },
    });
    const on = (await look(cluster, 'get pods -o jsonpath={.items[*].spec.nodeName}')).split(' ').sort();
    expect(on).toEqual(['node-1', 'node-1', 'node-2', 'node-2']);
  });

  test('a volume for a node that is not there, and one that is', async () => {
    const cluster = await nodes(2);
    const expression = { key: 'kubernetes.io/hostname', operator: 'In', values: ['non-existent-node', 'node-2'] };
    await apply(
      cluster,
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: 'v' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'local',
          capacity: { storage: '2Gi' },
          local: { path: '/tmp' },
          nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'c' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'local',
          resources: { requests: { storage: '2Gi' } },
        },
      },
    );
    await run(cluster, 'p', { spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] } });
    expect(await nodeOf(cluster, 'p')).toBe('node-2');
  });
});

describe('preemption', () => {
  test.each([
    ['a pod of high priority', 'default', 'high'],
    ['a critical pod', 'kube-system', 'system-cluster-critical'],
  ])('%s takes the place of the one of low priority, not of those of medium', async (_, namespace, priorityClass) => {
    const cluster = await nodes(3);
    await classes(cluster, { low: 1, medium: 100, high: 1000 });
    for (const i of [1, 2, 3]) {
      await offer(cluster, `node-${i}`, 3);
      await run(cluster, `pod${i}`, { foo: 2, on: `node-${i}`, class: i === 1 ? 'low' : 'medium' });
    }
    await run(cluster, 'preemptor', { foo: 2, namespace, class: priorityClass });
    const all = 'get pods -A -o jsonpath={range.items[*]}{.metadata.name}={.spec.nodeName},{end}';
    expect(await look(cluster, all)).toBe('pod2=node-2,pod3=node-3,preemptor=node-1,');
  });

  test('a victim that is held by a finalizer bears the condition', async () => {
    const cluster = await nodes(1);
    await classes(cluster, { low: 1, high: 1000 });
    await offer(cluster, 'node-1', 1);
    await run(cluster, 'victim', { foo: 1, class: 'low', metadata: { finalizers: ['example.com/test-finalizer'] } });
    await run(cluster, 'preemptor', { foo: 1, class: 'high' });
    const condition = '-o=jsonpath={.status.conditions[?(@.type=="DisruptionTarget")]}';
    expect(JSON.parse(await cluster.ok(['get', 'pod', 'victim', condition]))).toMatchObject({
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: 'default-scheduler: preempting to accommodate a higher priority pod',
    });
    expect(await look(cluster, 'get pod victim -o jsonpath={.metadata.deletionTimestamp}')).not.toBe('');
    await cluster.ok(['patch', 'pod', 'victim', '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
    await cluster.ok('tick --settle -q');
    expect(await nodeOf(cluster, 'preemptor')).toBe('node-1');
  });

  test('as many go as the spread demands, not only the room', async () => {
    const cluster = await nodes(2);
    await classes(cluster, { low: 1, medium: 100, high: 1000 });
    for (const i of [1, 2]) await offer(cluster, `node-${i}`, 10);
    const labels = { pts: '' };
    await run(cluster, 'high', { labels, foo: 9, class: 'high' });
    for (const i of [1, 2, 3]) await run(cluster, `low-${i}`, { labels, foo: 3, class: 'low' });
    const constraint = {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchExpressions: [{ key: 'pts', operator: 'Exists' }] },
    };
    await run(cluster, 'medium', {
      labels,
      foo: 3,
      class: 'medium',
      spec: { topologySpreadConstraints: [constraint] },
    });
    const names = (await look(cluster, 'get pods -o name')).trim().split('\n');
    expect(names.map((name) => name.replace('pod/', '').replace(/-\d$/, '')).sort()).toEqual(['high', 'low', 'medium']);
    expect(await nodeOf(cluster, 'medium')).not.toBe('');
  });

  test('pods of ReplicaSets are preempted once each, and what takes their place waits', async () => {
    const cluster = await nodes(1);
    await classes(cluster, { p1: 1, p2: 2, p3: 3, p4: 4 });
    await offer(cluster, 'node-1', 1000);
    for (const [i, foo] of [200, 300, 450].entries()) {
      const labels = { name: `pod${i + 1}` };
      const { spec } = podOf('', { foo, class: `p${i + 1}` });
      await apply(cluster, {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: { name: `rs-pod${i + 1}` },
        spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      });
    }
    await run(cluster, 'pod4', { foo: 500, class: 'p4' });
    const places = await look(
      cluster,
      'get pods --sort-by=.spec.priority -o jsonpath={range.items[*]}{.spec.priority}={.spec.nodeName},{end}',
    );
    expect(places).toBe('1=,2=,3=node-1,4=node-1,');
    const preempted = await look(cluster, 'get events --field-selector reason=Preempted -o name');
    expect(preempted.trim().split('\n')).toHaveLength(2);
  });

  test('a PriorityClass can’t be other than it is', async () => {
    const cluster = await nodes(1);
    await classes(cluster, { p1: 1 });
    expect(await cluster.run(['patch', 'priorityclass', 'p1', '--type=merge', '-p', '{"value":10}'])).toMatchObject({
      code: 1,
      err: 'The PriorityClass "p1" is invalid: value: Forbidden: may not be changed in an update.\n',
    });
    await cluster.ok(['patch', 'priorityclass', 'p1', '--type=merge', '-p', '{"description":"updated description"}']);
    expect(await look(cluster, 'get priorityclass p1 -o jsonpath={.value},{.description}')).toBe(
      '1,updated description',
    );
  });
});

describe('priorities', () => {
  test('away from a pod that has anti-affinity, where it may be preferred', async () => {
    const cluster = await nodes(3);
    await run(cluster, 'with-s1', { labels: { security: 'S1' } });
    const term = {
      topologyKey: 'kubernetes.io/hostname',
      labelSelector: { matchExpressions: [{ key: 'security', operator: 'In', values: ['S1', 'value2'] }] },
    };
    const podAntiAffinity = {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, podAffinityTerm: term }],
    };
    await run(cluster, 'apart', { spec: { affinity: { podAntiAffinity } } });
    expect(await nodeOf(cluster, 'apart')).not.toBe(await nodeOf(cluster, 'with-s1'));
  });

  test('to the node all of whose wishes the pod tolerates', async () => {
    const cluster = await nodes(3);
    const taints = Array.from({ length: 10 }, (_, i) => `key-${i}=v:PreferNoSchedule`);
    await cluster.ok(`taint node node-2 ${taints.join(' ')}`);
    await cluster.ok(`taint node node-1 node-3 other-1=v:PreferNoSchedule`);
    const tolerations = Array.from({ length: 10 }, (_, i) => ({
      key: `key-${i}`,
      value: 'v',
      effect: 'PreferNoSchedule',
    }));
    await run(cluster, 'with-tolerations', { spec: { tolerations } });
    expect(await nodeOf(cluster, 'with-tolerations')).toBe('node-2');
  });

  test.each(['service', 'replication controller'])('pods of a %s are spread over zones', async (of) => {
    const cluster = await nodes(4);
    const zones = ['a', 'a', 'a', 'b'];
    for (const [i, zone] of zones.entries())
      await cluster.ok(`label node node-${i + 1} topology.kubernetes.io/zone=${zone}`);
    const labels = { app: 'spread' };
    if (of === 'service') {
      await apply(cluster, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 's' },
        spec: { selector: labels, ports: [{ port: 80 }] },
      });
      for (let i = 0; i < 5; i++) await run(cluster, `p${i}`, { labels });
    } else {
      const { spec } = podOf('', {});
      const template = { metadata: { labels }, spec: { ...spec, terminationGracePeriodSeconds: 30 } };
      await apply(cluster, {
        apiVersion: 'v1',
        kind: 'ReplicationController',
        metadata: { name: 'rc' },
        spec: { replicas: 5, selector: labels, template },
      });
    }
    const on = (await look(cluster, 'get pods -o jsonpath={.items[*].spec.nodeName}')).split(' ');
    const inB = on.filter((node) => node === 'node-4').length;
    // The host counts, too: the one node of zone b has no more than two.
    expect([inB, on.length]).toEqual([2, 5]);
  });
});

describe('LimitRange', () => {
  const LIMITS = {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'limit-range' },
    spec: {
      limits: [
        {
          type: 'Container',
          min: { cpu: '50m', memory: '100Mi', 'ephemeral-storage': '100Gi' },
          max: { cpu: '500m', memory: '500Mi', 'ephemeral-storage': '500Gi' },
          default: { cpu: '500m', memory: '500Mi', 'ephemeral-storage': '500Gi' },
          defaultRequest: { cpu: '100m', memory: '200Mi', 'ephemeral-storage': '200Gi' },
        },
      ],
    },
  };
  const withResources = (name: string, resources: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'pause', image: 'pause:1', resources }] },
  });
  const resourcesOf = async (cluster: TestCluster, name: string) =>
    JSON.parse(await look(cluster, `get pod ${name} -o jsonpath={.spec.containers[0].resources}`));

  test('fills in, merges with what is asked, and refuses what is too little or too much', async () => {
    const cluster = await nodes(1);
    await apply(cluster, LIMITS, withResources('none', {}));
    const [{ default: limits, defaultRequest: requests }] = LIMITS.spec.limits as [(typeof LIMITS.spec.limits)[number]];
    expect(await resourcesOf(cluster, 'none')).toEqual({ limits, requests });
    // A limit without a request is the request: the default comes too late.
    await apply(
      cluster,
      withResources('some', {
        requests: { cpu: '300m', memory: '150Mi' },
        limits: { cpu: '300m', 'ephemeral-storage': '300Gi' },
      }),
    );
    expect(await resourcesOf(cluster, 'some')).toEqual({
      requests: { cpu: '300m', memory: '150Mi', 'ephemeral-storage': '300Gi' },
      limits: { cpu: '300m', memory: '500Mi', 'ephemeral-storage': '300Gi' },
    });
    const refused = async (resources: object) =>
      (await cluster.run('create -f -', { stdin: JSON.stringify(withResources('bad', resources)) })).err;
    expect(
      await refused({ requests: { cpu: '10m', memory: '50Mi', 'ephemeral-storage': '50Gi' }, limits: {} }),
    ).toContain('minimum cpu usage per Container is 50m, but request is 10m');
    expect(await refused({ limits: { cpu: '600m', memory: '600Mi', 'ephemeral-storage': '600Gi' } })).toContain(
      'maximum memory usage per Container is 500Mi, but limit is 600Mi',
    );
  });
});
