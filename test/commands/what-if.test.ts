/** `what-if`: commands on a copy of the cluster, and what would be other than it is. */
import { memoryCluster, type TestCluster } from './harness';

let cluster: TestCluster;
beforeEach(async () => {
  cluster = await memoryCluster({ nodes: 2, seed: 1 });
  await cluster.ok('create deployment web --image=nginx --replicas=2');
  await cluster.ok('set resources deployment web --requests=cpu=1500m');
  await cluster.ok('tick --settle -q');
});

const nodes = async () => cluster.ok('get pods -o jsonpath={.items[*].spec.nodeName}');

interface WhatIf {
  commands: { command: string[]; stdout: string; exitCode: number }[];
  /** On which node, '' for none; absent where the pod is not there. */
  pods: { pod: string; before?: string; after?: string; message?: string }[];
  nodes: { node: string; before: object; after: object }[];
  pending: { before: number; after: number };
}

test('more replicas than there is room for', async () => {
  const before = await cluster.ok('get all -o yaml');
  const text = await cluster.ok('what-if scale deployment/web --replicas=6');
  const [head = '', ...rest] = text.replaceAll(/web-\w+-\w{5}/g, 'web').split('\n\n');
  expect(head).toBe('> scale deployment/web --replicas=6\ndeployment.apps/web scaled');
  expect(rest[0]).toContain('Pods: 4 new, 2 left without a node.\n');
  expect(rest[0]).toMatch(/default\/web +- +Pending +0\/2 nodes are available: 2 Insufficient cpu\./);
  expect(rest.slice(1)).toEqual([
    [
      'NODE     CPU         MEMORY   PODS',
      'node-1   38% → 75%   0%       1/110 → 2/110',
      'node-2   38% → 75%   0%       1/110 → 2/110',
    ].join('\n'),
    'Pods without a node: 0 without, 2 with.\n',
  ]);
  // Nothing has happened.
  expect(await cluster.ok('get all -o yaml')).toBe(before);
});

test('a drain: where its pods would go', async () => {
  const text = await cluster.ok('what-if drain node-1 --ignore-daemonsets');
  expect(text).toContain('node/node-1 drained');
  expect(text).toMatch(/node-1 +.*1\/110 → 0\/110|node-1 +.*2\/110 → 0\/110/);
  expect(await nodes()).toMatch(/node-1/);
});

test('several commands, one after the other', async () => {
  const text = await cluster.ok('what-if cordon node-1 -- "scale deployment/web --replicas=3" -- get nodes');
  expect(text).toContain('> cordon node-1\nnode/node-1 cordoned\n');
  expect(text).toContain('> scale deployment/web --replicas=3\n');
  expect(text).toMatch(/node-1 +Ready,SchedulingDisabled/);
});

test('as an object', async () => {
  const whatIf = JSON.parse(await cluster.ok('what-if -o json scale deployment/web --replicas=6')) as WhatIf;
  expect(whatIf.commands).toEqual([
    expect.objectContaining({
      command: ['scale', 'deployment/web', '--replicas=6'],
      stdout: 'deployment.apps/web scaled\n',
      exitCode: 0,
    }),
  ]);
  expect(whatIf.pods.map(({ before, after }) => [before, after]).sort()).toEqual([
    [undefined, ''],
    [undefined, ''],
    [undefined, 'node-1'],
    [undefined, 'node-2'],
  ]);
  expect(whatIf.pods.find(({ after }) => after === '')?.message).toContain('2 Insufficient cpu');
  const of = { milliCPU: 4000, memory: 16 * 2 ** 30, pods: 110 };
  expect(whatIf.nodes).toEqual(
    ['node-1', 'node-2'].map((node) => ({
      node,
      before: { milliCPU: 1500, memory: 0, pods: 1, of },
      after: { milliCPU: 3000, memory: 0, pods: 2, of },
    })),
  );
  expect(whatIf.pending).toEqual({ before: 0, after: 2 });
});

test('nothing would change', async () => {
  expect(await cluster.ok('what-if get pods --no-headers')).toContain('No pod and no node would differ.');
});

test('a command that fails is told with its status; those after it are run all the same', async () => {
  const ran = await cluster.run('what-if delete pod none -- scale deployment/web --replicas=1');
  expect(ran.code).toBe(1);
  expect(ran.out).toContain('pods "none" not found');
  expect(ran.out).toContain('deployment.apps/web scaled');
});

test.each([
  ['what-if', 'at least one command is needed'],
  ['what-if --', 'at least one command is needed'],
  ['what-if -o table get pods', "--output must be 'yaml' or 'json'"],
])('%s', async (line, complaint) => {
  const ran = await cluster.run(line);
  expect(ran.code).toBe(1);
  expect(ran.err).toContain(complaint);
});

test('scaling what has been rolled out comes to rest, even without room', async () => {
  await cluster.ok('scale deployment/web --replicas=6');
  expect(await cluster.ok('tick --settle')).not.toContain('timed out');
});
