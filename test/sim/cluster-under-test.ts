/** A cluster in memory with some controllers at work: what the tests of the simulation stand on. */
import type { Json } from '../../src/apimachinery/json';
import type { KubeObject } from '../../src/apimachinery/meta';
import { createApiServer } from '../../src/apiserver/server';
import { Client, type ResourcePath } from '../../src/client/client';
import { answerMemory } from '../../src/cluster/controller-memory';
import { answerEventBatch } from '../../src/cluster/event-batches';
import { SimulatedClock } from '../../src/sim/clock';
import { CLOCK_KEY, clockRecord } from '../../src/sim/clock-record';
import type { Controller, Settings, StepReport, TickReport, TickRequest } from '../../src/sim/controller';
import { createRandom } from '../../src/sim/random';
import { DEFAULT_SETTINGS } from '../../src/sim/settings';
import { Simulation } from '../../src/sim/simulation';
import { MemoryStore } from '../../src/store/memory';
import type { Store } from '../../src/store/store';

export const START = Date.parse('2026-01-01T00:00:00Z');

export interface ClusterUnderTest {
  store: Store;
  client: Client;
  clock: SimulatedClock;
  simulation: Simulation;
  tick(request?: TickRequest, onStep?: (step: StepReport) => void): Promise<TickReport>;
  /** Everything in the store, in order. */
  dump(): Promise<string>;
  /** A second process over the same store: it remembers nothing. */
  restart(): Promise<ClusterUnderTest>;
}

export interface Options {
  seed?: number;
  store?: Store;
  settings?: Partial<Settings>;
  /** Events are created by a request each, as where there is an audit log. */
  eventsOneByOne?: boolean;
}

export async function clusterWith(
  controllers: readonly Controller[],
  options: Options = {},
): Promise<ClusterUnderTest> {
  const { seed = 1, store = new MemoryStore(), settings, eventsOneByOne = false } = options;
  let now = START;
  const present = await store.get(CLOCK_KEY);
  if (present) now = Date.parse((present.value as { now: string }).now);
  else await store.commit([{ key: CLOCK_KEY, value: clockRecord(now), expect: 0 }]);
  const clock = new SimulatedClock(now);
  const random = createRandom(seed);
  const server = createApiServer({ store, clock, random: random.fork('apiserver') });
  server.handle('/kubetick/events', (request) => answerEventBatch(server.core, request, eventsOneByOne), {
    judges: true,
  });
  server.handle('/kubetick/memory/', (request, { user, info }) => answerMemory(store, request, user, info), {
    judges: true,
  });
  const client = new Client(server, { userAgent: 'kubectl' });
  if (!present) {
    await client.create(core('namespaces'), '', namespace('default'));
    await client.create(core('serviceaccounts'), 'default', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default' },
    });
  }
  const simulation = new Simulation({
    store,
    transport: server,
    clock,
    random: random.fork('simulation'),
    settings: { ...DEFAULT_SETTINGS, rootCertificate: 'PEM', ...settings },
    controllers,
  });
  return {
    store,
    clock,
    simulation,
    client,
    tick: (request = {}, onStep) => simulation.run(request, onStep),
    async dump() {
      const { entries } = await store.range('/');
      return entries.map(({ key, value }) => `${key} ${JSON.stringify(value)}`).join('\n');
    },
    restart: () => clusterWith(controllers, { ...options, store }),
  };
}

export const core = (resource: string): ResourcePath => ({ group: '', version: 'v1', resource });
export const apps = (resource: string): ResourcePath => ({ group: 'apps', version: 'v1', resource });
export const SLICES: ResourcePath = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };

/** Makes an object through the API, and sets its status if it has one. */
export async function make(client: Client, path: ResourcePath, object: KubeObject): Promise<KubeObject> {
  const { namespace = '' } = object.metadata;
  const made = await client.create(path, namespace, object);
  if (object['status'] === undefined || made['status']?.phase === object['status'].phase) return made;
  return client.updateStatus(path, { ...made, status: object['status'] });
}

/** A node that pods may come to: new ones are tainted until their life's controller finds them ready (TaintNodesByCondition). */
export async function makeNode(client: Client, name: string): Promise<void> {
  await client.create(core('nodes'), '', { apiVersion: 'v1', kind: 'Node', metadata: { name } });
  await client.patch(core('nodes'), '', name, 'merge', { spec: { taints: null } });
}

export function configMap(
  name: string,
  metadata: Partial<KubeObject['metadata']> = {},
  data?: Record<string, string>,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', ...metadata },
    ...(data ? { data } : {}),
  };
}

export function ownedBy(owner: KubeObject, blockOwnerDeletion = false) {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name as string, uid: metadata.uid as string, blockOwnerDeletion };
}

export const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

/** The names of what a list holds. */
export async function names(client: Client, path: ResourcePath, inNamespace = 'default'): Promise<string[]> {
  const { items } = await client.list(path, inNamespace);
  return items.map((item) => item.metadata.name as string);
}

export function background(propagationPolicy: string): Json {
  return { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy };
}
