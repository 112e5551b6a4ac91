import fc from 'fast-check';
import { ApiError } from '../../src/apimachinery/status';
import { Client } from '../../src/client/client';
import { initialiseCluster } from '../../src/cluster/bootstrap';
import { createCluster } from '../../src/cluster/cluster';
import type { TickRequest } from '../../src/sim/controller';
import { MemoryStore } from '../../src/store/memory';
import { apps, background, core } from './cluster-under-test';

const DEPLOYMENTS = apps('deployments');
const NAMES = ['web', 'api'];

/** What a user may do between two ticks, and ticks. */
type Command =
  | { deploy: string; replicas: number }
  | { scale: string; replicas: number }
  | { image: string; tag: number }
  | { expose: string }
  | { remove: string; policy: string }
  | { killPod: number }
  | { tick: TickRequest };

const name = fc.constantFrom(...NAMES);
const replicas = fc.integer({ min: 0, max: 4 });
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ deploy: name, replicas }),
  fc.record({ scale: name, replicas }),
  fc.record({ image: name, tag: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ expose: name }),
  fc.record({ remove: name, policy: fc.constantFrom('Background', 'Foreground', 'Orphan') }),
  fc.record({ killPod: fc.nat() }),
  fc.record({
    tick: fc.oneof(
      fc.constant<TickRequest>({}),
      fc.record({ advance: fc.integer({ min: 1, max: 40 }).map((seconds) => seconds * 1000) }),
      fc.record({ settle: fc.constant(true) }),
    ),
  }),
);

async function perform(client: Client, one: Command): Promise<void> {
  if ('deploy' in one)
    await client.create(DEPLOYMENTS, 'default', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: one.deploy },
      spec: {
        replicas: one.replicas,
        selector: { matchLabels: { app: one.deploy } },
        template: {
          metadata: { labels: { app: one.deploy } },
          // More than two replicas don't fit: they stay pending.
          spec: {
            containers: [
              { name: 'c', image: 'example/app:1', resources: { requests: { cpu: one.replicas > 2 ? '3' : '1' } } },
            ],
          },
        },
      },
    });
  else if ('scale' in one)
    await client.patch(DEPLOYMENTS, 'default', one.scale, 'merge', { spec: { replicas: one.replicas } });
  else if ('image' in one)
    await client.patch(DEPLOYMENTS, 'default', one.image, 'strategic', {
      spec: { template: { spec: { containers: [{ name: 'c', image: `example/app:${one.tag}` }] } } },
    });
  else if ('expose' in one)
    await client.create(core('services'), 'default', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: one.expose },
      spec: { selector: { app: one.expose }, ports: [{ port: 80 }] },
    });
  else if ('remove' in one) await client.delete(DEPLOYMENTS, 'default', one.remove, background(one.policy));
  else if ('killPod' in one) {
    const { items } = await client.list(core('pods'), 'default');
    const victim = items[one.killPod % Math.max(1, items.length)];
    if (victim) await client.delete(core('pods'), 'default', victim.metadata.name as string);
  } else {
    const { failures } = await client.request<{ failures: unknown[] }>({
      method: 'POST',
      path: '/kubetick/tick',
      body: one.tick as never,
    });
    expect(failures).toEqual([]);
  }
}

/** Runs commands on a new cluster; each command in a process of its own, or all in one. */
async function run(commands: readonly Command[], restarts: boolean): Promise<string> {
  const store = new MemoryStore();
  await initialiseCluster(store, { seed: 42, nodes: 2 });
  let client: Client | undefined;
  for (const one of commands) {
    if (restarts || !client) client = new Client(await createCluster(store), { userAgent: 'kubectl' });
    try {
      await perform(client, one);
    } catch (error) {
      // What a user is refused changes nothing.
      if (!(error instanceof ApiError)) throw error;
    }
  }
  const { entries } = await store.range('/');
  return entries.map(({ key, value, revision }) => `${key} ${revision} ${JSON.stringify(value)}`).join('\n');
}

const settled: Command = { tick: { settle: true } };

test('the same commands on the same seed make the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 10 }), async (commands) => {
      const all = [...commands, settled];
      expect(await run(all, false)).toBe(await run(all, false));
    }),
    { numRuns: 25, seed: 1 },
  );
});

test('it does not matter how many processes run them: nobody remembers anything that is not in an object', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 10 }), async (commands) => {
      const all = [...commands, settled];
      expect(await run(all, true)).toBe(await run(all, false));
    }),
    { numRuns: 60, seed: 2 },
  );
});

test('what has settled stays as it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 10 }), async (commands) => {
      const all = [...commands, settled];
      expect(await run([...all, settled, settled], true)).toBe(await run(all, true));
    }),
    { numRuns: 25, seed: 3 },
  );
});
