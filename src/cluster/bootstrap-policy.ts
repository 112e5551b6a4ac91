/**
 * Puts the roles and bindings that every cluster with the mode RBAC has into its store (kubernetes `pkg/registry/rbac/rest/storage_rbac.go`
 * PolicyData.EnsureRBACPolicy). Until somebody asks for any the authorizer goes by the same policy. Once it is there, a server that
 * starts brings back what was taken away from it.
 */
import { clone, type JsonObject } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';
import { reconciledBinding, reconciledRole } from '../apimachinery/policy-reconciliation';
import { RBAC_GROUP } from '../apimachinery/rbac';
import { isReason } from '../apimachinery/status';
import { BOOTSTRAP_KEY, bootstrapEntries } from '../apiserver/authorizers/policy';
import { bootstrapPolicy } from '../apiserver/bootstrap-policy/objects';
import { Client, type ResourcePath } from '../client/client';
import type { Transport } from '../client/transport';
import type { Store } from '../store/store';
import { BOOTSTRAP_USER, ensureBootstrapObjects } from './bootstrap-objects';
import type { ClusterRecord } from './cluster-record';

/** Counts changes of the policy: an older one is reconciled when it is met. */
const POLICY = 1;

export function ensureBootstrapPolicy(store: Store, record: ClusterRecord): Promise<void> {
  return ensureBootstrapObjects(store, record, {
    ...{ key: BOOTSTRAP_KEY, mark: { policy: POLICY }, group: RBAC_GROUP, label: 'bootstrap-policy' },
    async create(client) {
      for (const [, object] of bootstrapEntries())
        await client.create(pathOf(object), object.metadata.namespace ?? '', clone(object as JsonObject) as KubeObject);
    },
  });
}

/**
 * What a starting server does: roles and bindings of the bootstrap policy that were deleted come back, and so do rules and
 * subjects that were taken out of them, but for those that say autoupdate: "false". Nothing is done before it is there at all.
 */
export async function reconcileBootstrapPolicy(store: Store, transport: Transport): Promise<void> {
  if (!(await store.get(BOOTSTRAP_KEY))) return;
  const client = new Client(transport, { user: BOOTSTRAP_USER, userAgent: 'kube-apiserver' });
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
