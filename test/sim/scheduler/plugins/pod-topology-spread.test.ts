/** PodTopologySpread: which nodes would be too many, and which are the emptiest. */
import type { KubeObject } from '../../../../src/apimachinery/meta';
import { filtered, node, pod, scored, withArgs } from '../small-cluster';

const OUT = "node(s) didn't match pod topology spread constraints";
const NO_LABEL = "node(s) didn't match pod topology spread constraints (missing required label) !";
const WEB = { app: 'web' };
const HOSTNAME = 'kubernetes.io/hostname';

const constraint = (more: object = {}) => ({
  maxSkew: 1,
  topologyKey: 'zone',
  whenUnsatisfiable: 'DoNotSchedule',
  labelSelector: { matchLabels: WEB },
  ...more,
});
const spreading = (...constraints: object[]) => ({ labels: WEB, spec: { topologySpreadConstraints: constraints } });
const web = (on: string, count = 1, more: object = {}) =>
  Array.from({ length: count }, (_, i) => pod(`${on}-${i}-${JSON.stringify(more)}`, { on, labels: WEB, ...more }));

/** Zone a: a1, a2; zone b: b1. */
const nodes = [
  node('a1', { labels: { zone: 'a' } }),
  node('a2', { labels: { zone: 'a' } }),
  node('b1', { labels: { zone: 'b' } }),
];

describe('filter', () => {
  test.each([
    ['nothing there yet', [constraint()], [], ['ok', 'ok', 'ok']],
    ['one in a: only b', [constraint()], web('a1'), [OUT, OUT, 'ok']],
    ['one in each', [constraint()], [...web('a1'), ...web('b1')], ['ok', 'ok', 'ok']],
    ['a skew of two is allowed', [constraint({ maxSkew: 2 })], web('a1'), ['ok', 'ok', 'ok']],
    ['but not of three', [constraint({ maxSkew: 2 })], web('a1', 2), [OUT, OUT, 'ok']],
    ['by host', [constraint({ topologyKey: HOSTNAME })], web('a1'), [OUT, 'ok', 'ok']],
    [
      'by zone and by host',
      [constraint(), constraint({ topologyKey: HOSTNAME })],
      [...web('a1'), ...web('b1')],
      [OUT, 'ok', OUT],
    ],
    [
      'pods of other labels do not count',
      [constraint()],
      [pod('x', { on: 'a1', labels: { app: 'db' } })],
      ['ok', 'ok', 'ok'],
    ],
    ['pods of other namespaces do not count', [constraint()], web('a1', 1, { namespace: 'other' }), ['ok', 'ok', 'ok']],
    [
      'pods that are going do not count',
      [constraint()],
      web('a1', 1, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      ['ok', 'ok', 'ok'],
    ],
    [
      'ScheduleAnyway rules nobody out',
      [constraint({ whenUnsatisfiable: 'ScheduleAnyway' })],
      web('a1', 5),
      ['ok', 'ok', 'ok'],
    ],
    [
      'an empty selector counts nobody, not even itself',
      [constraint({ labelSelector: {} })],
      web('a1', 5),
      ['ok', 'ok', 'ok'],
    ],
    [
      'three domains wanted, two there: the least is 0',
      [constraint({ minDomains: 3 })],
      [...web('a1'), ...web('b1')],
      [OUT, OUT, OUT],
    ],
    ['two wanted, two there', [constraint({ minDomains: 2 })], [...web('a1'), ...web('b1')], ['ok', 'ok', 'ok']],
    ['three wanted, nothing there yet', [constraint({ minDomains: 3 })], [], ['ok', 'ok', 'ok']],
    ['two in a, three in b', [constraint()], [...web('a1'), ...web('a2'), ...web('b1', 3)], ['ok', 'ok', OUT]],
  ])('%s', (_, constraints, pods, expected) => {
    expect(Object.values(filtered('PodTopologySpread', { nodes, pods }, pod('p', spreading(...constraints))))).toEqual(
      expected,
    );
  });

  test('a pod that does not match its own constraint does not count itself', () => {
    const stranger = { ...spreading(constraint()), labels: { app: 'other' } };
    expect(filtered('PodTopologySpread', { nodes, pods: web('a1') }, pod('p', stranger))).toEqual({
      a1: 'ok',
      a2: 'ok',
      b1: 'ok',
    });
    expect(filtered('PodTopologySpread', { nodes, pods: web('a1', 2) }, pod('p', stranger))).toEqual({
      a1: OUT,
      a2: OUT,
      b1: 'ok',
    });
  });
  test('a node without the label is out, and its pods do not count', () => {
    const withLoner = [...nodes, node('loner')];
    const pods = [...web('loner', 5), ...web('a1')];
    expect(filtered('PodTopologySpread', { nodes: withLoner, pods }, pod('p', spreading(constraint())))).toEqual({
      a1: OUT,
      a2: OUT,
      b1: 'ok',
      loner: NO_LABEL,
    });
  });
  test('a node without the label of one constraint does not count for the other either', () => {
    const rackless = [node('a', { labels: { zone: 'a', rack: '1' } }), node('b', { labels: { zone: 'b' } })];
    // b has no rack: zone b does not exist for this pod, and zone a is the only one.
    const told = filtered(
      'PodTopologySpread',
      { nodes: rackless, pods: web('a', 3) },
      pod('p', spreading(constraint(), constraint({ topologyKey: 'rack', maxSkew: 9 }))),
    );
    expect(told).toEqual({ a: 'ok', b: NO_LABEL });
  });

  // Zone c has one node, which the pod may not go to: by its affinity, or by a taint.
  const withC = (words: object) => [...nodes, node('c1', { labels: { zone: 'c' }, ...words })];
  const full = [...web('a1'), ...web('b1')];
  test.each([
    ['affinity is honoured: zone c does not count', {}, { nodeSelector: { disk: 'ssd' } }, 'ok'],
    ['affinity is ignored: zone c is empty', { nodeAffinityPolicy: 'Ignore' }, { nodeSelector: { disk: 'ssd' } }, OUT],
    ['no affinity: zone c is empty', {}, {}, OUT],
    ['honoured by name', { nodeAffinityPolicy: 'Honor' }, { nodeSelector: { disk: 'ssd' } }, 'ok'],
  ])('node affinity policy: %s', (_, more, spec, expected) => {
    const ssd = { labels: { disk: 'ssd' } };
    const some = [
      node('a1', { labels: { zone: 'a', ...ssd.labels } }),
      node('a2', { labels: { zone: 'a', ...ssd.labels } }),
      node('b1', { labels: { zone: 'b', ...ssd.labels } }),
      node('c1', { labels: { zone: 'c' } }),
    ];
    const asked = { labels: WEB, spec: { ...spreading(constraint(more)).spec, ...spec } };
    expect(filtered('PodTopologySpread', { nodes: some, pods: full }, pod('p', asked))['a1']).toBe(expected);
  });
  test.each([
    ['taints are ignored: zone c is empty', {}, [], OUT],
    ['taints are honoured: zone c does not count', { nodeTaintsPolicy: 'Honor' }, [], 'ok'],
    ['honoured, but tolerated', { nodeTaintsPolicy: 'Honor' }, [{ operator: 'Exists' }], OUT],
    ['ignored by name', { nodeTaintsPolicy: 'Ignore' }, [], OUT],
  ])('node taints policy: %s', (_, more, tolerations, expected) => {
    const asked = { labels: WEB, spec: { ...spreading(constraint(more)).spec, tolerations } };
    expect(
      filtered('PodTopologySpread', { nodes: withC({ taints: ['x=y:NoSchedule'] }), pods: full }, pod('p', asked))[
        'a1'
      ],
    ).toBe(expected);
  });
  // Four nodes in two zones; some have a disk, some a taint, by their names.
  const four = (disks: string, tainted = '') =>
    ['a1', 'a2', 'b1', 'b2'].map((name) =>
      node(name, {
        labels: { zone: name.slice(0, 1), rack: name, ...(disks.includes(name) ? { disk: 'ssd' } : {}) },
        taints: tainted.includes(name) ? ['x:NoSchedule'] : [],
      }),
    );
  const byZone = constraint();
  const byRack = constraint({ topologyKey: 'rack' });
  const [anywhere, anyTaint] = [{ nodeAffinityPolicy: 'Ignore' }, { nodeTaintsPolicy: 'Honor' }];
  const three = [...web('a1'), ...web('a2'), ...web('b2')];
  const ssd = { nodeSelector: { disk: 'ssd' } };
  test.each<[string, object, object, KubeObject[], object, string[]]>([
    // Zone a 2, zone b 0, for b2 does not count; racks 1, 1, 0, 1.
    ['affinity counts by zone alone', byZone, { ...byRack, ...anywhere }, four('a1 a2 b1'), ssd, [OUT, OUT, 'ok', OUT]],
    // The same, by a taint.
    ['taints count by zone alone', { ...byZone, ...anyTaint }, byRack, four('', 'b2'), {}, [OUT, OUT, 'ok', OUT]],
    // Zones 1, 1; racks a1 1, b1 0, b2 1; a2 does not count.
    ['affinity counts by both', byZone, byRack, four('a1 b1 b2', 'b2'), ssd, [OUT, 'ok', 'ok', OUT]],
    // Zones 1, 0; racks 1, 1, 0, 1.
    [
      'affinity and taints by zone, neither by rack',
      { ...byZone, ...anyTaint },
      { ...byRack, ...anywhere },
      four('a1 b1 b2', 'b2'),
      ssd,
      [OUT, OUT, 'ok', OUT],
    ],
  ])('constraints with policies of their own: %s', (_, first, second, some, spec, expected) => {
    const asked = { labels: WEB, spec: { ...spreading(first, second).spec, ...spec } };
    const told = filtered('PodTopologySpread', { nodes: some, pods: three }, pod('p', asked));
    expect(some.map(({ metadata }) => told[metadata.name ?? ''])).toEqual(expected);
  });
  test.each([
    ['one zone is right for both', web('b1', 1), ['ok', 'ok', OUT]],
    ['no zone is right for both', [], [OUT, OUT, OUT]],
  ])('two constraints by zone, of other pods each: %s', (_, more, expected) => {
    const tiered = [...web('a1'), pod('x', { on: 'b1', labels: { tier: 'gold' } })];
    const asked = spreading(constraint(), constraint({ labelSelector: { matchLabels: { tier: 'gold' } } }));
    const gold = { ...asked, labels: { ...WEB, tier: 'gold' } };
    const told = filtered('PodTopologySpread', { nodes, pods: [...tiered, ...more] }, pod('p', gold));
    expect([told['a1'], told['a2'], told['b1']]).toEqual(expected);
  });
  test('no selector at all counts nobody', () => {
    const { labelSelector: _, ...rest } = constraint() as { labelSelector: object };
    expect(
      Object.values(filtered('PodTopologySpread', { nodes, pods: web('a1', 5) }, pod('p', spreading(rest)))),
    ).toEqual(['ok', 'ok', 'ok']);
  });
  test('matchLabelKeys: only pods of the same revision count', () => {
    const labels = { ...WEB, hash: '2' };
    const old = pod('old', { on: 'a1', labels: { ...WEB, hash: '1' } });
    const asked = { labels, spec: { topologySpreadConstraints: [constraint({ matchLabelKeys: ['hash', 'absent'] })] } };
    expect(filtered('PodTopologySpread', { nodes, pods: [old] }, pod('p', asked))).toEqual({
      a1: 'ok',
      a2: 'ok',
      b1: 'ok',
    });
    const same = pod('same', { on: 'a1', labels });
    expect(filtered('PodTopologySpread', { nodes, pods: [old, same] }, pod('p', asked))).toEqual({
      a1: OUT,
      a2: OUT,
      b1: 'ok',
    });
  });
  test('constraints of the scheduler, for pods without any, by the services that select them', () => {
    const configuration = withArgs('PodTopologySpread', {
      defaultingType: 'List',
      defaultConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
    });
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', namespace: 'default' },
      spec: { selector: WEB },
    };
    const cluster = { nodes, pods: web('a1'), configuration };
    expect(
      filtered('PodTopologySpread', { ...cluster, objects: { services: [service] } }, pod('p', { labels: WEB })),
    ).toEqual({ a1: OUT, a2: OUT, b1: 'ok' });
    // Nobody selects it: nothing to be spread.
    expect(filtered('PodTopologySpread', cluster, pod('p', { labels: WEB }))).toEqual({ a1: 'ok', a2: 'ok', b1: 'ok' });
  });
});

describe('score', () => {
  const soft = (more: object = {}) => constraint({ whenUnsatisfiable: 'ScheduleAnyway', ...more });
  const hosts = [node('n1'), node('n2'), node('n3'), node('n4')];
  const byHost = soft({ topologyKey: HOSTNAME });
  test.each([
    ['hard constraints do not score', [constraint()], [], {}],
    ['nothing there: all the same', [byHost], [], { n1: 100, n2: 100, n3: 100, n4: 100 }],
    // Counts 1, 0, 0, 0 times ln 6 = 1.79, rounded 2, 0, 0, 0: (2 + 0 - 2) / 2 and (2 + 0 - 0) / 2.
    ['one of four has one', [byHost], web('n1'), { n1: 0, n2: 100, n3: 100, n4: 100 }],
    // 2, 1, 0, 3 × 1.79 = 3.58, 1.79, 0, 5.38: 4, 2, 0, 5.
    ['by how many', [byHost], [...web('n1', 2), ...web('n2'), ...web('n4', 3)], { n1: 20, n2: 60, n3: 100, n4: 0 }],
    // 1 each, 2 for n4: 2, 2, 2, 4: (4 + 2 - 2) / 4 = 100, (4 + 2 - 4) / 4 = 50.
    [
      'the least is added: nobody is far behind',
      [byHost],
      [...web('n1'), ...web('n2'), ...web('n3'), ...web('n4', 2)],
      { n1: 100, n2: 100, n3: 100, n4: 50 },
    ],
    // maxSkew 5 adds 4 to all: 4 + 1.79 = 5.79 → 6, 4, 4, 4: (6 + 4 - 6) / 6 = 66, 100.
    [
      'a large maxSkew waters it down',
      [soft({ topologyKey: HOSTNAME, maxSkew: 5 })],
      web('n1'),
      { n1: 66, n2: 100, n3: 100, n4: 100 },
    ],
    [
      'pods of other labels do not count',
      [byHost],
      [pod('x', { on: 'n1', labels: { app: 'db' } })],
      { n1: 100, n2: 100, n3: 100, n4: 100 },
    ],
  ])('by host: %s', (_, constraints, pods, expected) => {
    expect(scored('PodTopologySpread', { nodes: hosts, pods }, pod('p', spreading(...constraints)))).toEqual(expected);
  });
  test.each([
    // Two zones: ln 4 = 1.39. a has 2: 2.77 → 3, b 0: (3 + 0 - 3) / 3 and 100.
    ['the emptier zone', [soft()], web('a1', 2), { a1: 0, b1: 100, a2: 0 }],
    // Zone a 2.77, b 0; by host ln 5 = 1.61: a1 3.22, others 0. Sums 5.99, 2.77, 0: 6, 3, 0.
    ['zone and host together', [soft(), byHost], web('a1', 2), { a1: 0, b1: 100, a2: 50 }],
    // 3 in a: 4.16 → 4; 1 in b: 1.39 → 1: (4 + 1 - 4) / 4 = 25, (4 + 1 - 1) / 4 = 100.
    ['three against one', [soft()], [...web('a1', 3), ...web('b1')], { a1: 25, b1: 100, a2: 25 }],
  ])('by zone: %s', (_, constraints, pods, expected) => {
    expect(scored('PodTopologySpread', { nodes, pods }, pod('p', spreading(...constraints)))).toEqual(expected);
  });
  // Two have a disk; one has none, and a taint. Racks have 2, 1, 1.
  const racks = ['n1', 'n2', 'n3'].map((name) =>
    node(name, {
      labels: { rack: name, ...(name === 'n3' ? {} : { disk: 'ssd' }) },
      taints: name === 'n3' ? ['x:NoSchedule'] : [],
    }),
  );
  const held = [...web('n1', 2), ...web('n2'), ...web('n3')];
  const ssd = { nodeSelector: { disk: 'ssd' } };
  const byRack = (more: object = {}) => soft({ topologyKey: 'rack', ...more });
  test.each<[string, object, object, object]>([
    // Three racks: ln 5 = 1.61: 3.22, 1.61, 1.61; 3, 2, 2: (3 + 2 - 3) / 3 = 66.
    ['all count', byRack(), {}, { n1: 66, n2: 100, n3: 100 }],
    ['affinity is ignored', byRack({ nodeAffinityPolicy: 'Ignore' }), ssd, { n1: 66, n2: 100, n3: 100 }],
    // The pods of n3 don't count: 3, 2, 0: 0, 1 / 3 and 100.
    ['affinity is honoured', byRack(), ssd, { n1: 0, n2: 33, n3: 100 }],
    ['taints are honoured', byRack({ nodeTaintsPolicy: 'Honor' }), {}, { n1: 0, n2: 33, n3: 100 }],
    // maxSkew 2 adds 1: 4, 3, 3: (4 + 3 - 4) / 4 = 75.
    ['minDomains does not matter', byRack({ maxSkew: 2, minDomains: 10 }), {}, { n1: 75, n2: 100, n3: 100 }],
    ['no selector at all', { ...byRack(), labelSelector: undefined }, {}, { n1: 100, n2: 100, n3: 100 }],
    [
      'an empty one with matchLabelKeys',
      byRack({ labelSelector: {}, matchLabelKeys: ['app'] }),
      {},
      { n1: 66, n2: 100, n3: 100 },
    ],
  ])('by rack: %s', (_, one, spec, expected) => {
    const asked = { labels: WEB, spec: { ...spreading(one).spec, ...spec } };
    expect(scored('PodTopologySpread', { nodes: racks, pods: held }, pod('p', asked))).toEqual(expected);
  });
  test('pods that are going do not count', () => {
    const going = web('n1', 3, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
    expect(
      scored('PodTopologySpread', { nodes: hosts, pods: [...going, ...web('n2')] }, pod('p', spreading(byHost))),
    ).toEqual({ n1: 100, n2: 0, n3: 100, n4: 100 });
  });
  test('a node without the label gets nothing', () => {
    const withLoner = [...nodes, node('loner')];
    expect(scored('PodTopologySpread', { nodes: withLoner }, pod('p', spreading(soft())))).toEqual({
      a1: 100,
      a2: 100,
      b1: 100,
      loner: 0,
    });
  });

  const owner = (kind: string, apiVersion = 'apps/v1') => ({
    ownerReferences: [{ apiVersion, kind, name: 'o', uid: 'u', controller: true }],
  });
  const controller = (kind: string, selector: object) => ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'o', namespace: 'default' },
    spec: { selector },
  });
  test.each([
    // ln 6 = 1.79 by host, + 2 of maxSkew 3; zones: none has one, and the empty one counts: ln 3, not for nodes without. 3.79 → 4, 2.
    [
      'of a ReplicaSet',
      owner('ReplicaSet'),
      { 'replicasets.apps': [controller('ReplicaSet', { matchLabels: WEB })] },
      { n1: 50, n2: 100, n3: 100, n4: 100 },
    ],
    [
      'of a StatefulSet',
      owner('StatefulSet'),
      { 'statefulsets.apps': [controller('StatefulSet', { matchLabels: WEB })] },
      { n1: 50, n2: 100, n3: 100, n4: 100 },
    ],
    [
      'of a ReplicationController',
      owner('ReplicationController', 'v1'),
      { replicationcontrollers: [controller('ReplicationController', WEB)] },
      { n1: 50, n2: 100, n3: 100, n4: 100 },
    ],
    ['of a Job: nobody spreads it', owner('Job', 'batch/v1'), {}, {}],
    ['of nobody', {}, {}, {}],
  ])('the defaults of the system, for a pod %s', (_, metadata, objects, expected) => {
    const told = scored(
      'PodTopologySpread',
      { nodes: hosts, pods: web('n1'), objects: objects as never },
      pod('p', { labels: WEB, metadata: { labels: WEB, ...metadata } }),
    );
    expect(told).toEqual(expected);
  });
});
