/** `why` on clusters made by chance: the scheduler does what it says; each change that it proposes helps, and no part of it is in vain. */
import { createRandom, type Random } from '../../src/sim/random';
import { memoryCluster, type TestCluster } from './harness';

type Line = string | readonly string[];

/** A command line, or an object to create. */
type Step = { line: Line } | { object: object };

interface Spec {
  tolerations?: object[];
  topologySpreadConstraints?: { topologyKey: string; maxSkew: number }[];
  [field: string]: unknown;
}

interface Target {
  spec: Spec;
  [field: string]: unknown;
}

interface Told {
  winner?: string;
  message?: string;
  preemption?: { chosen?: string };
  changes: { changes: string[]; nodes: string[] }[];
}

async function build(steps: readonly Step[], seed: number): Promise<TestCluster> {
  const cluster = await memoryCluster({ nodes: 3, seed });
  for (const step of steps) {
    if ('object' in step) await cluster.ok('create -f -', { stdin: JSON.stringify(step.object) });
    else expect(await cluster.run(step.line)).toMatchObject({ code: 0 });
  }
  await cluster.ok('tick --settle -q');
  return cluster;
}

const pick = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)] as T;
const oneIn = (random: Random, many: number) => random.below(many) === 0;

function podBy(random: Random, name: string, nodeName?: string): Target {
  const requests = { cpu: pick(random, ['500m', '1', '2', '5']), memory: pick(random, ['1Gi', '10Gi']) };
  const ports = oneIn(random, 3) ? [{ containerPort: 80, hostPort: 80 }] : [];
  const apps = ['x', 'y'];
  const nearby = () => ({
    requiredDuringSchedulingIgnoredDuringExecution: [
      {
        topologyKey: pick(random, ['kubernetes.io/hostname', 'zone']),
        labelSelector: { matchLabels: { app: pick(random, apps) } },
      },
    ],
  });
  const constraint = {
    maxSkew: 1,
    topologyKey: pick(random, ['zone', 'kubernetes.io/hostname']),
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app: 'x' } },
    ...(oneIn(random, 2) ? { minDomains: 3 } : {}),
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: pick(random, apps) } },
    spec: {
      containers: [{ name: 'c', image: 'i:1', resources: { requests }, ports }],
      affinity: {
        ...(oneIn(random, 4) ? { podAntiAffinity: nearby() } : {}),
        ...(oneIn(random, 4) ? { podAffinity: nearby() } : {}),
      },
      ...(oneIn(random, 3) ? { topologySpreadConstraints: [constraint] } : {}),
      ...(nodeName ? { nodeName } : {}),
      ...(!nodeName && oneIn(random, 3) ? { priorityClassName: 'high' } : {}),
      ...(!nodeName && oneIn(random, 3) ? { nodeSelector: { zone: pick(random, ['a', 'b']) } } : {}),
    },
  };
}

function clusterBy(random: Random): Step[] {
  const steps: Step[] = [{ line: 'create priorityclass high --value=10' }];
  for (const node of ['node-1', 'node-2', 'node-3']) {
    if (oneIn(random, 2)) steps.push({ line: `label node ${node} zone=${pick(random, ['a', 'b'])}` });
    if (oneIn(random, 3)) steps.push({ line: `taint node ${node} k=v:NoSchedule` });
    if (oneIn(random, 4)) steps.push({ line: `cordon ${node}` });
  }
  for (let i = 0; i < 3; i++) steps.push({ object: podBy(random, `e${i}`, `node-${random.below(3) + 1}`) });
  return steps;
}

const resize = (node: string, allocatable: object): Step[] => {
  const patch = JSON.stringify({ status: { allocatable, capacity: allocatable } });
  return [{ line: ['patch', 'node', node, '--subresource=status', '--type=merge', '-p', patch] }];
};

/** What a change says, done: to the cluster by steps, or to the pod. */
const DEEDS: readonly [RegExp, (words: string[], pod: Target) => Step[]][] = [
  [
    /^label (\S+) with (.*)$/,
    ([node, labels = '']) => [{ line: `label node ${node} ${labels.replaceAll(',', '')} --overwrite` }],
  ],
  [/^uncordon (\S+)$/, ([node]) => [{ line: `uncordon ${node}` }]],
  [
    /^(\S+) more CPU on (\S+)$/,
    ([more = '', node = '']) =>
      resize(node, { cpu: `${4000 + (more.endsWith('m') ? Number.parseInt(more, 10) : Number(more) * 1000)}m` }),
  ],
  [/^(\d+)Gi more memory on (\S+)$/, ([more, node = '']) => resize(node, { memory: `${16 + Number(more)}Gi` })],
  [
    /without pod (.*)$/,
    ([pods = '']) =>
      pods.split(', ').map((pod) => ({ line: `delete pod ${pod.replace('default/', '')} --force --grace-period=0` })),
  ],
  [
    /^a pod with app=(\S+) on (\S+)$/,
    ([app, nodeName]) => [
      {
        object: {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'companion', labels: { app } },
          spec: { nodeName, containers: [{ name: 'c', image: 'i:1' }] },
        },
      },
    ],
  ],
  [
    /^tolerate k=v:NoSchedule$/,
    (_, { spec }) => {
      spec.tolerations = [{ key: 'k', value: 'v', effect: 'NoSchedule' }];
      return [];
    },
  ],
  [/^remove the taint k=v:NoSchedule from (\S+)$/, ([node]) => [{ line: `taint node ${node} k=v:NoSchedule-` }]],
  [
    /^allow maxSkew (\d+) for (\S+)$/,
    ([skew], { spec }) => {
      for (const constraint of spec.topologySpreadConstraints ?? []) constraint.maxSkew = Number(skew);
      return [];
    },
  ],
];

function doing(change: string, pod: Target): Step[] {
  for (const [pattern, deed] of DEEDS) {
    const found = pattern.exec(change);
    if (found) return deed(found.slice(1), pod);
  }
  throw new Error(`nobody knows how to do: ${change}`);
}

async function askedOf(cluster: TestCluster, pod: object): Promise<Told> {
  await cluster.ok('create -f -', { stdin: JSON.stringify(pod) });
  return JSON.parse(await cluster.ok('why pod/p -o json')) as Told;
}

// On some of them the pod goes somewhere at once; on the others it waits, and ways of one change and of several are told.
test.each([1, 2, 3, 4, 5, 6])('on the cluster of seed %i', async (seed) => {
  const random = createRandom(`why-${seed}`);
  const steps = clusterBy(random);
  const pod = podBy(random, 'p');
  const cluster = await build(steps, seed);
  const told = await askedOf(cluster, pod);
  await cluster.ok('tick 1s -q');
  const { spec, status } = JSON.parse(await cluster.ok('get pod p -o json'));
  expect(told.winner).toBe(spec.nodeName);
  if (told.winner) return;
  expect(told.message).toBe(status.conditions[0].message);
  expect(told.preemption?.chosen).toBe(status.nominatedNodeName);
  for (const { changes, nodes } of told.changes)
    for (const left of [undefined, ...(changes.length > 1 ? changes : [])]) {
      const changed = structuredClone(pod);
      const deeds = changes.filter((change) => change !== left).flatMap((change) => doing(change, changed));
      const { winner } = await askedOf(await build([...steps, ...deeds], seed), changed);
      const what = `${changes.join(' & ')}${left ? ` without ${left}` : ''}`;
      if (left === undefined) expect({ what, helps: winner !== undefined }).toEqual({ what, helps: true });
      else expect({ what, goesThere: nodes.includes(winner ?? '') }).toEqual({ what, goesThere: false });
    }
});
