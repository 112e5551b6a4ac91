/** NodeAffinity: nodeSelector, required and preferred terms, fields, and what a scheduler adds of its own. */
import { filtered, node, pod, scored, withArgs } from '../small-cluster';

const OUT = "node(s) didn't match Pod's node affinity/selector !";

type Expression = { key: string; operator: string; values?: string[] };

const requiring = (...terms: object[]) => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } },
});
const labels = (...matchExpressions: Expression[]) => ({ matchExpressions });
const fields = (...values: string[]) => ({ matchFields: [{ key: 'metadata.name', operator: 'In', values }] });

describe('one expression', () => {
  const there = { zone: 'a', disk: 'ssd', cores: '8', empty: '', negative: '-3' };
  test.each<[Expression, boolean]>([
    [{ key: 'zone', operator: 'In', values: ['a', 'b'] }, true],
    [{ key: 'zone', operator: 'In', values: ['b'] }, false],
    [{ key: 'none', operator: 'In', values: ['a'] }, false],
    [{ key: 'zone', operator: 'NotIn', values: ['b'] }, true],
    [{ key: 'zone', operator: 'NotIn', values: ['a'] }, false],
    [{ key: 'none', operator: 'NotIn', values: ['a'] }, true],
    [{ key: 'disk', operator: 'Exists' }, true],
    [{ key: 'empty', operator: 'Exists' }, true],
    [{ key: 'none', operator: 'Exists' }, false],
    [{ key: 'disk', operator: 'DoesNotExist' }, false],
    [{ key: 'none', operator: 'DoesNotExist' }, true],
    [{ key: 'cores', operator: 'Gt', values: ['7'] }, true],
    [{ key: 'cores', operator: 'Gt', values: ['8'] }, false],
    [{ key: 'cores', operator: 'Lt', values: ['9'] }, true],
    [{ key: 'cores', operator: 'Lt', values: ['8'] }, false],
    [{ key: 'cores', operator: 'Gt', values: ['10'] }, false],
    [{ key: 'negative', operator: 'Lt', values: ['0'] }, true],
    [{ key: 'disk', operator: 'Lt', values: ['9'] }, false],
    [{ key: 'none', operator: 'Gt', values: ['0'] }, false],
    [{ key: 'cores', operator: 'Gt', values: ['seven'] }, false],
    [{ key: 'zone', operator: 'Near', values: ['a'] }, false],
  ])('%j: %s', (expression, expected) => {
    const told = filtered(
      'NodeAffinity',
      { nodes: [node('n', { labels: there })] },
      pod('p', { spec: requiring(labels(expression)) }),
    );
    expect(told).toEqual({ n: expected ? 'ok' : OUT });
  });
});

describe('together', () => {
  const nodes = [node('a', { labels: { zone: 'a', disk: 'ssd' } }), node('b', { labels: { zone: 'b' } })];
  const isA = { key: 'zone', operator: 'In', values: ['a'] };
  const isB = { key: 'zone', operator: 'In', values: ['b'] };
  const hasDisk = { key: 'disk', operator: 'Exists' };
  test.each([
    ['nothing asked', {}, { a: 'ok', b: 'ok' }],
    ['nodeSelector', { nodeSelector: { zone: 'a' } }, { a: 'ok', b: OUT }],
    ['two labels of a nodeSelector', { nodeSelector: { zone: 'b', disk: 'ssd' } }, { a: OUT, b: OUT }],
    ['terms are ORed', requiring(labels(isA), labels(isB)), { a: 'ok', b: 'ok' }],
    ['expressions are ANDed', requiring(labels(isB, hasDisk)), { a: OUT, b: OUT }],
    ['one good term is enough', requiring(labels(isB, hasDisk), labels(isA, hasDisk)), { a: 'ok', b: OUT }],
    [
      'nodeSelector and affinity both',
      { nodeSelector: { zone: 'b' }, ...requiring(labels(hasDisk)) },
      { a: OUT, b: OUT },
    ],
    ['both hold', { nodeSelector: { zone: 'a' }, ...requiring(labels(hasDisk)) }, { a: 'ok', b: OUT }],
    ['no terms at all match nothing', requiring(), { a: OUT, b: OUT }],
    ['an empty term matches nothing', requiring({}), { a: OUT, b: OUT }],
    ['an empty term beside a good one', requiring({}, labels(isB)), { a: OUT, b: 'ok' }],
    ['a field and a label of one term', requiring({ ...fields('a'), ...labels(isB) }), { a: OUT, b: OUT }],
    [
      'preferences rule nobody out',
      {
        affinity: {
          nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: labels(isA) }] },
        },
      },
      { a: 'ok', b: 'ok' },
    ],
    [
      'terms that name nodes and contradict themselves',
      requiring({ matchFields: [...fields('a').matchFields, ...fields('b').matchFields] }),
      { '*': 'pod affinity terms conflict !' },
    ],
  ])('%s', (_, spec, expected) => {
    expect(filtered('NodeAffinity', { nodes }, pod('p', { spec }))).toEqual(expected);
  });

  test.each([
    [
      'required of all',
      { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [labels(isA)] } },
      {},
      { a: 'ok', b: "node(s) didn't match scheduler-enforced node affinity !" },
    ],
    [
      'and what the pod asks',
      { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [labels(isA)] } },
      { nodeSelector: { zone: 'b' } },
      { a: OUT, b: "node(s) didn't match scheduler-enforced node affinity !" },
    ],
    [
      'only preferred',
      { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: labels(isA) }] },
      {},
      { a: 'ok', b: 'ok' },
    ],
  ])('the scheduler adds: %s', (_, addedAffinity, spec, expected) => {
    const configuration = withArgs('NodeAffinity', { addedAffinity });
    expect(filtered('NodeAffinity', { nodes, configuration }, pod('p', { spec }))).toEqual(expected);
  });
});

describe('preferred', () => {
  const nodes = [
    node('a', { labels: { zone: 'a', disk: 'ssd' } }),
    node('b', { labels: { zone: 'b', disk: 'ssd' } }),
    node('c', { labels: { zone: 'c' } }),
  ];
  const prefers = (...terms: [number, object][]) => ({
    affinity: {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: terms.map(([weight, preference]) => ({ weight, preference })),
      },
    },
  });
  const zone = (...values: string[]) => labels({ key: 'zone', operator: 'In', values });
  const disk = labels({ key: 'disk', operator: 'Exists' });
  test.each([
    ['nothing', {}, {}],
    ['one of them', prefers([10, zone('a')]), { a: 100, b: 0, c: 0 }],
    ['weights add up', prefers([10, zone('a')], [10, disk]), { a: 100, b: 50, c: 0 }],
    ['to the highest', prefers([1, zone('a')], [3, disk]), { a: 100, b: 75, c: 0 }],
    ['rounded down', prefers([1, zone('b')], [2, zone('a', 'b')]), { a: 66, b: 100, c: 0 }],
    ['nobody has it', prefers([10, zone('z')]), { a: 0, b: 0, c: 0 }],
    ['everybody has it', prefers([10, zone('a', 'b', 'c')]), { a: 100, b: 100, c: 100 }],
    ['a heavy one outweighs', prefers([100, zone('c')], [1, disk]), { a: 1, b: 1, c: 100 }],
    [
      'NotIn counts where the label is missing',
      prefers([5, labels({ key: 'disk', operator: 'NotIn', values: ['ssd'] })]),
      { a: 0, b: 0, c: 100 },
    ],
    ['an empty preference counts for nobody', prefers([5, {}], [5, zone('a')]), { a: 100, b: 0, c: 0 }],
    ['fields too', prefers([7, fields('b')]), { a: 0, b: 100, c: 0 }],
    [
      'both expressions of a term',
      prefers([4, labels({ key: 'zone', operator: 'In', values: ['b'] }, { key: 'disk', operator: 'Exists' })]),
      { a: 0, b: 100, c: 0 },
    ],
  ])('%s', (_, spec, expected) => {
    expect(scored('NodeAffinity', { nodes }, pod('p', { spec }))).toEqual(expected);
  });
  test('what the scheduler adds counts with what the pod prefers', () => {
    const added = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 2, preference: zone('c') }] };
    const configuration = withArgs('NodeAffinity', { addedAffinity: added });
    expect(scored('NodeAffinity', { nodes, configuration }, pod('p', { spec: prefers([4, zone('a')]) }))).toEqual({
      a: 100,
      b: 0,
      c: 50,
    });
  });
});
