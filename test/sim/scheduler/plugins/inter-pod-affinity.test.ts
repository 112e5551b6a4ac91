/** InterPodAffinity: near, and not near; what the pod wants, and what the pods that are there want. */
import { filtered, node, pod, scored, withArgs } from '../small-cluster';

const NO = "node(s) didn't match pod affinity rules !";
const ANTI = "node(s) didn't match pod anti-affinity rules";
const EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules";
const HOSTNAME = 'kubernetes.io/hostname';

const term = (labels: Record<string, string>, topologyKey = 'zone', more: object = {}) => ({
  labelSelector: { matchLabels: labels },
  topologyKey,
  ...more,
});
const near = (...terms: object[]) => ({
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});
const apart = (...terms: object[]) => ({
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});
const DB = { app: 'db' };
const WEB = { app: 'web' };

const nodes = [
  node('a1', { labels: { zone: 'a' } }),
  node('a2', { labels: { zone: 'a' } }),
  node('b1', { labels: { zone: 'b' } }),
  node('none'),
];
const db = (on: string, more: object = {}) => pod(`db-${on}-${JSON.stringify(more)}`, { on, labels: DB, ...more });
const told = (pods: object[], asked: object, objects: object = {}) =>
  filtered('InterPodAffinity', { nodes, pods: pods as never, objects: objects as never }, pod('p', asked));

describe('affinity', () => {
  test.each([
    ['in the same zone', near(term(DB)), [db('a1')], { a1: 'ok', a2: 'ok', b1: NO, none: NO }],
    ['on the same host', near(term(DB, HOSTNAME)), [db('a1')], { a1: 'ok', a2: NO, b1: NO, none: NO }],
    ['nobody anywhere', near(term(DB)), [], { a1: NO, a2: NO, b1: NO, none: NO }],
    [
      'somebody where there is no zone is near nobody',
      near(term(DB)),
      [db('none')],
      { a1: NO, a2: NO, b1: NO, none: NO },
    ],
    [
      'two terms: both by one pod',
      near(term(DB), term({ tier: 'x' })),
      [pod('d', { on: 'a1', labels: { ...DB, tier: 'x' } })],
      { a1: 'ok', a2: 'ok', b1: NO, none: NO },
    ],
    [
      'two pods that meet one term each do not do',
      near(term(DB), term({ tier: 'x' })),
      [db('a1'), pod('t', { on: 'a1', labels: { tier: 'x' } })],
      { a1: NO, a2: NO, b1: NO, none: NO },
    ],
    [
      'one term by zone, one by host',
      near(term(DB), term(DB, HOSTNAME)),
      [db('a1')],
      { a1: 'ok', a2: NO, b1: NO, none: NO },
    ],
    [
      'pods that are going count',
      near(term(DB)),
      [db('a1', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })],
      { a1: 'ok', a2: 'ok', b1: NO, none: NO },
    ],
    [
      'another namespace does not',
      near(term(DB)),
      [db('a1', { namespace: 'other' })],
      { a1: NO, a2: NO, b1: NO, none: NO },
    ],
    [
      'unless it is named',
      near(term(DB, 'zone', { namespaces: ['other'] })),
      [db('a1', { namespace: 'other' })],
      { a1: 'ok', a2: 'ok', b1: NO, none: NO },
    ],
    [
      'then its own does not',
      near(term(DB, 'zone', { namespaces: ['other'] })),
      [db('a1')],
      { a1: NO, a2: NO, b1: NO, none: NO },
    ],
    [
      'an empty selector of namespaces is all of them',
      near(term(DB, 'zone', { namespaceSelector: {} })),
      [db('a1', { namespace: 'other' })],
      { a1: 'ok', a2: 'ok', b1: NO, none: NO },
    ],
    ['no selector of pods means none', near({ topologyKey: 'zone' }), [db('a1')], { a1: NO, a2: NO, b1: NO, none: NO }],
    [
      'an empty selector of pods means all',
      near({ labelSelector: {}, topologyKey: 'zone' }),
      [db('b1')],
      { a1: NO, a2: NO, b1: 'ok', none: NO },
    ],
  ])('%s', (_, spec, pods, expected) => {
    expect(told(pods, { labels: WEB, spec })).toEqual(expected);
  });
  test('the first of those that want to be together may go anywhere that has the label', () => {
    expect(told([], { labels: DB, spec: near(term(DB)) })).toEqual({ a1: 'ok', a2: 'ok', b1: 'ok', none: NO });
    // The second may not.
    expect(told([db('b1')], { labels: DB, spec: near(term(DB)) })).toEqual({ a1: NO, a2: NO, b1: 'ok', none: NO });
  });
  test('the first must match all of its own terms', () => {
    expect(told([], { labels: DB, spec: near(term(DB), term({ tier: 'x' })) })['a1']).toBe(NO);
  });
  test('namespaces by their labels', () => {
    const namespaces = ['default', 'other', 'third'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { team: name === 'other' ? 'x' : 'y' } },
    }));
    const selecting = near(term(DB, 'zone', { namespaceSelector: { matchLabels: { team: 'x' } } }));
    const zones = (namespace: string) =>
      told([db('a1', { namespace })], { labels: WEB, spec: selecting }, { namespaces })['a1'];
    expect([zones('other'), zones('third'), zones('default')]).toEqual(['ok', NO, NO]);
  });
});

describe('anti-affinity', () => {
  test.each([
    ['not in the same zone', apart(term(DB)), [db('a1')], { a1: ANTI, a2: ANTI, b1: 'ok', none: 'ok' }],
    ['not on the same host', apart(term(DB, HOSTNAME)), [db('a1')], { a1: ANTI, a2: 'ok', b1: 'ok', none: 'ok' }],
    ['nobody there', apart(term(DB)), [], { a1: 'ok', a2: 'ok', b1: 'ok', none: 'ok' }],
    [
      'where there is no zone nobody is near',
      apart(term(DB)),
      [db('none')],
      { a1: 'ok', a2: 'ok', b1: 'ok', none: 'ok' },
    ],
    [
      'any of two terms',
      apart(term(DB), term({ app: 'cache' }, HOSTNAME)),
      [db('b1'), pod('c', { on: 'a1', labels: { app: 'cache' } })],
      { a1: ANTI, a2: 'ok', b1: ANTI, none: 'ok' },
    ],
    [
      'other namespaces do not matter',
      apart(term(DB)),
      [db('a1', { namespace: 'other' })],
      { a1: 'ok', a2: 'ok', b1: 'ok', none: 'ok' },
    ],
    [
      'near one and apart from another',
      { affinity: { ...near(term(DB)).affinity, ...apart(term({ app: 'cache' }, HOSTNAME)).affinity } },
      [db('a1'), pod('c', { on: 'a1', labels: { app: 'cache' } })],
      { a1: ANTI, a2: 'ok', b1: NO, none: NO },
    ],
  ])('%s', (_, spec, pods, expected) => {
    expect(told(pods, { labels: WEB, spec })).toEqual(expected);
  });

  const hermit = (on: string, spec: object, more: object = {}) => pod(`hermit-${on}`, { on, spec, ...more });
  test.each([
    [
      'a pod that is there wants nobody of ours in its zone',
      [hermit('a1', apart(term(WEB)))],
      { a1: EXISTING, a2: EXISTING, b1: 'ok', none: 'ok' },
    ],
    ['on its host', [hermit('a1', apart(term(WEB, HOSTNAME)))], { a1: EXISTING, a2: 'ok', b1: 'ok', none: 'ok' }],
    ['it means others', [hermit('a1', apart(term(DB)))], { a1: 'ok', a2: 'ok', b1: 'ok', none: 'ok' }],
    [
      'it means those of its own namespace',
      [hermit('a1', apart(term(WEB)), { namespace: 'other' })],
      { a1: 'ok', a2: 'ok', b1: 'ok', none: 'ok' },
    ],
    [
      'or those of ours, by name',
      [hermit('a1', apart(term(WEB, 'zone', { namespaces: ['default'] })), { namespace: 'other' })],
      { a1: EXISTING, a2: EXISTING, b1: 'ok', none: 'ok' },
    ],
    [
      'or of all',
      [hermit('a1', apart(term(WEB, 'zone', { namespaceSelector: {} })), { namespace: 'other' })],
      { a1: EXISTING, a2: EXISTING, b1: 'ok', none: 'ok' },
    ],
    [
      'two of them',
      [hermit('a1', apart(term(WEB, HOSTNAME))), hermit('b1', apart(term(WEB)))],
      { a1: EXISTING, a2: 'ok', b1: EXISTING, none: 'ok' },
    ],
    [
      'only what it requires, not what it prefers',
      [
        hermit('a1', {
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term(WEB) }],
            },
          },
        }),
      ],
      { a1: 'ok', a2: 'ok', b1: 'ok', none: 'ok' },
    ],
  ])('%s', (_, pods, expected) => {
    expect(told(pods, { labels: WEB })).toEqual(expected);
  });
});

describe('score', () => {
  const zoned = nodes.slice(0, 3);
  const likes = (weight: number, labels: Record<string, string>, topologyKey = 'zone') => ({
    affinity: {
      podAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: term(labels, topologyKey) }],
      },
    },
  });
  const dislikes = (weight: number, labels: Record<string, string>, topologyKey = 'zone') => ({
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: term(labels, topologyKey) }],
      },
    },
  });
  test.each([
    ['nobody cares', {}, [db('a1')], {}],
    ['nobody of those is there', likes(5, DB), [], {}],
    ['near what it likes', likes(5, DB), [db('a1')], { a1: 100, a2: 100, b1: 0 }],
    ['the more the better', likes(5, DB), [db('a1'), db('a2'), db('b1')], { a1: 100, a2: 100, b1: 0 }],
    ['by host', likes(5, DB, HOSTNAME), [db('a1')], { a1: 100, a2: 0, b1: 0 }],
    ['far from what it dislikes', dislikes(5, DB), [db('a1')], { a1: 0, a2: 0, b1: 100 }],
    // Likes 2 in a: 10; dislikes 8 on host a1: a1 2, a2 10, b1 0: 20, 100, 0.
    [
      'likes and dislikes',
      { affinity: { ...likes(5, DB).affinity, ...dislikes(8, { app: 'cache' }, HOSTNAME).affinity } },
      [db('a1'), db('a2'), pod('c', { on: 'a1', labels: { app: 'cache' } })],
      { a1: 20, a2: 100, b1: 0 },
    ],
    ['who is there likes it', {}, [pod('fan', { on: 'b1', spec: likes(7, WEB) })], { a1: 0, a2: 0, b1: 100 }],
    ['who is there dislikes it', {}, [pod('foe', { on: 'b1', spec: dislikes(7, WEB) })], { a1: 100, a2: 100, b1: 0 }],
    [
      'who is there requires pods like it',
      {},
      [pod('needy', { on: 'a1', spec: near(term(WEB)) })],
      { a1: 100, a2: 100, b1: 0 },
    ],
    // needy 1 in zone a; fan 3 in zone b: 1/3.
    [
      'a requirement weighs 1',
      {},
      [pod('needy', { on: 'a1', spec: near(term(WEB)) }), pod('fan', { on: 'b1', spec: likes(3, WEB) })],
      { a1: 0, a2: 0, b1: 100 },
    ],
    // a1 4 + 0, a2 4, b1 1: (4-1)/3; cut.
    [
      'in between, cut to whole numbers',
      likes(1, DB, HOSTNAME),
      [db('a1'), db('a2', { labels: DB }), pod('d2', { on: 'a2', labels: DB }), pod('d3', { on: 'a2', labels: DB })],
      { a1: 33, a2: 100, b1: 0 },
    ],
  ])('%s', (_, spec, pods, expected) => {
    expect(scored('InterPodAffinity', { nodes: zoned, pods: pods as never }, pod('p', { labels: WEB, spec }))).toEqual(
      expected,
    );
  });
  test.each([
    // Weight 10 in a against 3 in b: 10 - 3.
    ['a heavier requirement', { hardPodAffinityWeight: 10 }, { a1: 100, a2: 100, b1: 0 }],
    ['none', { hardPodAffinityWeight: 0 }, { a1: 0, a2: 0, b1: 100 }],
    ['what others prefer is ignored for a pod without wishes', { ignorePreferredTermsOfExistingPods: true }, {}],
  ])('arguments: %s', (_, args, expected) => {
    const pods = [pod('needy', { on: 'a1', spec: near(term(WEB)) }), pod('fan', { on: 'b1', spec: likes(3, WEB) })];
    const configuration = withArgs('InterPodAffinity', args);
    expect(scored('InterPodAffinity', { nodes: zoned, pods, configuration }, pod('p', { labels: WEB }))).toEqual(
      expected,
    );
  });
});
