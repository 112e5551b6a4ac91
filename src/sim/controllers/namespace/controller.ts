/**
 * Empties a namespace that is being deleted, and then lets it go (kubernetes `pkg/controller/namespace`, with
 * OrderedNamespaceDeletion: pods first, the rest when they are gone).
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { resourcePath } from '../../../client/client';
import type { Context, Controller, IndexedCache, ResourceName, Result } from '../../controller';
import { pathOf } from '../../resource-names';
import { type ContentTotals, deletionConditions, updateConditions } from './conditions';

const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };
const FINALIZER = 'kubernetes';

const controller: Controller = {
  name: 'namespace-controller',
  user: 'system:serviceaccount:kube-system:namespace-controller',
  fieldManager: 'kube-controller-manager',
  watches: [
    {
      resource: 'namespaces',
      keys: (namespace) => (namespace.metadata.deletionTimestamp ? [namespace.metadata.name as string] : []),
    },
    // Whatever happens in a namespace that is on its way out may be the last thing it waited for.
    { resource: '*', when: anyTerminating, keys: terminatingNamespace },
    { resource: 'events', when: anyTerminating, keys: terminatingNamespace },
  ],
  reconcile(key, context) {
    const namespace = context.cache.get('namespaces', '', key);
    if (!namespace?.metadata.deletionTimestamp || !namespace['spec']?.finalizers?.length) return undefined;
    return empty(namespace, context);
  },
};

function anyTerminating(cache: IndexedCache): boolean {
  return cache.any('namespaces', 'terminating');
}

function terminatingNamespace({ metadata }: KubeObject, cache: IndexedCache): readonly string[] {
  if (!metadata.namespace) return [];
  const namespace = cache.get('namespaces', '', metadata.namespace);
  return namespace?.metadata.deletionTimestamp ? [metadata.namespace] : [];
}

/** namespacedResourcesDeleter.Delete */
async function empty(namespace: KubeObject, context: Context): Promise<Result | undefined> {
  const { cache, client } = context;
  const name = namespace.metadata.name as string;
  const errors: string[] = [];
  const totals: ContentTotals = { resources: new Map(), finalizers: new Map() };
  const pods = cache.list('pods', name);
  if (pods.length > 0) await removeAll('pods', name, context, totals, errors);
  const podsRemain = totals.resources.size > 0;
  if (!podsRemain)
    for (const resource of cache.resources())
      if (resource !== 'pods' && cache.count(resource, name) > 0)
        await removeAll(resource, name, context, totals, errors);
  const conditions = deletionConditions(totals, errors);
  const status = { ...namespace['status'], phase: 'Terminating' };
  const changed = updateConditions(status, conditions, podsRemain, context.clock.now());
  let current = namespace;
  if (changed || namespace['status']?.phase !== 'Terminating')
    current = await client.updateStatus(NAMESPACES, { ...namespace, status });
  if (errors.length > 0) throw new Error(errors.join(', '));
  if (totals.resources.size > 0) return { requeueAfter: pollAfter(pods, totals), periodic: true };
  await finalize(current, context);
  return undefined;
}

/** deleteAllContentForGroupVersionResource: deletes, and counts what is left: the cache still shows what was there. */
async function removeAll(
  resource: ResourceName,
  namespace: string,
  context: Context,
  totals: ContentTotals,
  errors: string[],
): Promise<void> {
  try {
    await deleteCollection(resource, namespace, context);
    await countRemaining(resource, namespace, context, totals);
  } catch (error) {
    errors.push(error instanceof Error ? error.message : String(error));
  }
}

async function deleteCollection(resource: ResourceName, namespace: string, { cache, client }: Context): Promise<void> {
  const objects = cache.list(resource, namespace);
  const [object] = objects;
  // What is on its way out already only has to be waited for.
  if (!object || objects.every(({ metadata }) => metadata.deletionTimestamp)) return;
  const path = pathOf(resource, object);
  const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' };
  try {
    await client.request({ method: 'DELETE', path: resourcePath(path, namespace), body });
  } catch (error) {
    if (!isReason(error, 'MethodNotAllowed') && !isReason(error, 'NotFound')) throw error;
    for (const { metadata } of objects) {
      try {
        await client.delete(path, namespace, metadata.name as string, body);
      } catch (failure) {
        if (!isReason(failure, 'NotFound') && !isReason(failure, 'MethodNotAllowed')) throw failure;
      }
    }
  }
}

async function countRemaining(
  resource: ResourceName,
  namespace: string,
  { cache, client }: Context,
  totals: ContentTotals,
): Promise<void> {
  const [object] = cache.list(resource, namespace);
  if (!object) return;
  const { items } = await client.list(pathOf(resource, object), namespace);
  if (items.length === 0) return;
  totals.resources.set(resource, items.length);
  for (const { metadata } of items)
    for (const finalizer of metadata.finalizers ?? [])
      totals.finalizers.set(finalizer, (totals.finalizers.get(finalizer) ?? 0) + 1);
}

/** Half of the estimate and a second (`namespace_controller.go`): only in case that no watch tells of the end. */
function pollAfter(pods: readonly KubeObject[], { finalizers }: ContentTotals): number {
  const grace = Math.max(0, ...pods.map((pod) => pod['spec']?.terminationGracePeriodSeconds ?? 0));
  const estimate = grace || (finalizers.size > 0 ? 15 : 0);
  return (Math.floor(estimate / 2) + 1) * 1000;
}

/** finalizeNamespace: takes our finalizer off, and the server lets the namespace go. */
async function finalize(namespace: KubeObject, { client }: Context): Promise<void> {
  const finalizers = (namespace['spec'].finalizers as string[]).filter((token) => token !== FINALIZER);
  try {
    await client.update(
      NAMESPACES,
      { apiVersion: 'v1', kind: 'Namespace', metadata: namespace.metadata, spec: { ...namespace['spec'], finalizers } },
      undefined,
      'finalize',
    );
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}

export default controller;
