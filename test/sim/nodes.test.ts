import type { Json } from '../../src/apimachinery/json';
import type { KubeObject } from '../../src/apimachinery/meta';
import nodeIpam from '../../src/sim/controllers/node-ipam/controller';
import nodeLifecycle from '../../src/sim/controllers/node-lifecycle/controller';
import { type ClusterUnderTest, clusterWith, core } from './cluster-under-test';

const NODES = core('nodes');

async function put({ store }: ClusterUnderTest, name: string, parts: Partial<KubeObject>): Promise<void> {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name }, ...parts };
  await store.commit([{ key: `/registry/core/nodes/${name}`, value: node as unknown as Json }]);
}

const ready = (status: string) => ({ conditions: [{ type: 'Ready', status }] });

describe('the taints of a node', () => {
  const table: [string, Partial<KubeObject>, string[]][] = [
    ['a healthy node has none', { status: ready('True') }, []],
    [
      'not ready',
      { status: ready('False') },
      ['node.kubernetes.io/not-ready:NoSchedule', 'node.kubernetes.io/not-ready:NoExecute'],
    ],
    [
      'unreachable',
      { status: ready('Unknown') },
      ['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute'],
    ],
    [
      'under pressure',
      {
        status: {
          conditions: [
            { type: 'MemoryPressure', status: 'True' },
            { type: 'DiskPressure', status: 'False' },
            { type: 'PIDPressure', status: 'True' },
            { type: 'NetworkUnavailable', status: 'True' },
            { type: 'Ready', status: 'True' },
          ],
        },
      },
      [
        'node.kubernetes.io/memory-pressure:NoSchedule',
        'node.kubernetes.io/pid-pressure:NoSchedule',
        'node.kubernetes.io/network-unavailable:NoSchedule',
      ],
    ],
    [
      'cordoned',
      { spec: { unschedulable: true }, status: ready('True') },
      ['node.kubernetes.io/unschedulable:NoSchedule'],
    ],
    [
      "somebody's own stay",
      { spec: { taints: [{ key: 'dedicated', value: 'x', effect: 'NoSchedule' }] }, status: ready('False') },
      ['dedicated:NoSchedule', 'node.kubernetes.io/not-ready:NoSchedule', 'node.kubernetes.io/not-ready:NoExecute'],
    ],
    [
      'what no longer holds goes',
      {
        spec: {
          taints: [
            { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
            { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' },
            { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
            { key: 'node.kubernetes.io/not-ready', effect: 'PreferNoSchedule' },
          ],
        },
        status: ready('True'),
      },
      ['node.kubernetes.io/not-ready:PreferNoSchedule'],
    ],
  ];
  test.each(table)('%s', async (_, parts, expected) => {
    const cluster = await clusterWith([nodeLifecycle]);
    // Where nothing is ready, nobody loses their pods.
    await put(cluster, 'other', { status: ready('True') });
    await put(cluster, 'n', parts);
    expect(await cluster.tick({ settle: true })).toMatchObject({ reached: true, failures: [] });
    const node = await cluster.client.get(NODES, '', 'n');
    const taints: { key: string; effect: string }[] = node['spec']?.taints ?? [];
    expect(taints.map(({ key, effect }) => `${key}:${effect}`)).toEqual(expected);
  });
});

describe('blocks of addresses', () => {
  const blocks = async ({ client }: ClusterUnderTest) =>
    Object.fromEntries((await client.list(NODES)).items.map((node) => [node.metadata.name, node['spec']?.podCIDR]));

  test('go to nodes that have none, the lowest free one first', async () => {
    const cluster = await clusterWith([nodeIpam]);
    await put(cluster, 'b', { spec: { podCIDR: '10.244.1.0/24', podCIDRs: ['10.244.1.0/24'] } });
    for (const name of ['a', 'c', 'd']) await put(cluster, name, {});
    expect(await cluster.tick({ settle: true })).toMatchObject({ reached: true, failures: [] });
    expect(await blocks(cluster)).toEqual({
      a: '10.244.0.0/24',
      b: '10.244.1.0/24',
      c: '10.244.2.0/24',
      d: '10.244.3.0/24',
    });
    await cluster.client.delete(NODES, '', 'b');
    await put(cluster, 'e', {});
    await cluster.tick({ settle: true });
    expect((await blocks(cluster))['e']).toBe('10.244.1.0/24');
  });

  test('run out', async () => {
    const cluster = await clusterWith([nodeIpam], { settings: { clusterCIDR: '10.244.0.0/23' } });
    for (const name of ['a', 'b', 'c']) await put(cluster, name, {});
    await cluster.tick({ settle: true });
    expect(await blocks(cluster)).toEqual({ a: '10.244.0.0/24', b: '10.244.1.0/24', c: undefined });
    const { items } = await cluster.client.list(core('events'), 'default');
    expect(items.map(({ message }) => message)).toEqual(['Node c status is now: CIDRNotAvailable']);
  });
});
