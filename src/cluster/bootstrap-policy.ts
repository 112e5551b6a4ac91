/**
 * Puts the roles and bindings that every cluster with the mode RBAC has into its store (kubernetes `pkg/registry/rbac/rest/storage_rbac.go`
 * PolicyData.EnsureRBACPolicy). That is done when somebody first asks for any, so that a cluster that nobody asks is made
 * quickly and stays small; until then the authorizer goes by the same policy. Once it is there, a server that starts brings
 * back what was taken away from it.
 */
import { clone, type JsonObject } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';
import { reconciledBinding, reconciledRole } from '../apimachinery/policy-reconciliation';
import { RBAC_GROUP } from '../apimachinery/rbac';
import { isReason } from '../apimachinery/status';
import { BOOTSTRAP_KEY, bootstrapEntries } from '../apiserver/authorizers/policy';
import { bootstrapPolicy } from '../apiserver/bootstrap-policy/objects';
import { createApiServer } from '../apiserver/server';
import { Client, type ResourcePath } from '../client/client';
import type { Transport } from '../client/transport';
import { SimulatedClock } from '../sim/clock';
import { createRandom } from '../sim/random';
import { MemoryStore } from '../store/memory';
import { ConflictError, type Store } from '../store/store';
import type { ClusterRecord } from './cluster-record';

/** Counts changes of the policy: an older one is reconciled when it is met. */
const POLICY = 1;

const USER = 'system:apiserver';

/** Makes what is not there yet, as of the beginning of the cluster, in one commit. */
export async function ensureBootstrapPolicy(store: Store, record: ClusterRecord): Promise<void> {
  if (await store.get(BOOTSTRAP_KEY)) return;
  const draft = new MemoryStore({ history: 0 });
  const server = createApiServer({
    store: draft,
    clock: new SimulatedClock(record.startTime),
    random: createRandom(record.seed).fork('bootstrap-policy'),
    admission: [],
  });
  await createAll(server);
  for (;;) {
    const [{ entries: drafted }, { entries: present }] = await Promise.all([
      draft.range('/registry/'),
      store.range(`/registry/${RBAC_GROUP}/`),
    ]);
    const taken = new Set(present.map(({ key }) => key));
    const writes = drafted.filter(({ key }) => !taken.has(key)).map(({ key, value }) => ({ key, value, expect: 0 }));
    try {
      await store.commit([{ key: BOOTSTRAP_KEY, value: { policy: POLICY }, expect: 0 }, ...writes]);
      return;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      // Somebody else made it, or one of its names, in the meantime.
      if (await store.get(BOOTSTRAP_KEY)) return;
    }
  }
}

async function createAll(server: Transport): Promise<void> {
  const client = new Client(server, { user: USER, userAgent: 'kube-apiserver' });
  for (const [, object] of bootstrapEntries())
    await client.create(pathOf(object), object.metadata.namespace ?? '', clone(object as JsonObject) as KubeObject);
}

/**
 * What a starting server does: roles and bindings of the bootstrap policy that were deleted come back, and so do rules and
 * subjects that were taken out of them, but for those that say autoupdate: "false". Nothing is done before it is there at all.
 */
export async function reconcileBootstrapPolicy(store: Store, transport: Transport): Promise<void> {
  if (!(await store.get(BOOTSTRAP_KEY))) return;
  const client = new Client(transport, { user: USER, userAgent: 'kube-apiserver' });
  for (const objects of Object.values(bootstrapPolicy()) as (readonly KubeObject[])[])
    for (const object of objects) await reconcile(client, object);
}

async function reconcile(client: Client, wanted: KubeObject): Promise<void> {
  const { name = '', namespace = '' } = wanted.metadata;
  const path = pathOf(wanted);
  let existing: KubeObject;
  try {
    existing = await client.get(path, namespace, name);
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    await client.create(path, namespace, clone(wanted as JsonObject) as KubeObject);
    return;
  }
  const compare = wanted.kind?.endsWith('Binding') ? reconciledBinding : reconciledRole;
  const { object, operation, protected: alone } = compare(existing, clone(wanted as JsonObject) as KubeObject, false);
  if (alone || operation === 'none') return;
  // Which role is bound can't be changed.
  if (operation === 'recreate') {
    await client.delete(path, namespace, name);
    await client.create(path, namespace, object);
  } else await client.update(path, object);
}

function pathOf({ kind }: KubeObject): ResourcePath {
  return { group: RBAC_GROUP, version: 'v1', resource: `${kind?.toLowerCase()}s` };
}
