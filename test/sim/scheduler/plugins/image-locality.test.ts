/** ImageLocality: nodes that have the images. */
import type { KubeObject } from '../../../../src/apimachinery/meta';
import { type NodeWords, node, pod, scored } from '../small-cluster';

const APP = 'example/app:1';

/** A container each. */
const using = (...images: string[]) =>
  pod('p', { spec: { containers: images.map((image, i) => ({ name: `c${i}`, image })) } });

// For one container 23 MB are 0 and 1000 MB are 100; an image that k of n nodes have counts k/n of its size.
test.each<[string, NodeWords[], KubeObject, Record<string, number>]>([
  ['nobody has it', [{}, {}], using(APP), {}],
  // 500 × 1/2 = 250: 227 × 100 / 977 = 23.
  ['one of two', [{ images: { [APP]: 500 } }, {}], using(APP), { n0: 23, n1: 0 }],
  // 500: 477 × 100 / 977 = 48.
  ['both', [{ images: { [APP]: 500 } }, { images: { [APP]: 500 } }], using(APP), { n0: 48, n1: 48 }],
  // 40 × 1/2 = 20: below 23.
  ['too small to matter', [{ images: { [APP]: 40 } }, {}], using(APP), { n0: 0, n1: 0 }],
  // 3000 × 1/2 = 1500: more than 1000.
  ['as large as counts', [{ images: { [APP]: 3000 } }, {}], using(APP), { n0: 100, n1: 0 }],
  // Two containers: up to 2000. 600 × 1/2 + 400 × 1/2 = 500: 477 × 100 / 1977 = 24.
  [
    'two images on one node',
    [{ images: { [APP]: 600, 'example/side:1': 400 } }, {}],
    using(APP, 'example/side:1'),
    { n0: 24, n1: 0 },
  ],
  // n0: 300: 277 / 1977 = 14; n1: 200: 177 / 1977 = 8.
  [
    'one each',
    [{ images: { [APP]: 600 } }, { images: { 'example/side:1': 400 } }],
    using(APP, 'example/side:1'),
    { n0: 14, n1: 8 },
  ],
  // The same image twice counts twice: 600: 577 / 1977 = 29.
  ['the same image in two containers', [{ images: { [APP]: 600 } }, {}], using(APP, APP), { n0: 29, n1: 0 }],
  ['another tag is another image', [{ images: { 'example/app:2': 500 } }, {}], using(APP), {}],
  ['no tag is latest', [{ images: { 'example/app:latest': 500 } }, {}], using('example/app'), { n0: 23, n1: 0 }],
  ['a port is no tag', [{ images: { 'host:5000/app:latest': 500 } }, {}], using('host:5000/app'), { n0: 23, n1: 0 }],
  // 900 × 1/3 = 300: 277 / 977 = 28.
  ['of three nodes', [{ images: { [APP]: 900 } }, {}, {}], using(APP), { n0: 28, n1: 0, n2: 0 }],
])('%s', (_, words, incoming, expected) => {
  expect(scored('ImageLocality', { nodes: words.map((one, i) => node(`n${i}`, one)) }, incoming)).toEqual(expected);
});

test('init containers count like the others', () => {
  const incoming = pod('p', {
    spec: { containers: [{ name: 'c', image: 'x:1' }], initContainers: [{ name: 'i', image: APP }] },
  });
  // Two containers; 800 × 1/2 = 400: 377 / 1977 = 19.
  expect(scored('ImageLocality', { nodes: [node('n0', { images: { [APP]: 800 } }), node('n1')] }, incoming)).toEqual({
    n0: 19,
    n1: 0,
  });
});

test('volumes that are images count, and allow for no more', () => {
  const volumes = [{ name: 'v', image: { reference: 'example/model' } }];
  const incoming = pod('p', { spec: { containers: [{ name: 'c', image: APP }], volumes } });
  // One container, up to 1000; 800 × 1/2 = 400: 377 / 977 = 38; with 400 × 1/2 more, 600: 577 / 977 = 59.
  const nodes = [
    node('n0', { images: { [APP]: 800 } }),
    node('n1', { images: { [APP]: 800, 'example/model:latest': 400 } }),
    node('n2'),
    node('n3'),
  ];
  expect(scored('ImageLocality', { nodes }, incoming)).toEqual({ n0: 38, n1: 48, n2: 0, n3: 0 });
});
