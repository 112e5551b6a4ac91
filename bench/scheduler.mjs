// How many pods the scheduler places in a second on a large cluster: the scheduling cycle alone, and with what its writes
// cost an API server over a store in memory. KUBETICK_BENCH_NODES and KUBETICK_BENCH_PODS make it smaller or larger.
import { bundled } from './bundle.mjs';

const EXPORTS = `
  export { Client } from './src/client/client';
  export { initialiseCluster } from './src/cluster/bootstrap';
  export { createCluster } from './src/cluster/cluster';
  export { setSchemaReader } from './src/schema/catalog';
  export { ClusterView } from './src/sim/scheduler/cluster-view';
  export { profilesOf } from './src/sim/scheduler/configuration/configuration';
  export { Failures } from './src/sim/scheduler/failures';
  export { PodInfo } from './src/sim/scheduler/pod-info';
  export { createProfile } from './src/sim/scheduler/profile';
  export { schedulePod } from './src/sim/scheduler/schedule-pod';
  export { MemoryStore } from './src/store/memory';
`;
const NODES = Number(process.env.KUBETICK_BENCH_NODES ?? 5_000);
const PODS = Number(process.env.KUBETICK_BENCH_PODS ?? 10_000);
const ZONES = ['zone-a', 'zone-b', 'zone-c'];
const PODS_PATH = { group: '', version: 'v1', resource: 'pods' };
const NODES_PATH = { group: '', version: 'v1', resource: 'nodes' };

function node(i) {
  const name = `node-${i}`;
  const resources = { cpu: '64', memory: '256Gi', pods: '110', 'ephemeral-storage': '100Gi' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'topology.kubernetes.io/zone': ZONES[i % 3],
        disk: i % 2 === 0 ? 'ssd' : 'hdd',
      },
    },
    spec: {},
    status: { allocatable: resources, capacity: resources, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

const term = (topologyKey, labels) => ({ labelSelector: { matchLabels: labels }, topologyKey });

/** What kube-scheduler's own CI measures, and how many a second we promise. */
const WORKLOADS = {
  'plain pods': { atLeast: 8_000, spec: () => ({}) },
  'node affinity': {
    atLeast: 5_000,
    spec: () => ({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['zone-a', 'zone-b'] },
                ],
              },
            ],
          },
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 10, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } },
          ],
        },
      },
    }),
  },
  'topology spread': {
    atLeast: 3_000,
    spec: (labels) => ({
      topologySpreadConstraints: [
        {
          maxSkew: 5,
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: labels },
        },
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: labels },
        },
      ],
    }),
  },
  'pod anti-affinity by hostname': {
    atLeast: 1_500,
    // A pod of each group a host: as many groups as it takes.
    groups: Math.ceil(PODS / (NODES / 2)),
    spec: (labels) => ({
      affinity: {
        podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term('kubernetes.io/hostname', labels)] },
      },
    }),
  },
  'preferred pod affinity': {
    atLeast: 500,
    spec: (labels) => ({
      affinity: {
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, podAffinityTerm: term('kubernetes.io/hostname', labels) },
          ],
        },
      },
    }),
  },
  'unschedulable pods, all alike': { atLeast: 5_000, fails: true, spec: () => ({}), cpu: () => '63500m' },
  'unschedulable pods, all different': {
    atLeast: 5_000,
    fails: true,
    spec: () => ({}),
    cpu: (i) => `${63_000 + (i % 1000)}m`,
  },
};

function pod(i, { spec, groups = 10, cpu = () => '100m' }) {
  const labels = { app: `app-${i % groups}` };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${i}`, namespace: 'default', uid: `0000-${i}`, labels },
    spec: {
      containers: [
        { name: 'c', image: 'registry.k8s.io/pause:3.10', resources: { requests: { cpu: cpu(i), memory: '128Mi' } } },
      ],
      ...spec(labels),
    },
  };
}

/** What this process used of a processor, so that whatever else the machine does is not counted. */
function processorSeconds(since) {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

/** The scheduling cycle: a view kept up to date, a pod after the other, each assumed where it goes. */
function cycles(parts, workload) {
  const { ClusterView, Failures, PodInfo, createProfile, profilesOf, schedulePod } = parts;
  const objects = { get: () => undefined, list: () => [], index: () => [] };
  const view = new ClusterView(objects);
  for (let i = 0; i < NODES; i++) view.setNode(node(i));
  if (workload.fails)
    for (let i = 0; i < NODES; i++) view.place(new PodInfo(pod(i, { spec: () => ({}), cpu: () => '2' })), `node-${i}`);
  const profile = createProfile(profilesOf(undefined)[0], view);
  const failures = new Failures();
  const pods = Array.from({ length: PODS }, (_, i) => pod(1_000_000 + i, workload));
  const begin = process.cpuUsage();
  let placed = 0;
  for (const object of pods) {
    const info = new PodInfo(object);
    const found = failures.known(info, view) ?? schedulePod(info, profile, view);
    if ('node' in found) {
      view.place(info, found.node.name);
      placed++;
    } else failures.of(info, found, profile, view);
    view.sweep();
  }
  const seconds = processorSeconds(begin);
  if (placed !== (workload.fails ? 0 : PODS)) throw new Error(`${placed} of ${PODS} pods were placed`);
  return PODS / seconds;
}

/** The same through the API server: pods made, then bound in one step. */
async function bindings(parts, workload) {
  const { Client, MemoryStore, createCluster, initialiseCluster } = parts;
  const store = new MemoryStore();
  await initialiseCluster(store, { seed: 1, nodes: 0 });
  const client = new Client(await createCluster(store), { userAgent: 'bench' });
  for (let i = 0; i < NODES; i++) await client.create(NODES_PATH, '', node(i));
  // New nodes are tainted until they are found ready.
  await client.request({ method: 'POST', path: '/kubetick/tick', body: { settle: true } });
  for (let i = 0; i < PODS; i++) {
    const { metadata, ...rest } = pod(i, workload);
    const { name, labels } = metadata;
    await client.create(PODS_PATH, 'default', { ...rest, metadata: { name, labels } });
  }
  const begin = process.cpuUsage();
  await client.request({ method: 'POST', path: '/kubetick/tick', body: {} });
  const seconds = processorSeconds(begin);
  const { items } = await client.list(PODS_PATH, 'default', { fieldSelector: 'spec.nodeName!=' });
  if (items.length !== PODS) throw new Error(`${items.length} of ${PODS} pods were bound`);
  return PODS / seconds;
}

export async function scheduler() {
  const parts = await bundled('scheduler', EXPORTS);
  const rows = [];
  for (const [name, workload] of Object.entries(WORKLOADS)) {
    const rate = Math.max(cycles(parts, workload), cycles(parts, workload));
    rows.push({ name: `${name}, cycle`, measured: rate, unit: '/s', least: workload.atLeast });
  }
  rows.push({
    name: 'plain pods, a whole step with all its writes',
    measured: await bindings(parts, WORKLOADS['plain pods']),
    unit: '/s',
  });
  return rows;
}
