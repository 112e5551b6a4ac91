/** `why`: what the scheduler thinks of a pod, said and as objects; and each change that it proposes, done. */
import { memoryCluster, type TestCluster } from './harness';

const POD = (name: string, spec: string, more = '') =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: ${name}}}\nspec: {containers: [{name: c, image: 'i:1', resources: {requests: {cpu: ${spec}}}}]${more}}\n`;

interface Answer {
  nodes: { name: string; fits: boolean; plugin?: string }[];
  /** Each is all that has to be done, and the nodes that the pod may then go to. */
  changes: { changes: string[]; nodes: string[] }[];
}

async function withNodes(nodes = 3, settings: object = {}): Promise<TestCluster> {
  return memoryCluster({ nodes, seed: 1, ...settings });
}

async function create(cluster: TestCluster, text: string): Promise<void> {
  cluster.write('pod.yaml', text);
  await cluster.ok('create -f pod.yaml');
  await cluster.ok('tick --settle -q');
}

const json = async (cluster: TestCluster, line: string) =>
  JSON.parse(await cluster.ok(`why ${line} -o json`)) as Answer & Record<string, unknown>;

test('of a pod that has a node: who was out and why, the scores, the winner', async () => {
  const cluster = await withNodes();
  await cluster.ok('label node node-2 disk=ssd');
  await cluster.ok('taint node node-3 dedicated=gpu:NoSchedule');
  await create(
    cluster,
    POD(
      'p',
      '500m',
      ', affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 5, preference: {matchExpressions: [{key: disk, operator: Exists}]}}]}}',
    ),
  );
  expect(await cluster.ok('why pod/p')).toMatchInlineSnapshot(`
"pod/p is on node-2.

NODE     RULED OUT BY      BECAUSE
node-3   TaintToleration   taint dedicated=gpu:NoSchedule is not tolerated

SCORE: RAW → OF 100 → WEIGHTED    WEIGHT   node-2          node-1
TaintToleration                   3        0 → 100 → 300   0 → 100 → 300
NodeAffinity                      2        5 → 100 → 200   0 → 0 → 0
NodeResourcesFit                  1        92 → 92 → 92    92 → 92 → 92
NodeResourcesBalancedAllocation   1        71 → 71 → 71    71 → 71 → 71
total                                      663             463

node-2 wins: 663 against 463.
"
`);
});

test('of a pod that waits: what each node lacks, and what would help', async () => {
  const cluster = await withNodes();
  await cluster.ok('taint node node-1 dedicated=gpu:NoSchedule');
  await cluster.ok('cordon node-2');
  await create(cluster, POD('p', '4300m', ', nodeSelector: {zone: b}'));
  expect(await cluster.ok('why pod p')).toMatchInlineSnapshot(`
"pod/p has no node: none of 3 will do.

NODE     RULED OUT BY        BECAUSE
node-1   TaintToleration     taint dedicated=gpu:NoSchedule is not tolerated
node-2   NodeUnschedulable   node-2 is cordoned
node-3   NodeAffinity        nodeSelector asks for zone In [b], the node has no zone

The scheduler says:
  0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.

Any of these would let it in (each was tried):
  - label node-3 with zone=b, and 300m more CPU on node-3
  - tolerate dedicated=gpu:NoSchedule, and label node-1 with zone=b, and 300m more CPU on node-1
  - uncordon node-2, and label node-2 with zone=b, and 300m more CPU on node-2
  - remove the taint dedicated=gpu:NoSchedule from node-1, and label node-1 with zone=b, and 300m more CPU on node-1
"
`);
});

test('as an object', async () => {
  const cluster = await withNodes(1);
  await create(cluster, POD('p', '4300m'));
  expect(await json(cluster, 'pod/p')).toMatchInlineSnapshot(`
{
  "apiVersion": "kubetick.dev/v1",
  "changes": [
    {
      "changes": [
        "300m more CPU on node-1",
      ],
      "nodes": [
        "node-1",
      ],
    },
  ],
  "kind": "PodPlacement",
  "message": "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
  "nodeCount": 1,
  "nodes": [
    {
      "findings": [
        {
          "text": "cpu: 4300m requested, 4 of 4 free",
          "values": {
            "allocatable": 4000,
            "missing": 300,
            "requested": 4300,
            "resource": "cpu",
            "used": 0,
          },
        },
      ],
      "fits": false,
      "name": "node-1",
      "plugin": "NodeResourcesFit",
      "reasons": [
        "Insufficient cpu",
      ],
      "unresolvable": true,
    },
  ],
  "pod": {
    "name": "p",
    "namespace": "default",
    "priority": 0,
  },
  "preemption": {
    "candidates": [],
    "message": "0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
  },
  "scheduler": "default-scheduler",
  "scored": 0,
}
`);
});

type Deed = (words: string[], cluster: TestCluster) => Promise<unknown>;

/** What a change says, as commands that do it. */
const DEEDS: readonly [RegExp, Deed][] = [
  [/^label (\S+) with (\S+)$/, ([node, label], cluster) => cluster.ok(`label node ${node} ${label} --overwrite`)],
  [/^uncordon (\S+)$/, ([node], cluster) => cluster.ok(`uncordon ${node}`)],
  [
    /^(\d+m?) more CPU on (\S+)$/,
    async ([more = '', node = ''], cluster) => {
      const cpu = more.endsWith('m') ? `${4000 + Number.parseInt(more, 10)}m` : `${4 + Number(more)}`;
      const patch = JSON.stringify({ status: { allocatable: { cpu } } });
      return cluster.ok(['patch', 'node', node, '--subresource=status', '--type=merge', '-p', patch]);
    },
  ],
  [
    /^tolerate ([^=]+)=([^:]+):(\S+)$/,
    async ([key, value, effect], cluster) => {
      const own = JSON.parse(await cluster.ok('get pod p -o jsonpath={.spec.tolerations}')) as object[];
      const tolerations = [...own, { key, operator: 'Equal', value, effect }];
      return cluster.ok(['patch', 'pod', 'p', '--type=merge', '-p', JSON.stringify({ spec: { tolerations } })]);
    },
  ],
];

async function perform(change: string, cluster: TestCluster): Promise<void> {
  for (const [pattern, deed] of DEEDS) {
    const found = pattern.exec(change);
    if (!found) continue;
    await deed(found.slice(1), cluster);
    return;
  }
  throw new Error(`nobody knows how to do: ${change}`);
}

test.each<[string, string, string[], string[][]]>([
  [
    'a label',
    POD('p', '1', ', nodeSelector: {zone: b}'),
    [],
    [['label node-1 with zone=b'], ['label node-2 with zone=b'], ['label node-3 with zone=b']],
  ],
  ['room', POD('p', '4300m'), [], ['node-1', 'node-2', 'node-3'].map((node) => [`300m more CPU on ${node}`])],
  [
    'nodes that are cordoned',
    POD('p', '1'),
    ['cordon node-1 node-2 node-3'],
    [['uncordon node-1'], ['uncordon node-2'], ['uncordon node-3']],
  ],
  [
    'a taint on every node',
    POD('p', '1'),
    ['taint node node-1 node-2 node-3 dedicated=gpu:NoSchedule'],
    [['remove the taint dedicated=gpu:NoSchedule from node-1'], ['tolerate dedicated=gpu:NoSchedule']],
  ],
  [
    'a taint, a label and room',
    POD('p', '5', ', nodeSelector: {zone: b}'),
    ['taint node node-1 dedicated=gpu:NoSchedule', 'cordon node-2 node-3'],
    [
      ['remove the taint dedicated=gpu:NoSchedule from node-1', 'label node-1 with zone=b', '1 more CPU on node-1'],
      ['tolerate dedicated=gpu:NoSchedule', 'label node-1 with zone=b', '1 more CPU on node-1'],
      ['uncordon node-2', 'label node-2 with zone=b', '1 more CPU on node-2'],
      ['uncordon node-3', 'label node-3 with zone=b', '1 more CPU on node-3'],
    ],
  ],
])('changes that are proposed do help: %s', async (_, text, before, expected) => {
  const cluster = await withNodes();
  for (const line of before) await cluster.ok(line);
  await create(cluster, text);
  const { changes } = await json(cluster, 'pod/p');
  expect(changes.map((one) => one.changes).sort()).toEqual(expected);
  const [first] = changes;
  for (const change of first?.changes ?? []) await perform(change, cluster);
  await cluster.ok('tick --settle -q');
  expect(first?.nodes).toContain(await cluster.ok('get pod p -o jsonpath={.spec.nodeName}'));
});

test('taints of a node can be taken off as well, if there is room for that beside lesser changes', async () => {
  const cluster = await withNodes(2);
  await cluster.ok('taint node node-1 dedicated=gpu:NoSchedule old=:NoExecute soft=:PreferNoSchedule');
  await cluster.ok('taint node node-2 node.example.com/ill=:NoSchedule');
  await create(cluster, POD('p', '1'));
  expect((await cluster.ok('why pod/p')).split('(each was tried):\n')[1]).toBe(
    `  - tolerate dedicated=gpu:NoSchedule, old:NoExecute → node-1
  - tolerate node.example.com/ill:NoSchedule → node-2
  - remove the taints dedicated=gpu:NoSchedule, old:NoExecute from node-1
  - remove the taint node.example.com/ill:NoSchedule from node-2
`,
  );
  await cluster.ok('taint node node-1 dedicated=gpu:NoSchedule- old=:NoExecute-');
  await cluster.ok('tick --settle -q');
  expect(await cluster.ok('get pod p -o jsonpath={.spec.nodeName}')).toBe('node-1');
});

test('of one node only', async () => {
  const cluster = await withNodes(2);
  await cluster.ok('label node node-1 zone=a');
  await create(cluster, POD('p', '1', ', nodeSelector: {zone: a}'));
  expect(await cluster.ok('why pod/p --on node-2')).toMatchInlineSnapshot(`
"pod/p can't run on node-2.

NODE     RULED OUT BY   BECAUSE
node-2   NodeAffinity   nodeSelector asks for zone In [a], the node has no zone

node-1 wins: it is the only node that will do.

Any of these would let it in:
  - label node-2 with zone=a
"
`);
  expect(await cluster.ok('why pod/p --on node-1')).toContain('pod/p is on node-1.');
  expect(await cluster.run('why pod/p --on node-9')).toMatchObject({
    code: 1,
    err: 'Error from server (NotFound): nodes "node-9" not found\n',
  });
});

test('whom it would preempt, and that budgets mind', async () => {
  const cluster = await withNodes(1);
  cluster.write(
    'classes.yaml',
    'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 1000\npreemptionPolicy: PreemptLowerPriority\n',
  );
  await cluster.ok('create -f classes.yaml');
  await create(cluster, POD('low', '3'));
  cluster.write('pod.yaml', POD('p', '2', ', priorityClassName: high'));
  await cluster.ok('create -f pod.yaml');
  // Not ticked: nothing has happened yet.
  expect(await cluster.ok('why pod/p')).toMatchInlineSnapshot(`
"pod/p has no node: none of 1 will do.

NODE     RULED OUT BY       BECAUSE
node-1   NodeResourcesFit   cpu: 2 requested, 1 of 4 free

The scheduler says:
  0/1 nodes are available: 1 Insufficient cpu.

Evicting less important pods would make room (* is what the scheduler does):
  * node-1: default/low (priority 0)

Any of these would let it in (each was tried):
  - 1 more CPU on node-1
"
`);
});

test('of a workload: the first pod that waits', async () => {
  const cluster = await withNodes(1);
  await cluster.ok('create deployment web --image=nginx --replicas=2');
  await cluster.ok('set resources deployment web --requests=cpu=3');
  await cluster.ok('tick --settle -q');
  const text = await cluster.ok('why deployment/web');
  expect(text).toMatch(/^1 of 2 pods of deployment\.apps\/web has no node\. The first:\n\npod\/web-/);
  expect(text).toContain('- 2 more CPU on node-1');
  expect(await cluster.run('why deployment/none')).toMatchObject({
    code: 1,
    err: 'Error from server (NotFound): deployments.apps "none" not found\n',
  });
});

test('of a node: what is on it, and which pods of others would fit', async () => {
  const cluster = await withNodes(2);
  await cluster.ok('label node node-1 zone=a');
  await create(cluster, POD('p', '3', ', nodeSelector: {zone: a}'));
  await create(cluster, POD('q', '2', ', nodeSelector: {kubernetes.io/hostname: node-2}'));
  expect(await cluster.ok('why node/node-1')).toMatchInlineSnapshot(`
"node/node-1

RESOURCE            ALLOCATABLE   REQUESTED   FREE
cpu                 4             3           1
memory              16Gi          0           16Gi
ephemeral-storage   100Gi         0           100Gi
pods                110           1           109

Pods of other nodes, could one more like them run here?

POD         FITS   BECAUSE
default/q   no     nodeSelector asks for kubernetes.io/hostname In [node-2], the node has
                   kubernetes.io/hostname=node-1
"
`);
});

test.each([
  ['why service/kubernetes', 1, 'error: why knows nothing of services; it explains pods, nodes, '],
  ['why pod/none', 1, 'Error from server (NotFound): pods "none" not found\n'],
  ['why pod/p -o table', 1, "error: --output must be 'yaml' or 'json'\n"],
])('%s', async (line, code, err) => {
  const cluster = await withNodes(1);
  await create(cluster, POD('p', '1'));
  const ran = await cluster.run(line);
  expect(ran.code).toBe(code);
  expect(ran.err).toContain(err);
});
