/** The scheduler remembers nothing: with a new process for every command the same bytes come to be, whatever keeps pods waiting. */
import fc from 'fast-check';
import { ApiError } from '../../../src/apimachinery/status';
import { Client } from '../../../src/client/client';
import { initialiseCluster } from '../../../src/cluster/bootstrap';
import { createCluster } from '../../../src/cluster/cluster';
import { MemoryStore } from '../../../src/store/memory';
import { NODES, PODS, pod } from '../whole-cluster';

const PRIORITIES = { group: 'scheduling.k8s.io', version: 'v1', resource: 'priorityclasses' };
const ZONE = 'topology.kubernetes.io/zone';

const app = fc.constantFrom('web', 'db');
const nodeName = fc.constantFrom('node-1', 'node-2');
const wish = fc.constantFrom('none', 'none', 'apart', 'together', 'spread', 'ssd', 'gated', 'port');
const command = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      create: app,
      cpu: fc.constantFrom('500m', '1', '3', '3'),
      priority: fc.constantFrom('low', 'high', 'patient'),
      wish,
    }),
  },
  fc.record({ label: nodeName, zone: fc.constantFrom('a', 'b', null), disk: fc.constantFrom('ssd', null) }),
  fc.record({ taint: nodeName, effect: fc.constantFrom('NoSchedule', 'PreferNoSchedule', null) }),
  fc.record({ cordon: nodeName, unschedulable: fc.boolean() }),
  fc.record({ kill: fc.nat(9) }),
  fc.record({ open: fc.nat(9) }),
  { weight: 4, arbitrary: fc.record({ seconds: fc.integer({ min: 0, max: 40 }) }) },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

function specOf(name: string, wanted: string): object {
  const term = { topologyKey: ZONE, labelSelector: { matchLabels: { app: name } } };
  const required = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
  switch (wanted) {
    case 'apart':
      return { affinity: { podAntiAffinity: required } };
    case 'together':
      return { affinity: { podAffinity: required } };
    case 'spread':
      return { topologySpreadConstraints: [{ ...term, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' }] };
    case 'ssd':
      return { nodeSelector: { disk: 'ssd' } };
    case 'gated':
      return { schedulingGates: [{ name: 'example.com/wait' }] };
    default:
      return {};
  }
}

async function perform(client: Client, one: Command, nth: number): Promise<void> {
  if ('create' in one) {
    const ports = one.wish === 'port' ? { ports: [{ containerPort: 80, hostPort: 80 }] } : {};
    const containers = [{ name: 'c', image: 'i', resources: { requests: { cpu: one.cpu } }, ...ports }];
    const spec = { ...specOf(one.create, one.wish), containers, priorityClassName: one.priority };
    await client.create(PODS, 'default', pod(`p${nth}`, spec, { app: one.create }));
  } else if ('label' in one) {
    const labels = { [ZONE]: one.zone, disk: one.disk };
    await client.patch(NODES, '', one.label, 'merge', { metadata: { labels } });
  } else if ('taint' in one) {
    const taints = one.effect === null ? null : [{ key: 'dedicated', value: 'x', effect: one.effect }];
    await client.patch(NODES, '', one.taint, 'merge', { spec: { taints } });
  } else if ('cordon' in one) {
    await client.patch(NODES, '', one.cordon, 'merge', { spec: { unschedulable: one.unschedulable || null } });
  } else if ('kill' in one || 'open' in one) {
    const { items } = await client.list(PODS, 'default');
    const chosen = items[('kill' in one ? one.kill : one.open) % Math.max(1, items.length)]?.metadata.name;
    if (chosen && 'kill' in one) await client.delete(PODS, 'default', chosen);
    else if (chosen) await client.patch(PODS, 'default', chosen, 'merge', { spec: { schedulingGates: null } });
  } else {
    await tick(client, one.seconds);
  }
}

/** So many seconds; none given: until everything is settled. */
async function tick(client: Client, seconds?: number): Promise<void> {
  const body: Record<string, number | boolean> = seconds === undefined ? { settle: true } : { advance: seconds * 1000 };
  const { failures } = await client.request<{ failures: unknown[] }>({ method: 'POST', path: '/kubetick/tick', body });
  expect(failures).toEqual([]);
}

async function textOf(store: MemoryStore): Promise<string> {
  const { entries } = await store.range('/');
  return entries.map(({ key, value, revision }) => `${key} ${revision} ${JSON.stringify(value)}`).join('\n');
}

async function run(commands: readonly Command[], restarts: boolean): Promise<string> {
  const store = new MemoryStore();
  await initialiseCluster(store, { seed: 36, nodes: 2 });
  let client = new Client(await createCluster(store), { userAgent: 'kubectl' });
  for (const [name, value, preemptionPolicy] of [
    ['low', 1, 'PreemptLowerPriority'],
    ['high', 100, 'PreemptLowerPriority'],
    ['patient', 100, 'Never'],
  ] as const) {
    const metadata = { name };
    const kind = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass' };
    await client.create(PRIORITIES, '', { ...kind, metadata, value, preemptionPolicy } as never);
  }
  let nth = 0;
  for (const one of commands) {
    if (restarts) client = new Client(await createCluster(store), { userAgent: 'kubectl' });
    try {
      await perform(client, one, nth++);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }
  await tick(client);
  const settled = await textOf(store);
  // What has settled stays as it is.
  await tick(client);
  if ((await textOf(store)) !== settled) expect(differing(await textOf(store), settled)).toEqual([]);
  return settled;
}

/** Nodes with little room, for a start. */
const FULL: Command[] = [
  { create: 'web', cpu: '3', priority: 'low', wish: 'none' },
  { create: 'db', cpu: '3', priority: 'low', wish: 'none' },
  { seconds: 3 },
];

/** The first few lines of one that are not in the other. */
function differing(many: string, one: string): string[] {
  const known = new Set(one.split('\n'));
  return many
    .split('\n')
    .filter((line) => !known.has(line))
    .map((line) => line.slice(0, 2000))
    .slice(0, 4);
}

test('one process or many make the same of pods that wait, preempt and are preempted', async () => {
  let preempted = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 4, maxLength: 14 }), async (more) => {
      const commands: Command[] = [...FULL, ...more];
      const one = await run(commands, false);
      const many = await run(commands, true);
      // The whole store is too long to be told.
      if (many !== one) expect(differing(many, one)).toEqual([]);
      if (one.includes('Preempted by pod')) preempted++;
    }),
    { numRuns: 25, seed: 36 },
  );
  expect(preempted).toBeGreaterThan(3);
});
