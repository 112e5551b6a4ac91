import type { KubeObject } from '../../src/apimachinery/meta';
import { Client } from '../../src/client/client';
import { initialiseCluster } from '../../src/cluster/bootstrap';
import { createCluster, NoClusterError } from '../../src/cluster/cluster';
import { nodeAddress } from '../../src/sim/kubelet/registration';
import { MemoryStore } from '../../src/store/memory';
import { ConflictError } from '../../src/store/store';
import { core, names, namespace } from './cluster-under-test';

async function cluster(options: Parameters<typeof initialiseCluster>[1] = {}) {
  const store = new MemoryStore();
  await initialiseCluster(store, options);
  const transport = await createCluster(store);
  return { store, transport, client: new Client(transport, { userAgent: 'kubectl' }) };
}

const dump = async (store: MemoryStore) => JSON.stringify((await store.range('/')).entries);

describe('a new cluster', () => {
  test('has what a control plane makes, in one commit', async () => {
    const { store, client } = await cluster();
    expect(await store.revision()).toBe(1);
    expect(await names(client, core('namespaces'), '')).toEqual([
      'default',
      'kube-node-lease',
      'kube-public',
      'kube-system',
    ]);
    expect(await names(client, core('services'), '')).toEqual(['kubernetes']);
    expect(await names(client, core('nodes'), '')).toEqual(['node-1', 'node-2', 'node-3']);
    expect(await names(client, core('serviceaccounts'), '')).toEqual(['default', 'default', 'default', 'default']);
    expect(await names(client, core('configmaps'), 'default')).toEqual(['kube-root-ca.crt']);
    const service = await client.get(core('services'), 'default', 'kubernetes');
    expect(service).toMatchObject({
      spec: { clusterIP: '10.96.0.1', type: 'ClusterIP', ports: [{ port: 443, targetPort: 6443 }] },
    });
    const classes = await client.list({ group: 'scheduling.k8s.io', version: 'v1', resource: 'priorityclasses' });
    expect(classes.items.map(({ metadata, value }) => [metadata.name, value])).toEqual([
      ['system-cluster-critical', 2000000000],
      ['system-node-critical', 2000001000],
    ]);
  });

  test('has nodes as they were asked for', async () => {
    const { client } = await cluster({ nodes: 2, nodeCpu: '8', nodeMemory: '32Gi' });
    const node = await client.get(core('nodes'), '', 'node-2');
    expect(node).toMatchObject({
      metadata: {
        labels: { 'kubernetes.io/hostname': 'node-2', 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
      },
      spec: { podCIDR: '10.244.1.0/24', podCIDRs: ['10.244.1.0/24'] },
    });
  });

  test('is all alike for one seed, and not for another', async () => {
    const [a, b, other] = await Promise.all([cluster({ seed: 7 }), cluster({ seed: 7 }), cluster({ seed: 8 })]);
    expect(await dump(a.store)).toBe(await dump(b.store));
    expect(await dump(a.store)).not.toBe(await dump(other.store));
  });

  test('begins when it is told to', async () => {
    const { client } = await cluster({ startTime: Date.parse('2027-05-01T12:00:00Z') });
    expect(await client.request({ method: 'GET', path: '/kubetick/clock' })).toEqual({ now: '2027-05-01T12:00:00Z' });
    expect((await client.get(core('namespaces'), '', 'default')).metadata.creationTimestamp).toBe(
      '2027-05-01T12:00:00Z',
    );
  });

  test('is at rest, and may have no node', async () => {
    for (const nodes of [0, 3]) {
      const { client } = await cluster({ nodes });
      const report = await client.request({ method: 'POST', path: '/kubetick/tick', body: { settle: true } });
      expect(report).toMatchObject({ reached: true, steps: 1, actions: [], failures: [] });
    }
  });

  test('is not made where there is one', async () => {
    const { store } = await cluster();
    const before = await dump(store);
    await expect(initialiseCluster(store)).rejects.toBeInstanceOf(ConflictError);
    expect(await dump(store)).toBe(before);
    await expect(createCluster(new MemoryStore())).rejects.toBeInstanceOf(NoClusterError);
  });

  test('that a newer program made is not opened', async () => {
    const store = new MemoryStore();
    await store.commit([
      { key: '/kubetick/cluster', value: { layout: 99, seed: 0, startTime: '2026-01-01T00:00:00Z' } },
    ]);
    await expect(createCluster(store)).rejects.toThrow('newer kubetick');
  });

  test('addresses of nodes do not run out at 255', () => {
    expect([nodeAddress(1), nodeAddress(253), nodeAddress(254), nodeAddress(70_000)]).toEqual([
      '172.18.0.3',
      '172.18.0.255',
      '172.18.1.0',
      '172.19.17.114',
    ]);
  });
});

test('a pod can be made in a namespace that is as new as itself', async () => {
  const { client } = await cluster({ nodes: 0 });
  await client.create(core('namespaces'), '', namespace('team'));
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  };
  expect((await client.create(core('pods'), 'team', pod))['spec'].serviceAccountName).toBe('default');
  expect(await names(client, core('serviceaccounts'), 'team')).toEqual(['default']);
  const other = { ...pod, spec: { ...pod.spec, serviceAccountName: 'other' } };
  await expect(client.create(core('pods'), 'team', { ...other, metadata: { name: 'q' } })).rejects.toThrow(
    'error looking up service account team/other: serviceaccount "other" not found',
  );
});

describe("the cluster's own paths", () => {
  test('status counts what there is', async () => {
    const { client } = await cluster({ seed: 'abc' });
    expect(await client.request({ method: 'GET', path: '/kubetick/status' })).toMatchObject({
      now: '2026-01-01T00:00:00Z',
      startTime: '2026-01-01T00:00:00Z',
      seed: 'abc',
      driver: 'memory',
      counts: { nodes: 3, namespaces: 4, 'priorityclasses.scheduling.k8s.io': 2 },
    });
  });

  test.each([
    [{ advance: -1 }, 'advance must be a number of milliseconds'],
    [{ advance: 'x' }, 'advance must be a number of milliseconds'],
    [{ advance: 1, settle: true }, 'a tick takes one of advance, settle, next and until'],
    [{ faster: true }, 'unknown field "faster" of a tick'],
    [{ until: { name: 'web' } }, 'until.resource must be a string'],
    [[], 'the body of a tick must be an object'],
  ])('a tick of %j is refused', async (body, message) => {
    const { client } = await cluster({ nodes: 0 });
    await expect(client.request({ method: 'POST', path: '/kubetick/tick', body: body as never })).rejects.toMatchObject(
      {
        code: 400,
        message,
      },
    );
  });

  test('what is not there is not found', async () => {
    const { client } = await cluster({ nodes: 0 });
    await expect(client.request({ method: 'GET', path: '/kubetick/tick' })).rejects.toMatchObject({ code: 404 });
  });

  test('a tick can be watched: its steps, and the report last', async () => {
    const { client } = await cluster({ nodes: 0 });
    // A node without addresses for its pods gets some.
    await client.create(core('nodes'), '', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
    const response = await client.send({
      method: 'POST',
      path: '/kubetick/tick',
      query: { watch: 'true' },
      body: { advance: 5000 },
    });
    const kinds: string[] = [];
    for await (const { type, object } of response.events ?? [])
      kinds.push(`${type} ${(object as { kind: string }).kind}`);
    expect(kinds.at(-1)).toBe('ADDED Tick');
    expect(kinds.slice(0, -1)).toContain('MODIFIED Step');
  });
});
