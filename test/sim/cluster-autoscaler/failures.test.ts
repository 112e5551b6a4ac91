/** When the cloud fails, and when nodes do; and that nothing is forgotten between two commands. */
import type { Json } from '../../../src/apimachinery/json';
import { Client } from '../../../src/client/client';
import { initialiseCluster } from '../../../src/cluster/bootstrap';
import { createCluster } from '../../../src/cluster/cluster';
import { defineKinds } from '../../../src/commands/nodegroup/definitions';
import type { TickReport } from '../../../src/sim/controller';
import { MemoryStore } from '../../../src/store/memory';
import { autoscaled } from './autoscaled';

describe('when the cloud fails', () => {
  test('machines that never register: given up after fifteen minutes, and the group is left alone, longer each time', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --fail silent');
    await cluster.pods('web', { replicas: 2, cpu: '3' });
    await cluster.tick('15m');
    expect(await cluster.sizes()).toEqual(['pool 2']);
    await cluster.tick('20s');
    expect(await cluster.sizes()).toEqual(['pool 0']);
    const [timedOut] = await cluster.events('ScaleUpTimedOut');
    expect(timedOut).toMatch(/^Nodes added to group pool failed to register within 15m\d+s$/);
    expect(await cluster.status()).toMatch(
      /backoffInfo:\n\s+errorCode: timeout\n\s+errorMessage: Scale-up timed out for node group pool after 15m\d+s\n/,
    );
    expect(await cluster.ok('why nodegroup/pool')).toContain('It is left alone until 2026-01-01T00:20:');
    await cluster.tick('10s');
    expect(await cluster.events('NotTriggerScaleUp')).toEqual([
      "pod didn't trigger scale-up: 1 in backoff after failed scale-up",
    ]);
    // Five minutes later it is tried again, and again in vain: now it is left alone for ten.
    await cluster.tick('5m10s');
    expect(await cluster.sizes()).toEqual(['pool 2']);
    await cluster.tick('15m');
    expect(await cluster.sizes()).toEqual(['pool 0']);
    await cluster.tick('9m');
    expect(await cluster.sizes()).toEqual(['pool 0']);
    await cluster.ok('nodegroup set pool --fail none');
    await cluster.tick('5m');
    expect(await cluster.ok('get deployment web -o jsonpath={.status.readyReplicas}')).toBe('2');
  });

  test('one of several that never registers is removed by itself', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --fail silent:1 --provision-time 30s');
    await cluster.pods('web', { replicas: 2, cpu: '3' });
    await cluster.tick('2m');
    expect(await cluster.nodes()).toEqual(['pool-2']);
    expect((await cluster.ok('why nodegroup/pool')).replace(/\s+/g, ' ')).toContain('pool-1 is not heard of');
    await cluster.tick('14m');
    expect(await cluster.events('FailedToRevertScaleUp')).toEqual([
      'Failed to decrease target size for group pool after scale-up timeout: attempt to delete existing nodes, targetSize:2 delta:-2 existingNodes: 1',
    ]);
    expect(await cluster.events('DeleteUnregistered')).toEqual(['Removed unregistered node pool-1']);
    await cluster.tick();
    expect(await cluster.nodes()).toEqual(['pool-2', 'pool-3']);
  });

  test('a quota: known at once, said, and another group is tried', async () => {
    const cluster = await autoscaled(0, 'cheap --cpu 4 --fail quota', 'dear --cpu 8');
    await cluster.pods('web', { cpu: '3' });
    await cluster.tick();
    expect(await cluster.sizes()).toEqual(['cheap 0', 'dear 1']);
    expect(await cluster.events('ScaleUpFailed')).toEqual([
      "Failed adding 1 nodes to group cheap due to OutOfResource.QUOTA_EXCEEDED; source errors: Instance 'cheap-1' creation failed: Quota 'CPUS' exceeded.",
    ]);
    expect(await cluster.nodes()).toEqual(['dear-1']);
  });

  test('a cloud that refuses to make a group larger', async () => {
    const cluster = await autoscaled(0, 'cheap --cpu 4 --fail refuse', 'dear --cpu 8');
    await cluster.pods('web', { cpu: '3' });
    await cluster.tick();
    expect(await cluster.events('FailedToScaleUpGroup')).toEqual([
      'Scale-up failed for group cheap: the cloud refuses to add machines to node group cheap',
    ]);
    expect(await cluster.sizes()).toEqual(['cheap 0', 'dear 1']);
  });

  test('nodes that never become ready count as coming for a while only', async () => {
    const cluster = await autoscaled(0, 'pool --cpu 4 --fail unready:1', 'autoscaler --max-node-startup-time=3m');
    await cluster.pods('web', { cpu: '3' });
    await cluster.tick('3m');
    expect(await cluster.sizes()).toEqual(['pool 1']);
    await cluster.tick('5m');
    expect(await cluster.sizes()).toEqual(['pool 2']);
    expect(await cluster.ok('get deployment web -o jsonpath={.status.readyReplicas}')).toBe('1');
  });

  test('too many unready nodes: nothing is done', async () => {
    const cluster = await autoscaled(1, 'pool --cpu 4 --initial 5');
    await cluster.tick('5s');
    await cluster.ok('annotate nodes --all cluster-autoscaler.kubernetes.io/scale-down-disabled=true');
    await cluster.tick('16m');
    await cluster.ok('node fail pool-1 pool-2 pool-3 pool-4');
    await cluster.tick('2m');
    await cluster.pods('web', { replicas: 8, cpu: '3' });
    await cluster.tick('1m');
    expect(await cluster.sizes()).toEqual(['pool 5']);
    expect(await cluster.events('ClusterUnhealthy')).toEqual(['Cluster is unhealthy']);
    expect(await cluster.status()).toMatch(/health:\n(.*\n){12,16}\s+status: Unhealthy/);
    await cluster.ok('node recover pool-1 pool-2 pool-3 pool-4');
    await cluster.tick('3m');
    expect(Number((await cluster.sizes())[0]?.split(' ')[1])).toBeGreaterThan(5);
  });

  test('a node of a group that is removed behind its back is replaced', async () => {
    const cluster = await autoscaled(1, 'pool --min 2');
    await cluster.tick('5s');
    await cluster.ok('node remove pool-1');
    await cluster.tick('90s');
    expect(await cluster.nodes()).toEqual(['node-1', 'pool-2', 'pool-3']);
  });

  test('a group that is deleted takes its nodes along', async () => {
    const cluster = await autoscaled(1, 'pool --min 2');
    await cluster.tick('5s');
    expect(await cluster.ok('nodegroup delete nodegroup/pool')).toBe('nodegroup.kubetick.dev/pool deleted\n');
    await cluster.tick();
    expect(await cluster.nodes()).toEqual(['node-1']);
    expect((await cluster.run('nodegroup list')).err).toBe('There are no node groups.\n');
  });

  test('scale and set --size ask the cloud directly', async () => {
    const cluster = await autoscaled(0, 'pool --min 1');
    await cluster.tick('5s');
    await cluster.ok('scale nodegroup pool --replicas=3');
    await cluster.tick('70s');
    expect(await cluster.nodes()).toEqual(['pool-1', 'pool-2', 'pool-3']);
    await cluster.ok('nodegroup set pool --size 1');
    await cluster.tick('5s');
    expect(await cluster.nodes()).toEqual(['pool-1']);
  });
});

describe('between two commands', () => {
  /** A morning in a cluster that grows and shrinks, each step maybe by another process. */
  async function morning(step: number, fresh: boolean, end = 75 * 60_000): Promise<string> {
    const store = new MemoryStore();
    await initialiseCluster(store, { nodes: 1, seed: 7 });
    let transport = await createCluster(store);
    const client = () => new Client(transport, { userAgent: 'kubectl' });
    const groups = { group: 'kubetick.dev', version: 'v1alpha1', resource: 'nodegroups' };
    const deployments = { group: 'apps', version: 'v1', resource: 'deployments' };
    await defineKinds(client(), 'test');
    for (const [name, fail] of [
      ['good', undefined],
      ['worse', { mode: 'silent', until: 1 }],
    ] as const)
      await client().create(groups, '', {
        apiVersion: 'kubetick.dev/v1alpha1',
        kind: 'NodeGroup',
        metadata: { name },
        spec: {
          maxSize: 5,
          template: { cpu: '4', memory: name === 'good' ? '8Gi' : '4Gi' },
          ...(fail ? { fail } : {}),
        },
      });
    const container = { name: 'main', image: 'example.com/main:1', resources: { requests: { cpu: '1500m' } } };
    await client().create(deployments, 'default', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 8,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } },
      },
    } as never);
    for (let at = 0; at < end; at += step) {
      if (fresh) transport = await createCluster(store);
      if (at === 30 * 60_000)
        await client().patch(deployments, 'default', 'web', 'merge', { spec: { replicas: 1 } } as Json);
      await client().request<TickReport>({ method: 'POST', path: '/kubetick/tick', body: { advance: step } });
    }
    const { entries } = await store.range('/registry/kubetick.dev/');
    const nodes = (await store.range('/registry/core/nodes/')).entries.map(({ key }) => key);
    const texts = entries.map(({ key, value }) => `${key} ${JSON.stringify(timeless(value))}`);
    return [...texts, ...nodes].join('\n');
  }

  /** Without what only counts writes. */
  const timeless = (value: Json): Json => {
    const { metadata, ...rest } = value as { metadata: Record<string, Json> };
    const { managedFields: _, resourceVersion: __, uid: ___, ...kept } = metadata;
    return { ...rest, metadata: kept } as Json;
  };

  test('in one go or in many processes: the same', async () => {
    const whole = await morning(15 * 60_000, false);
    expect(await morning(300_000, true)).toBe(whole);
    expect(whole).toContain('"lastScaleDownDelete"');
    expect(await morning(1000, true, 45_000)).toBe(await morning(45_000, false, 45_000));
  });

  test('a quiet cluster stays quiet, whoever asks it to settle', async () => {
    const cluster = await autoscaled(1, 'pool --min 1');
    await cluster.pods('db', { kind: 'Pod', spec: 'nodeSelector: {kubetick.dev/nodegroup: pool}' });
    await cluster.tick();
    const before = await cluster.ok('status -o json');
    await cluster.tick();
    expect(await cluster.ok('status -o json')).toBe(before);
  });
});

describe('a day in which nothing happens', () => {
  test('costs no looks: not for a node that is stuck, nor for a pod that nobody helps', async () => {
    const cluster = await autoscaled(1, 'pool --min 1 --max 3 --initial 2');
    await cluster.pods('db', { kind: 'Pod', spec: 'nodeSelector: {kubetick.dev/nodegroup: pool}' });
    await cluster.pods('huge', { cpu: '100' });
    await cluster.tick();
    await cluster.tick('2h');
    const body = { advance: 24 * 3_600_000 };
    const { steps, actions } = await cluster.client.request<TickReport>({
      method: 'POST',
      path: '/kubetick/tick',
      body,
    });
    expect(steps).toBeLessThan(20);
    expect(actions.filter(({ controller }) => controller === 'cluster-autoscaler')).toEqual([]);
  });
});

describe('nodegroup, as a command', () => {
  test('lists groups', async () => {
    const cluster = await autoscaled(
      0,
      'big --cpu 16 --memory 64Gi --max 3 --price 1.5 --zone a --fail quota:2 --initial 1',
      'small',
    );
    expect(await cluster.ok('nodegroup list')).toBe(
      'NAME    MIN   MAX   TARGET   NODES   CPU   MEMORY   ZONE     PRICE    FAILS\n' +
        'big     0     3     1        0       16    64Gi     a        1.5      quota until big-2\n' +
        'small   0     10    0        0       4     16Gi     <none>   <none>   <none>\n',
    );
    expect(await cluster.ok('get nodegroups')).toMatch(
      /^NAME +MIN +MAX +TARGET +NODES +CPU +MEMORY +AGE\nbig +0 +3 +1 /,
    );
  });

  test('sets and shows the flags of the autoscaler', async () => {
    const cluster = await autoscaled(0, 'pool');
    expect((await cluster.run('nodegroup autoscaler')).err).toBe('All flags are as they come; --all shows them.\n');
    await cluster.ok('nodegroup autoscaler --expander=price,random --scan-interval=30s --startup-taint=a,b');
    await cluster.ok('nodegroup autoscaler --max-nodes-total=7');
    expect(await cluster.ok('nodegroup autoscaler')).toBe(
      'FLAG                VALUE          DEFAULT\n' +
        '--expander          price,random   least-waste\n' +
        '--max-nodes-total   7              0\n' +
        '--scan-interval     30s            10s\n' +
        '--startup-taint     a,b\n',
    );
    await cluster.ok('nodegroup autoscaler --reset --scan-interval=20s');
    expect(await cluster.ok('nodegroup autoscaler')).toContain('--scan-interval   20s     10s\n');
    expect(await cluster.ok('nodegroup autoscaler --all')).toContain('--scale-down-unneeded-time ');
  });

  test.each([
    ['nodegroup add', "error: the group must be named\nSee 'kubectl nodegroup add -h' for help and examples\n"],
    ['nodegroup add Big', /^error: invalid name "Big": /],
    ['nodegroup add a --min 5 --max 2', 'error: max size must be greater or equal to min size\n'],
    ['nodegroup add a --max 2 --initial 3', 'error: --initial must be at most --max, 2\n'],
    ['nodegroup add a --cpu lots', /^error: invalid value "lots" of --cpu: /],
    [
      'nodegroup add a --price cheap',
      'error: invalid value "cheap" of --price: it must be a number, and not negative\n',
    ],
    [
      'nodegroup add a --fail sometimes',
      'error: invalid value "sometimes" of --fail: it must be one of refuse, quota, silent, unready, none\n',
    ],
    [
      'nodegroup add a --scale-down-unneeded-time 5',
      'error: invalid value "5" of --scale-down-unneeded-time: time: missing unit in duration "5"\n',
    ],
    [
      'nodegroup autoscaler --expander=best',
      'error: invalid value "best" of --expander: Expander best not supported\n',
    ],
    [
      'nodegroup autoscaler --expander=price,price',
      'error: invalid value "price,price" of --expander: Expander price was specified multiple times, each expander must not be specified more than once\n',
    ],
    [
      'nodegroup autoscaler --expander=random,price',
      'error: invalid value "random,price" of --expander: Expander price came after an expander random that will always return only one result, this is not allowed since price will never be used\n',
    ],
    [
      'nodegroup autoscaler --cores-total=9',
      'error: invalid value "9" of --cores-total: wrong nodes configuration: 9\n',
    ],
    [
      'nodegroup autoscaler --cores-total=9:3',
      'error: invalid value "9:3" of --cores-total: max size must be greater or equal to min size\n',
    ],
    ['nodegroup delete nosuch', /not found|find the requested resource/],
  ])('%s', async (line, complaint) => {
    const cluster = await autoscaled(0);
    const ran = await cluster.run(line);
    expect(ran.code).toBe(1);
    if (typeof complaint === 'string') expect(ran.err).toBe(complaint);
    else expect(ran.err).toMatch(complaint);
  });
});
