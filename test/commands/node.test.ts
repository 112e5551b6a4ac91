/** What befalls nodes, by commands: and what comes of it. */
import { memoryCluster, type TestCluster } from './harness';

const READY = `jsonpath={range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status} {end}`;
const taints = (node: string) => ['get', 'node', node, '-o', 'jsonpath={range .spec.taints[*]}{.key}:{.effect} {end}'];

async function deployed(cluster: TestCluster, replicas: number): Promise<void> {
  await cluster.ok(`create deployment web --image=nginx:1 --replicas=${replicas}`);
  await cluster.ok('tick --settle -q');
}

async function events(cluster: TestCluster, reason: string): Promise<string[]> {
  const path = `jsonpath={range .items[?(@.reason=="${reason}")]}{.message}{"\\n"}{end}`;
  const text = await cluster.ok(['get', 'events', '-A', '-o', path]);
  return [...new Set(text.split('\n').filter((line) => line !== ''))];
}

describe('node add, node remove', () => {
  test('nodes that join, of a size, with labels and taints', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    expect(await cluster.ok('node add')).toBe('node/node-2 added\n');
    expect(
      await cluster.ok(
        'node add gpu --count 2 --cpu 16 --memory 64Gi --pods 20 --labels zone=a --taints d=gpu:NoSchedule',
      ),
    ).toBe('node/gpu-1 added\nnode/gpu-2 added\n');
    await cluster.ok('tick --settle -q');
    const node = JSON.parse(await cluster.ok('get node gpu-2 -o json'));
    expect(node.metadata.labels).toMatchObject({ zone: 'a', 'kubernetes.io/hostname': 'gpu-2' });
    expect(node.spec).toMatchObject({
      podCIDR: '10.244.2.0/24',
      taints: [{ key: 'd', value: 'gpu', effect: 'NoSchedule' }],
    });
    expect(node.status.allocatable).toMatchObject({ cpu: '16', memory: '64Gi', pods: '20' });
    const addresses = await cluster.ok(['get', 'nodes', '-o', 'jsonpath={.items[*].status.addresses[0].address}']);
    expect(new Set(addresses.split(' ')).size).toBe(4);
    expect(await cluster.ok('get leases -n kube-node-lease -o name')).toContain('lease.coordination.k8s.io/gpu-2\n');
  });

  test('a node that is removed takes its lease along; its pods are deleted, and made again elsewhere', async () => {
    const cluster = await memoryCluster({ nodes: 2 });
    await deployed(cluster, 4);
    expect(await cluster.ok('node remove node-1')).toBe('node/node-1 removed\n');
    await cluster.ok('tick 3m -q');
    expect(await cluster.ok('get pods --field-selector spec.nodeName=node-1 -o name')).toBe('');
    expect(await cluster.ok(['get', 'deployment', 'web', '-o', 'jsonpath={.status.readyReplicas}'])).toBe('4');
    expect(await cluster.ok('get leases -n kube-node-lease -o name')).toBe('lease.coordination.k8s.io/node-2\n');
  });

  test.each([
    ['node add a b', "error: Unexpected args: [b]\nSee 'kubectl node add -h' for help and examples\n"],
    ['node add --count 0', 'error: --count must be at least 1, not 0\n'],
    ['node add --cpu lots', /^error: invalid value "lots" of --cpu: /],
    ['node add --labels a', 'error: invalid label "a": it must look like KEY=VALUE\n'],
    ['node add --taints a=b:Never', 'error: invalid taint effect: Never, unsupported taint effect\n'],
    ['node add node-1', 'Error from server (AlreadyExists): nodes "node-1" already exists\n'],
    ['node remove nosuch', 'Error from server (NotFound): nodes "nosuch" not found\n'],
    ['node fail', "error: at least one node must be named\nSee 'kubectl node fail -h' for help and examples\n"],
    ['node pressure node-1 heat', 'error: invalid pressure "heat": it must be one of memory, disk, pid\n'],
    ['node pressure node-1 memory --for 5s --off', 'error: --for and --off cannot be specified together\n'],
  ])('%s is refused', async (line, err) => {
    const ran = await (await memoryCluster({ nodes: 1 })).run(line);
    expect(ran).toMatchObject({ out: '', code: 1 });
    expect(ran.err).toEqual(typeof err === 'string' ? err : expect.stringMatching(err));
  });
});

describe('node fail, node recover', () => {
  test('not ready after 50 s without a heartbeat; its pods go after 5 minutes, and are Terminating until it is back', async () => {
    const cluster = await memoryCluster({ nodes: 3 });
    await deployed(cluster, 3);
    const [pod] = (await cluster.ok('get pods --field-selector spec.nodeName=node-1 -o name')).split('\n') as [string];
    await cluster.ok('tick 5s -q');
    expect(await cluster.ok('node fail node-1')).toBe('node/node-1 failed\n');
    expect(await cluster.ok('node fail node/node-1')).toBe('node/node-1 already failed\n');
    await cluster.ok('tick 45s -q');
    expect(await cluster.ok(['get', 'nodes', '-o', READY])).toBe('node-1=True node-2=True node-3=True ');
    await cluster.ok('tick 20s -q');
    expect(await cluster.ok(['get', 'nodes', '-o', READY])).toBe('node-1=Unknown node-2=True node-3=True ');
    expect(await cluster.ok(taints('node-1'))).toBe(
      'node.kubernetes.io/unreachable:NoSchedule node.kubernetes.io/unreachable:NoExecute ',
    );
    expect(await events(cluster, 'NodeNotReady')).toEqual(
      expect.arrayContaining(['Node is not ready', 'Node node-1 status is now: NodeNotReady']),
    );
    const ready = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
    expect(await cluster.ok(['get', pod, '-o', ready])).toBe('False');

    await cluster.ok('tick 5m -q');
    const gone = JSON.parse(await cluster.ok(['get', pod, '-o', 'json']));
    expect(gone.metadata.deletionTimestamp).toBeDefined();
    expect(gone.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }),
    );
    expect(await events(cluster, 'TaintManagerEviction')).toContain(`Marking for deletion Pod default/${pod.slice(4)}`);
    // As upstream says it of a name, without a uid, it is an event of the pod, and none that describes it.
    expect(await cluster.ok(['events', '--for', pod])).toContain('Marking for deletion');
    expect(await cluster.ok(['describe', pod])).not.toContain('Marking for deletion');
    await cluster.ok('tick 1h -q');
    expect((await cluster.run(['get', pod])).code).toBe(0);

    expect(await cluster.ok('node recover node-1')).toBe('node/node-1 recovered\n');
    expect(await cluster.ok('node recover node-1')).toBe('node/node-1 has not failed\n');
    await cluster.ok('tick 5s -q');
    expect((await cluster.run(['get', pod])).code).toBe(1);
    expect(await cluster.ok(['get', 'nodes', '-o', READY])).toBe('node-1=True node-2=True node-3=True ');
    expect(await cluster.ok(taints('node-1'))).toBe('');
  });

  test('back in time, nothing is lost', async () => {
    const cluster = await memoryCluster({ nodes: 2 });
    await deployed(cluster, 2);
    const before = await cluster.ok('get pods -o name');
    await cluster.ok('node fail node-2');
    await cluster.ok('tick 3m -q');
    await cluster.ok('node recover node-2');
    await cluster.ok('tick 10m -q');
    expect(await cluster.ok('get pods -o name')).toBe(before);
    expect(await cluster.ok(['get', 'deployment', 'web', '-o', 'jsonpath={.status.readyReplicas}'])).toBe('2');
  });

  test('said to be out of service, its pods go at once', async () => {
    const cluster = await memoryCluster({ nodes: 2 });
    await deployed(cluster, 2);
    await cluster.ok('node fail node-2');
    await cluster.ok('tick 7m -q');
    expect(await cluster.ok('get pods --field-selector spec.nodeName=node-2 -o name')).not.toBe('');
    await cluster.ok('taint nodes node-2 node.kubernetes.io/out-of-service=nodeshutdown:NoExecute');
    await cluster.ok('tick 1m -q');
    expect(await cluster.ok('get pods --field-selector spec.nodeName=node-2 -o name')).toBe('');
  });

  test('one node in ten seconds loses its pods; none does where most of a small zone is gone', async () => {
    const cluster = await memoryCluster({ nodes: 6 });
    await cluster.ok('node fail node-1 node-2 node-3');
    await cluster.ok('tick 2m -q');
    const added = await cluster.ok([
      'get',
      'nodes',
      '-o',
      'jsonpath={.items[*].spec.taints[?(@.effect=="NoExecute")].timeAdded}',
    ]);
    const times = added.split(' ').map((time) => Date.parse(time) / 1000);
    expect(times).toHaveLength(3);
    expect(times.slice(1).map((time, i) => time - (times[i] as number))).toEqual([10, 10]);

    const small = await memoryCluster({ nodes: 5 });
    await small.ok('node fail node-1 node-2 node-3');
    await small.ok('tick 5m -q');
    expect(await small.ok(taints('node-1'))).toBe('node.kubernetes.io/unreachable:NoSchedule ');
    // Two more, and nothing is ready: it is taken for a fault of the control plane.
    await small.ok('node fail node-4 node-5');
    await small.ok('tick 5m -q');
    expect(await small.ok(taints('node-5'))).toBe('node.kubernetes.io/unreachable:NoSchedule ');
  });

  test('a lease tells when it was last renewed', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    const renewTime = () =>
      cluster.ok(['get', 'lease', 'node-1', '-n', 'kube-node-lease', '-o', 'jsonpath={.spec.renewTime}']);
    await cluster.ok('tick 25s -q');
    expect(await renewTime()).toBe('2026-01-01T00:00:20.000000Z');
    await cluster.ok('node fail node-1');
    await cluster.ok('tick 1h -q');
    expect(await renewTime()).toBe('2026-01-01T00:00:20.000000Z');
  });

  test('an idle day of many nodes costs next to nothing', async () => {
    const cluster = await memoryCluster({ nodes: 200 });
    await cluster.ok('tick --settle -q');
    expect(JSON.parse(await cluster.ok('tick 24h -o json'))).toMatchObject({ steps: 1, actions: [] });
  });
});

describe('node pressure', () => {
  test('is told, tainted, and costs one pod in ten seconds: the greediest first', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    const pod = (name: string, memory: string | undefined, usage: string | undefined, priority = {}) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, ...(usage ? { annotations: { 'kubetick.dev/memory-usage': usage } } : {}) },
      spec: {
        containers: [{ name: 'main', image: 'a:1', ...(memory ? { resources: { requests: { memory } } } : {}) }],
        ...priority,
      },
    });
    const pods = [
      pod('modest', '1Gi', '500Mi'),
      pod('best-effort', undefined, undefined),
      pod('greedy', '100Mi', '2Gi'),
      pod('critical', undefined, '3Gi', { priorityClassName: 'system-node-critical' }),
    ];
    cluster.write('pods.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: pods }));
    await cluster.ok('apply -f pods.json');
    await cluster.ok('tick --settle -q');
    expect(await cluster.ok('node pressure node-1 memory --for 15s')).toBe('node/node-1 under memory pressure\n');
    await cluster.ok('tick 2m -q');
    const phases = 'jsonpath={range .items[*]}{.metadata.name}={.status.phase}{.status.reason} {end}';
    expect(await cluster.ok(['get', 'pods', '-o', phases])).toBe(
      'best-effort=FailedEvicted critical=Running greedy=FailedEvicted modest=Running ',
    );
    const greedy = JSON.parse(await cluster.ok('get pod greedy -o json'));
    expect(greedy.status.message).toBe(
      'The node was low on resource: memory. Threshold quantity: 100Mi, available: 64Mi. Container main was using 2Gi, request is 100Mi, has larger consumption of memory. ',
    );
    expect(greedy.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', reason: 'TerminationByKubelet' }),
    );
    expect(greedy.status.containerStatuses[0].state.terminated.exitCode).toBe(137);
    expect(await events(cluster, 'EvictionThresholdMet')).toEqual(['Attempting to reclaim memory']);
    // The condition outlasts it by five minutes, and with it the taint.
    expect(await cluster.ok(taints('node-1'))).toBe('node.kubernetes.io/memory-pressure:NoSchedule ');
    await cluster.ok('tick 5m -q');
    expect(await cluster.ok(taints('node-1'))).toBe('');
    expect(await events(cluster, 'NodeHasSufficientMemory')).toEqual([
      'Node node-1 status is now: NodeHasSufficientMemory',
    ]);
  });

  test('what is in volumes on disk counts, and all containers of a pod that goes are stopped', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    const pod = (name: string, volumeUsage: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, annotations: { 'kubetick.dev/volume-usage': volumeUsage } },
      spec: {
        initContainers: [{ name: 'side', image: 'a:1', restartPolicy: 'Always' }],
        containers: [{ name: 'main', image: 'a:1' }],
        volumes: [
          { name: 'disk', emptyDir: {} },
          { name: 'ram', emptyDir: { medium: 'Memory' } },
        ],
      },
    });
    const items = [pod('a', 'ram=9Gi'), pod('b', 'disk=1Gi')];
    cluster.write('pods.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await cluster.ok('apply -f pods.json');
    await cluster.ok('tick --settle -q');
    await cluster.ok('node pressure node-1 disk --for 5s');
    await cluster.ok('tick 1m -q');
    expect(await cluster.ok(['get', 'pods', '-o', 'jsonpath={.items[*].status.phase}'])).toBe('Running Failed');
    const path = 'jsonpath={.status.initContainerStatuses[0].state.terminated.exitCode}';
    expect(await cluster.ok(['get', 'pod', 'b', '-o', path])).toBe('137');
    expect(await events(cluster, 'Killing')).toEqual(['Stopping container side', 'Stopping container main']);
  });

  test('lasts until it is turned off; meanwhile nobody is let in', async () => {
    const cluster = await memoryCluster({ nodes: 1 });
    await cluster.ok('node pressure node-1 disk');
    await cluster.ok('tick 10s -q');
    expect(await cluster.ok(taints('node-1'))).toBe('node.kubernetes.io/disk-pressure:NoSchedule ');
    const spec = { nodeName: 'node-1', containers: [{ name: 'c', image: 'a:1' }] };
    cluster.write('pod.json', JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'forced' }, spec }));
    await cluster.ok('apply -f pod.json');
    await cluster.ok('tick --settle -q');
    expect(await cluster.ok(['get', 'pod', 'forced', '-o', 'jsonpath={.status.phase} {.status.message}'])).toBe(
      'Failed Pod was rejected: The node had condition: [DiskPressure]. ',
    );
    expect(await cluster.ok('node pressure node-1 disk --off')).toBe('node/node-1 relieved of disk pressure\n');
    expect(await cluster.ok('node pressure node-1 pid --off')).toBe('node/node-1 is under no pid pressure\n');
    await cluster.ok('tick 6m -q');
    expect(await cluster.ok(taints('node-1'))).toBe('');
  });
});
