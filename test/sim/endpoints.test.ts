import type { Json } from '../../src/apimachinery/json';
import type { KubeObject } from '../../src/apimachinery/meta';
import endpoints from '../../src/sim/controllers/endpoint/controller';
import { repackSubsets } from '../../src/sim/controllers/endpoint/subsets';
import endpointSlices from '../../src/sim/controllers/endpointslice/controller';
import mirroring from '../../src/sim/controllers/endpointslicemirroring/controller';
import { type ClusterUnderTest, clusterWith, core, SLICES } from './cluster-under-test';

const ENDPOINTS = core('endpoints');

/** Puts an object where controllers see it, whatever the API server makes of its kind. */
async function put({ store }: ClusterUnderTest, resource: string, object: KubeObject): Promise<void> {
  const { namespace, name } = object.metadata;
  const key = `/registry/core/${resource}/${namespace ? `${namespace}/` : ''}${name}`;
  await store.commit([{ key, value: object as unknown as Json }]);
}

async function drop({ store }: ClusterUnderTest, key: string): Promise<void> {
  await store.commit([{ key: `/registry/core/${key}`, value: undefined }]);
}

interface PodOptions {
  ready?: boolean;
  ip?: string | null;
  ips?: string[];
  phase?: string;
  deleted?: boolean;
  node?: string;
  labels?: Record<string, string>;
  ports?: { name: string; containerPort: number; protocol?: string }[];
  hostname?: string;
  subdomain?: string;
}

let addresses = 0;
function pod(name: string, options: PodOptions = {}): KubeObject {
  const {
    ready = true,
    phase = 'Running',
    labels = { app: 'web' },
    node = 'n1',
    ports = [],
    hostname,
    subdomain,
  } = options;
  const ip = options.ip === undefined ? `10.244.0.${++addresses}` : options.ip;
  const ips = options.ips ?? (ip ? [ip] : []);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      labels,
      ...(options.deleted ? { deletionTimestamp: '2026-01-01T00:00:30Z' } : {}),
    },
    spec: {
      nodeName: node,
      containers: [{ name: 'c', image: 'i', ports }],
      ...(hostname ? { hostname } : {}),
      ...(subdomain ? { subdomain } : {}),
    },
    status: {
      phase,
      ...(ips[0] ? { podIP: ips[0], podIPs: ips.map((one) => ({ ip: one })) } : {}),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    },
  };
}

function service(spec: Record<string, unknown> = {}, metadata: Partial<KubeObject['metadata']> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'uid-web',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec: {
      selector: { app: 'web' },
      clusterIP: '10.96.0.9',
      ipFamilies: ['IPv4'],
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
      ...spec,
    },
  };
}

function node(name: string, zone?: string): KubeObject {
  const labels = zone ? { labels: { 'topology.kubernetes.io/zone': zone } } : {};
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, uid: `uid-${name}`, ...labels } };
}

async function withService(spec?: Record<string, unknown>, pods: KubeObject[] = []) {
  const cluster = await clusterWith([endpoints, endpointSlices, mirroring]);
  await put(cluster, 'nodes', node('n1', 'zone-a'));
  await put(cluster, 'services', service(spec));
  for (const one of pods) await put(cluster, 'pods', one);
  return cluster;
}

const subsetsOf = async ({ client }: ClusterUnderTest) => (await client.get(ENDPOINTS, 'default', 'web'))['subsets'];
async function slicesOf({ client }: ClusterUnderTest) {
  return (await client.list(SLICES, 'default')).items;
}
async function endpointsOf(cluster: ClusterUnderTest) {
  return (await slicesOf(cluster)).flatMap((slice) => slice['endpoints'] ?? []);
}
const nameOf = (one: { targetRef: { name: string } }) => one.targetRef.name;

describe('the endpoints of a service', () => {
  test('are its ready pods; those that are not ready stand apart', async () => {
    const cluster = await withService({}, [
      pod('a', { ip: '10.244.0.1' }),
      pod('b', { ip: '10.244.0.2', ready: false }),
      pod('c', { ip: '10.244.0.3' }),
    ]);
    expect(await cluster.tick({ settle: true })).toMatchObject({ reached: true, failures: [] });
    const target = (name: string) => ({ kind: 'Pod', namespace: 'default', name, uid: `uid-${name}` });
    expect(await subsetsOf(cluster)).toEqual([
      {
        addresses: [
          { ip: '10.244.0.1', nodeName: 'n1', targetRef: target('a') },
          { ip: '10.244.0.3', nodeName: 'n1', targetRef: target('c') },
        ],
        notReadyAddresses: [{ ip: '10.244.0.2', nodeName: 'n1', targetRef: target('b') }],
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    ]);
    const [slice, ...others] = await slicesOf(cluster);
    expect(others).toEqual([]);
    expect(slice).toMatchObject({
      addressType: 'IPv4',
      metadata: {
        generateName: 'web-',
        labels: {
          'kubernetes.io/service-name': 'web',
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
        ownerReferences: [{ kind: 'Service', name: 'web', uid: 'uid-web', controller: true, blockOwnerDeletion: true }],
      },
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    });
    expect(slice?.['endpoints'][1]).toEqual({
      addresses: ['10.244.0.2'],
      conditions: { ready: false, serving: false, terminating: false },
      nodeName: 'n1',
      targetRef: target('b'),
      zone: 'zone-a',
    });
  });

  const cases: [
    string,
    Record<string, unknown>,
    KubeObject,
    { endpoints: boolean | 'notReady'; slice: object | undefined },
  ][] = [
    ['a pod without an address', {}, pod('p', { ip: null }), { endpoints: false, slice: undefined }],
    ['a pod that has ended', {}, pod('p', { phase: 'Succeeded' }), { endpoints: false, slice: undefined }],
    ['a pod of other labels', {}, pod('p', { labels: { app: 'db' } }), { endpoints: false, slice: undefined }],
    [
      'a terminating pod',
      {},
      pod('p', { deleted: true }),
      { endpoints: false, slice: { ready: false, serving: true, terminating: true } },
    ],
    [
      'a pod that is not ready, published all the same',
      { publishNotReadyAddresses: true },
      pod('p', { ready: false }),
      { endpoints: true, slice: { ready: true, serving: false, terminating: false } },
    ],
    [
      'a pod without the named port',
      { ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }] },
      pod('p'),
      { endpoints: false, slice: { ready: true, serving: true, terminating: false } },
    ],
    [
      'a pod with the named port',
      { ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }] },
      pod('p', { ports: [{ name: 'web', containerPort: 9090, protocol: 'TCP' }] }),
      { endpoints: true, slice: { ready: true, serving: true, terminating: false } },
    ],
    ['a pod of the other family', {}, pod('p', { ips: ['fd00::1'] }), { endpoints: false, slice: undefined }],
  ];
  test.each(cases)('%s', async (_, spec, thePod, expected) => {
    const cluster = await withService(spec, [thePod]);
    await cluster.tick({ settle: true });
    const subsets = (await subsetsOf(cluster)) ?? [];
    expect(subsets.flatMap((subset: { addresses?: unknown[] }) => subset.addresses ?? []).length > 0).toBe(
      expected.endpoints,
    );
    const found = await endpointsOf(cluster);
    expect(found.map((one) => one.conditions)).toEqual(expected.slice ? [expected.slice] : []);
  });

  test('follow their pods', async () => {
    const cluster = await withService({}, [pod('a', { ip: '10.244.0.1' })]);
    await cluster.tick({ settle: true });
    await put(cluster, 'pods', pod('a', { ip: '10.244.0.1', ready: false }));
    await put(cluster, 'pods', pod('b', { ip: '10.244.0.2' }));
    await cluster.tick({ settle: true });
    expect((await subsetsOf(cluster))[0]).toMatchObject({
      addresses: [{ ip: '10.244.0.2' }],
      notReadyAddresses: [{ ip: '10.244.0.1' }],
    });
    await put(cluster, 'pods', pod('b', { ip: '10.244.0.2', labels: { app: 'other' } }));
    await drop(cluster, 'pods/default/a');
    await cluster.tick({ settle: true });
    expect((await subsetsOf(cluster)) ?? []).toEqual([]);
    // A service has a slice even when nothing stands behind it.
    expect(await slicesOf(cluster)).toHaveLength(1);
    expect(await endpointsOf(cluster)).toEqual([]);
  });

  test('are told when they have not changed by nothing', async () => {
    const cluster = await withService({}, [pod('a')]);
    await cluster.tick({ settle: true });
    const before = await cluster.dump();
    await (await cluster.restart()).tick({ settle: true });
    expect(await cluster.dump()).toBe(before);
  });

  test('have the hostname of pods that ask for one under this service', async () => {
    const cluster = await withService({ clusterIP: 'None' }, [
      pod('a', { hostname: 'db-0', subdomain: 'web' }),
      pod('b', { hostname: 'db-1', subdomain: 'elsewhere' }),
    ]);
    await cluster.tick({ settle: true });
    expect((await endpointsOf(cluster)).map(({ hostname }) => hostname)).toEqual(['db-0', undefined]);
    const [slice] = await slicesOf(cluster);
    expect(slice?.metadata.labels).toHaveProperty(['service.kubernetes.io/headless'], '');
  });

  test('are a hundred to a slice, and stay where they are', async () => {
    const many = Array.from({ length: 120 }, (_, i) => pod(`p${String(i).padStart(3, '0')}`));
    const cluster = await withService({}, many);
    await cluster.tick({ settle: true });
    const sizes = async () => (await slicesOf(cluster)).map((slice) => slice['endpoints'].length).sort();
    expect(await sizes()).toEqual([100, 20]);
    const before = new Map<string, string>();
    for (const slice of await slicesOf(cluster))
      for (const one of slice['endpoints']) before.set(nameOf(one), slice.metadata.name as string);
    for (const gone of ['p003', 'p110']) await drop(cluster, `pods/default/${gone}`);
    await put(cluster, 'pods', pod('p500'));
    await cluster.tick({ settle: true });
    expect((await sizes()).reduce((a, b) => a + b)).toBe(119);
    for (const slice of await slicesOf(cluster))
      for (const one of slice['endpoints'])
        if (nameOf(one) !== 'p500') expect(before.get(nameOf(one))).toBe(slice.metadata.name);
  });

  test('pods that offer different ports are in different subsets and slices', async () => {
    const cluster = await withService({ ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }] }, [
      pod('a', { ports: [{ name: 'web', containerPort: 1 }] }),
      pod('b', { ports: [{ name: 'web', containerPort: 2 }] }),
    ]);
    await cluster.tick({ settle: true });
    expect((await subsetsOf(cluster)).map(({ ports }: { ports: { port: number }[] }) => ports[0]?.port)).toEqual([
      1, 2,
    ]);
    expect((await slicesOf(cluster)).map((slice) => slice['ports'][0].port).sort()).toEqual([1, 2]);
  });

  test('know the zone of their node, and hints where the service asks for them', async () => {
    const cluster = await withService({ trafficDistribution: 'PreferSameZone' }, [
      pod('a'),
      pod('b', { ready: false }),
    ]);
    await cluster.tick({ settle: true });
    expect((await endpointsOf(cluster)).map(({ hints }) => hints)).toEqual([
      { forZones: [{ name: 'zone-a' }] },
      undefined,
    ]);
    await put(cluster, 'services', service({ trafficDistribution: 'PreferSameNode' }));
    await put(cluster, 'nodes', node('n1', 'zone-b'));
    await cluster.tick({ settle: true });
    expect((await endpointsOf(cluster))[0]).toMatchObject({
      zone: 'zone-b',
      hints: { forZones: [{ name: 'zone-b' }], forNodes: [{ name: 'n1' }] },
    });
    await put(cluster, 'services', service());
    await cluster.tick({ settle: true });
    expect((await endpointsOf(cluster)).map(({ hints }) => hints)).toEqual([undefined, undefined]);
  });

  describe('with topology-mode Auto', () => {
    const AUTO = { annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } };

    function sized(name: string, zone: string, cpu: string): KubeObject {
      const conditions = [{ type: 'Ready', status: 'True' }];
      return { ...node(name, zone), spec: {}, status: { allocatable: { cpu }, conditions } } as KubeObject;
    }
    async function withZones(cpus: Record<string, string>, pods: Record<string, number>) {
      const cluster = await clusterWith([endpointSlices]);
      for (const [zone, cpu] of Object.entries(cpus)) await put(cluster, 'nodes', sized(`n-${zone}`, zone, cpu));
      await put(cluster, 'services', service({}, AUTO));
      for (const [zone, count] of Object.entries(pods))
        for (let i = 0; i < count; i++) await put(cluster, 'pods', pod(`${zone}${i}`, { node: `n-${zone}` }));
      await cluster.tick({ settle: true });
      return cluster;
    }
    const hintsOf = async (cluster: ClusterUnderTest) =>
      (await endpointsOf(cluster)).map(({ zone, hints }) => `${zone}→${hints?.forZones?.[0].name ?? ''}`).sort();
    const said = async ({ client }: ClusterUnderTest) =>
      (await client.list(core('events'), 'default')).items.map((event) => `${event['reason']}: ${event['message']}`);

    test('each zone keeps to its own endpoints where these are what its CPU asks for', async () => {
      const cluster = await withZones({ a: '4', b: '4' }, { a: 2, b: 2 });
      expect(await hintsOf(cluster)).toEqual(['a→a', 'a→a', 'b→b', 'b→b']);
      expect(await said(cluster)).toEqual([
        'TopologyAwareHintsEnabled: Topology Aware Hints has been enabled, addressType: IPv4',
      ]);
      // Settled: nothing more is written or said.
      expect(await cluster.restart().then((again) => again.tick({ settle: true }))).toMatchObject({ actions: [] });
    });

    test('a zone with more than its share gives to one with less', async () => {
      expect(await hintsOf(await withZones({ a: '4', b: '4' }, { a: 4, b: 0 }))).toEqual(['a→a', 'a→a', 'a→b', 'a→b']);
      expect(await hintsOf(await withZones({ a: '2', b: '6' }, { a: 2, b: 2 }))).toEqual(['a→a', 'a→b', 'b→b', 'b→b']);
    });

    test.each<[string, Record<string, string>, Record<string, number>, string]>([
      [
        'one zone',
        { a: '4' },
        { a: 4 },
        'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes',
      ],
      [
        'too few endpoints',
        { a: '4', b: '4', c: '4' },
        { a: 1, b: 1 },
        'Insufficient number of endpoints (2 endpoints, 3 zones)',
      ],
      [
        'too uneven',
        { a: '1', b: '9' },
        { a: 1, b: 1 },
        'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (2 endpoints, 2 zones)',
      ],
    ])('no hints: %s', async (_, cpus, pods, message) => {
      const cluster = await withZones(cpus, pods);
      expect((await hintsOf(cluster)).every((hint) => hint.endsWith('→'))).toBe(true);
      expect((await said(cluster)).at(-1)).toBe(`TopologyAwareHintsDisabled: ${message}, addressType: IPv4`);
    });

    test('a node that is lost takes the hints of all zones along', async () => {
      const cluster = await withZones({ a: '4', b: '4' }, { a: 2, b: 2 });
      await put(cluster, 'nodes', {
        ...sized('n-b', 'b', '4'),
        status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'Unknown' }] },
      } as KubeObject);
      await cluster.tick({ settle: true });
      expect(await hintsOf(cluster)).toEqual(['a→', 'a→', 'b→', 'b→']);
    });
  });

  test('wait for the node of a pod', async () => {
    const cluster = await withService({}, [pod('a', { node: 'n2' })]);
    await cluster.tick({ settle: true });
    expect(await endpointsOf(cluster)).toEqual([]);
    await put(cluster, 'nodes', node('n2'));
    await cluster.tick({ settle: true });
    expect((await endpointsOf(cluster)).map(nameOf)).toEqual(['a']);
  });

  test('go with the service; those made by hand may wait for theirs', async () => {
    const cluster = await withService({}, [pod('a')]);
    await cluster.client.create(ENDPOINTS, 'default', byHand('alone'));
    await cluster.tick({ settle: true });
    await drop(cluster, 'services/default/web');
    await cluster.tick({ settle: true });
    const { items } = await cluster.client.list(ENDPOINTS, 'default');
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['alone']);
  });
});

function byHand(name: string, metadata: Partial<KubeObject['metadata']> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace: 'default', ...metadata },
    subsets: [
      {
        addresses: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }],
        notReadyAddresses: [{ ip: '192.0.2.2' }],
        ports: [{ name: 'db', port: 5432, protocol: 'TCP' }],
      },
    ],
  };
}

describe('endpoints made by hand', () => {
  const noSelector = { selector: undefined };

  test('are mirrored for a service without a selector, a slice for each family', async () => {
    const cluster = await withService(noSelector);
    const made = await cluster.client.create(ENDPOINTS, 'default', byHand('web', { labels: { a: 'b' } }));
    await cluster.tick({ settle: true });
    const slices = await slicesOf(cluster);
    expect(
      slices
        .map(({ addressType, endpoints: list }) => [
          addressType,
          list.map((one: { addresses: string[]; conditions: { ready: boolean } }) => [
            one.addresses[0],
            one.conditions.ready,
          ]),
        ])
        .sort(),
    ).toEqual([
      [
        'IPv4',
        [
          ['192.0.2.1', true],
          ['192.0.2.2', false],
        ],
      ],
      ['IPv6', [['2001:db8::1', true]]],
    ]);
    expect(slices[0]?.metadata).toMatchObject({
      labels: {
        a: 'b',
        'kubernetes.io/service-name': 'web',
        'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
      },
      ownerReferences: [
        { kind: 'Endpoints', name: 'web', uid: made.metadata.uid, controller: true, blockOwnerDeletion: true },
      ],
    });
  });

  test('are not mirrored with the label that says so, and no longer when the service gets a selector', async () => {
    const cluster = await withService(noSelector);
    await cluster.client.create(ENDPOINTS, 'default', byHand('web'));
    await cluster.tick({ settle: true });
    expect(await slicesOf(cluster)).toHaveLength(2);
    await cluster.client.patch(ENDPOINTS, 'default', 'web', 'merge', {
      metadata: { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    });
    await cluster.tick({ settle: true });
    expect(await slicesOf(cluster)).toEqual([]);
  });

  test('change, and their slices with them', async () => {
    const cluster = await withService(noSelector);
    await cluster.client.create(ENDPOINTS, 'default', byHand('web'));
    await cluster.tick({ settle: true });
    const before = (await slicesOf(cluster)).map(({ metadata }) => metadata.name);
    await cluster.client.patch(ENDPOINTS, 'default', 'web', 'merge', {
      subsets: [{ addresses: [{ ip: '192.0.2.9' }], ports: [{ name: 'db', port: 1, protocol: 'TCP' }] }],
    });
    await cluster.tick({ settle: true });
    const after = await slicesOf(cluster);
    expect(after.map(({ endpoints: list, ports }) => [list[0].addresses, ports[0].port])).toEqual([[['192.0.2.9'], 1]]);
    expect(before).toContain(after[0]?.metadata.name);
  });
});

describe('repackSubsets', () => {
  const http = { name: 'http', port: 80, protocol: 'TCP' };
  const metrics = { name: 'metrics', port: 9100, protocol: 'TCP' };

  test('joins ports that the same addresses offer, and sorts', () => {
    const packed = repackSubsets([
      { addresses: [{ ip: '10.0.0.2' }], ports: [http] },
      { addresses: [{ ip: '10.0.0.1' }], ports: [http] },
      { addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }], ports: [metrics] },
    ]);
    expect(packed).toHaveLength(1);
    expect(packed[0]?.addresses).toEqual([{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }]);
    expect(packed[0]?.ports?.map(({ name }) => name).sort()).toEqual(['http', 'metrics']);
  });

  test('what is not ready for a port once is not ready', () => {
    expect(
      repackSubsets([
        { addresses: [{ ip: '10.0.0.1' }], ports: [http] },
        { notReadyAddresses: [{ ip: '10.0.0.1' }], ports: [http] },
      ]),
    ).toEqual([{ notReadyAddresses: [{ ip: '10.0.0.1' }], ports: [http] }]);
  });

  test('keeps addresses without ports', () => {
    expect(repackSubsets([{ addresses: [{ ip: '10.0.0.1' }] }])).toEqual([{ addresses: [{ ip: '10.0.0.1' }] }]);
  });

  test('is the same when done twice', () => {
    const once = repackSubsets([
      { addresses: [{ ip: '10.0.0.2' }, { ip: '10.0.0.1' }], ports: [metrics, http] },
      { notReadyAddresses: [{ ip: '10.0.0.3' }], ports: [http] },
    ]);
    expect(repackSubsets(once)).toEqual(once);
  });
});
