/**
 * Objects that every cluster has and few ask for. They are made when somebody first asks for any of their group, as of the beginning of
 * the cluster and in one commit, so that a cluster that nobody asks is made quickly and stays small.
 */
import type { JsonObject } from '../apimachinery/json';
import { createApiServer } from '../apiserver/server';
import { Client } from '../client/client';
import { SimulatedClock } from '../sim/clock';
import { createRandom } from '../sim/random';
import { MemoryStore } from '../store/memory';
import { ConflictError, type Store } from '../store/store';
import type { ClusterRecord } from './cluster-record';

export interface BootstrapObjects {
  /** Lies in the store once they do, and with what. */
  readonly key: string;
  readonly mark: JsonObject;
  readonly group: string;
  /** What chance is forked by. */
  readonly label: string;
  create(client: Client): Promise<void>;
}

/** Makes what is not there yet. */
export async function ensureBootstrapObjects(
  store: Store,
  record: ClusterRecord,
  { key, mark, group, label, create }: BootstrapObjects,
): Promise<void> {
  if (await store.get(key)) return;
  const draft = new MemoryStore({ history: 0 });
  const server = createApiServer({
    store: draft,
    clock: new SimulatedClock(record.startTime),
    random: createRandom(record.seed).fork(label),
    admission: [],
  });
  await create(new Client(server, { user: BOOTSTRAP_USER, userAgent: 'kube-apiserver' }));
  for (;;) {
    const [{ entries: drafted }, { entries: present }] = await Promise.all([
      draft.range('/registry/'),
      store.range(`/registry/${group}/`),
    ]);
    const taken = new Set(present.map((entry) => entry.key));
    const missing = drafted.filter((entry) => !taken.has(entry.key));
    const writes = missing.map((entry) => ({ key: entry.key, value: entry.value, expect: 0 }));
    try {
      await store.commit([{ key, value: mark, expect: 0 }, ...writes]);
      return;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      // Somebody else made it, or one of its names, in the meantime.
      if (await store.get(key)) return;
    }
  }
}

export const BOOTSTRAP_USER = 'system:apiserver';
