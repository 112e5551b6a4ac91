import type { Json } from '../../../src/apimachinery/json';
import type { KubeObject } from '../../../src/apimachinery/meta';
import { ObjectCache } from '../../../src/sim/cache';
import { backendsOf, usableBackends } from '../../../src/sim/network/backends';
import type { ServiceView } from '../../../src/sim/network/model';
import { Network } from '../../../src/sim/network/network';
import { MemoryStore } from '../../../src/store/memory';

const SLICES = 'discovery.k8s.io/endpointslices';

interface Endpoint {
  ip: string;
  ready?: boolean;
  serving?: boolean;
  terminating?: boolean;
  node?: string;
  zone?: string;
  forZones?: string[];
  forNodes?: string[];
}

function slice(name: string, endpoints: Endpoint[], service = 'web'): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints: endpoints.map(({ ip, node, zone, forZones, forNodes, ...conditions }) => ({
      addresses: [ip],
      conditions,
      ...(node ? { nodeName: node } : {}),
      ...(zone ? { zone } : {}),
      hints: {
        ...(forZones ? { forZones: forZones.map((one) => ({ name: one })) } : {}),
        ...(forNodes ? { forNodes: forNodes.map((one) => ({ name: one })) } : {}),
      },
    })),
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  };
}

function service(name: string, spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', uid: `uid-${name}` },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.9',
      clusterIPs: ['10.96.0.9'],
      ipFamilies: ['IPv4'],
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
      ...spec,
    },
  };
}

async function networkOf(objects: readonly [path: string, object: KubeObject][]) {
  const store = new MemoryStore();
  const cache = new ObjectCache(store);
  const put = async (path: string, object: KubeObject) => {
    const { namespace, name } = object.metadata;
    const key = `/registry/${path}/${namespace ? `${namespace}/` : ''}${name}`;
    await store.commit([{ key, value: object as unknown as Json }]);
    return cache.refresh();
  };
  for (const [path, object] of objects) await put(path, object);
  await cache.refresh();
  return { network: Network.of(cache), put };
}

const web = (network: Network) => network.service('default/web') as ServiceView;
const here = { name: 'n1', zone: 'a' };
const [port] = [
  { name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 0, appProtocol: undefined },
] as const;
const ips = (backends: readonly { ip: string }[]) => backends.map(({ ip }) => ip);

async function usable(endpoints: Endpoint[], spec: Record<string, unknown> = {}) {
  const { network } = await networkOf([
    ['core/services', service('web', spec)],
    [SLICES, slice('web-1', endpoints)],
  ]);
  const view = web(network);
  return usableBackends(view, view.ports[0] ?? port, 'IPv4', here);
}

describe('the network of a cluster', () => {
  test('a service is one view with the endpoints of all its slices', async () => {
    const { network } = await networkOf([
      [
        'core/services',
        service('web', { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } }),
      ],
      [SLICES, slice('web-b', [{ ip: '10.244.0.9', ready: true }])],
      [SLICES, slice('web-a', [{ ip: '10.244.0.10', ready: false, node: 'n1', zone: 'z' }, { ip: '10.244.0.2' }])],
      [SLICES, slice('other', [{ ip: '10.244.0.99' }], 'other')],
    ]);
    const view = web(network);
    expect(view).toMatchObject({ key: 'default/web', clusterIPs: ['10.96.0.9'], affinitySeconds: 60, headless: false });
    expect(view.endpoints).toMatchObject([
      { address: '10.244.0.10', ready: false, serving: false, terminating: false, node: 'n1', zone: 'z' },
      // What a slice leaves out counts as ready.
      { address: '10.244.0.2', ready: true, serving: true },
      { address: '10.244.0.9' },
    ]);
    // Proxies have them in the order of the text that names them.
    expect(backendsOf(view, view.ports[0] ?? port, 'IPv4').map(({ id }) => id)).toEqual([
      '10.244.0.10:8080',
      '10.244.0.2:8080',
      '10.244.0.9:8080',
    ]);
    expect(network.servicesAt('10.96.0.9')).toEqual([view]);
  });

  test('what does not change stays the very same', async () => {
    const { network, put } = await networkOf([
      ['core/services', service('web')],
      ['core/services', service('db')],
      [SLICES, slice('web-1', [{ ip: '10.244.0.2' }])],
      [SLICES, slice('db-1', [{ ip: '10.244.0.3' }], 'db')],
    ]);
    const before = network.services();
    expect(network.services()).toBe(before);
    const changes = await put(SLICES, slice('db-1', [{ ip: '10.244.0.4' }], 'db'));
    expect(changes.flatMap((change) => network.serviceKeysOf(change))).toEqual(['default/db']);
    const after = network.services();
    expect(after.map((view, i) => view === before[i])).toEqual([false, true]);
    expect(ips(backendsOf(after[0] as ServiceView, port, 'IPv4'))).toEqual(['10.244.0.4']);
  });

  test('headless services and external names have no address', async () => {
    const { network } = await networkOf([
      ['core/services', service('web', { clusterIP: 'None', clusterIPs: ['None'] })],
      [
        'core/services',
        service('out', {
          type: 'ExternalName',
          externalName: 'example.com',
          clusterIP: undefined,
          clusterIPs: undefined,
        }),
      ],
    ]);
    expect(web(network)).toMatchObject({ headless: true, clusterIPs: [] });
    expect(network.service('default/out')).toMatchObject({
      headless: false,
      clusterIPs: [],
      externalName: 'example.com',
    });
  });
});

describe('the endpoints that a node may use', () => {
  test.each<[string, Endpoint[], Record<string, unknown>, { cluster?: string[]; local?: string[]; any?: boolean }]>([
    [
      'ready ones',
      [{ ip: '1.1.1.1' }, { ip: '1.1.1.2', ready: false }],
      {},
      { cluster: ['1.1.1.1'], local: [], any: true },
    ],
    [
      'those that still serve while they end, if there is nothing else',
      [
        { ip: '1.1.1.1', ready: false, serving: true, terminating: true },
        { ip: '1.1.1.2', ready: false },
      ],
      {},
      { cluster: ['1.1.1.1'], any: true },
    ],
    ['none: then none anywhere', [{ ip: '1.1.1.1', ready: false }], {}, { cluster: [], any: false }],
    [
      'internal policy Local: its own, and it knows of others',
      [{ ip: '1.1.1.1', node: 'n2' }],
      { internalTrafficPolicy: 'Local' },
      { cluster: [], local: [], any: true },
    ],
    [
      'external policy Local: both lists',
      [
        { ip: '1.1.1.1', node: 'n1' },
        { ip: '1.1.1.2', node: 'n2' },
      ],
      { type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ ...port, nodePort: 30000 }] },
      { cluster: ['1.1.1.1', '1.1.1.2'], local: ['1.1.1.1'] },
    ],
    [
      'external policy Local without a way in from outside: all the same',
      [
        { ip: '1.1.1.1', node: 'n1' },
        { ip: '1.1.1.2', node: 'n2' },
      ],
      { type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
      { cluster: ['1.1.1.1', '1.1.1.2'], local: [] },
    ],
    [
      'hints for this zone, if all have one',
      [
        { ip: '1.1.1.1', forZones: ['a'] },
        { ip: '1.1.1.2', forZones: ['b'] },
      ],
      {},
      { cluster: ['1.1.1.1'] },
    ],
    [
      'hints count for nothing where one has none',
      [{ ip: '1.1.1.1', forZones: ['a'] }, { ip: '1.1.1.2' }],
      {},
      { cluster: ['1.1.1.1', '1.1.1.2'] },
    ],
    [
      'hints for this node come first',
      [
        { ip: '1.1.1.1', forZones: ['a'], forNodes: ['n2'] },
        { ip: '1.1.1.2', forZones: ['a'], forNodes: ['n1'] },
      ],
      {},
      { cluster: ['1.1.1.2'] },
    ],
    [
      'where no endpoint is meant for the zone, all of them',
      [
        { ip: '1.1.1.1', forZones: ['c'] },
        { ip: '1.1.1.2', forZones: ['b'] },
      ],
      {},
      { cluster: ['1.1.1.1', '1.1.1.2'] },
    ],
  ])('%s', async (_, endpoints, spec, expected) => {
    const { cluster, local, any } = await usable(endpoints, spec);
    expect({ cluster: ips(cluster), local: ips(local), any }).toMatchObject(expected);
  });
});
