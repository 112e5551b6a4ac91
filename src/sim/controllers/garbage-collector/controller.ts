/**
 * Deletes what nobody owns any more (kubernetes `pkg/controller/garbagecollector`): dependents whose owners are all gone
 * (background), dependents of an owner that waits for them (foreground); and lets dependents go free where the owner is
 * deleted with `orphan`. Upstream builds a graph from watches; here the cache's index of owners is that graph.
 */
import { deepEqual, type Json } from '../../../apimachinery/json';
import { type KubeObject, type OwnerReference, parseGroupVersion } from '../../../apimachinery/meta';
import { ApiError, isReason } from '../../../apimachinery/status';
import { DELETION, FINALIZERS, OWNERS } from '../../changed-parts';
import type { Context, Controller, IndexedCache, Located, ResourceName } from '../../controller';
import { pathOf } from '../../resource-names';
import { type OwnerKind, resolveKind } from './owner-kinds';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';
const NOTHING: readonly string[] = [];

const controller: Controller = {
  name: 'garbage-collector-controller',
  user: 'system:serviceaccount:kube-system:generic-garbage-collector',
  fieldManager: 'kube-controller-manager',
  watches: [{ resource: '*', minds: OWNERS | FINALIZERS | DELETION, keys: affected }],
  reconcile(key, context) {
    const { resource, namespace, name } = splitItemKey(key);
    const item = context.cache.get(resource, namespace, name);
    if (!item) return undefined;
    const { deletionTimestamp, finalizers, ownerReferences } = item.metadata;
    if (deletionTimestamp) {
      if (finalizers?.includes(ORPHAN)) return orphanDependents({ resource, object: item }, context);
      // "Being deleted" is a one-way trip: there is only its dependents to wait for.
      if (finalizers?.includes(FOREGROUND)) return releaseWhenAlone({ resource, object: item }, context);
      return undefined;
    }
    if (!ownerReferences?.length) return undefined;
    if (ownerReferences.every((owner) => state(owner, item, context.cache) === 'solid')) return undefined;
    return collect({ resource, object: item }, context);
  },
};

/** Whose fate may hang on a change of this object: its own, its dependents' and its owners'. */
function affected(
  object: KubeObject,
  cache: IndexedCache,
  previous: KubeObject | undefined,
  resource: ResourceName = '',
): readonly string[] {
  const { uid = '', ownerReferences, deletionTimestamp, finalizers } = object.metadata;
  const gone = cache.byUid(uid) === undefined;
  if (previous && !gone && !ownershipChanged(object, previous)) return NOTHING;
  const keys: string[] = [];
  const waits = deletionTimestamp !== undefined && (finalizers?.includes(FOREGROUND) || finalizers?.includes(ORPHAN));
  if (!gone && (waits || ownerReferences?.length)) keys.push(itemKey(resource, object));
  if (gone || waits)
    for (const dependent of cache.dependents(uid)) keys.push(itemKey(dependent.resource, dependent.object));
  for (const owners of [ownerReferences, previous?.metadata.ownerReferences])
    for (const reference of owners ?? []) {
      const owner = cache.locate(reference.uid);
      if (owner && isDeletingDependents(owner.object)) keys.push(itemKey(owner.resource, owner.object));
    }
  return keys;
}

function ownershipChanged({ metadata: is }: KubeObject, { metadata: was }: KubeObject): boolean {
  return (
    is.uid !== was.uid ||
    is.deletionTimestamp !== was.deletionTimestamp ||
    !sameJson(is.finalizers, was.finalizers) ||
    !sameJson(is.ownerReferences, was.ownerReferences)
  );
}

function sameJson(a: unknown, b: unknown): boolean {
  return a === b || deepEqual(a as Json | undefined, b as Json | undefined);
}

/** attemptToDeleteItem: some owner of this object is gone or waits for it to go. */
async function collect(item: Located, context: Context): Promise<undefined> {
  const { cache, client } = context;
  const { object } = item;
  const references = object.metadata.ownerReferences ?? [];
  const solid: OwnerReference[] = [];
  let waiting = false;
  for (const reference of references) {
    const is = await classify(reference, item, context);
    if (is === 'invalid') return undefined;
    if (is === 'solid') solid.push(reference);
    else if (is === 'waiting') waiting = true;
  }
  if (solid.length > 0) {
    // The waiting ones must be let go of too, or their finalizer would wait for this object for ever.
    if (solid.length < references.length)
      await patchMetadata(item, { ownerReferences: solid as unknown as Json }, context);
    return undefined;
  }
  const dependents = cache.dependents(object.metadata.uid ?? '');
  let policy = 'Background';
  if (waiting && dependents.length > 0) {
    policy = 'Foreground';
    // A dependent that waits itself may close a circle: break it.
    if (dependents.some((dependent) => isDeletingDependents(dependent.object)))
      await patchMetadata(
        item,
        { ownerReferences: references.map((owner) => ({ ...owner, blockOwnerDeletion: false })) as unknown as Json },
        context,
      );
  } else if (object.metadata.finalizers?.includes(ORPHAN)) policy = 'Orphan';
  else if (object.metadata.finalizers?.includes(FOREGROUND)) policy = 'Foreground';
  const { namespace = '', name = '', uid = '' } = object.metadata;
  try {
    await client.delete(pathOf(item.resource, object), namespace, name, {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      preconditions: { uid },
      propagationPolicy: policy,
    });
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}

type OwnerState = 'solid' | 'dangling' | 'waiting' | 'invalid';

/** What the cache says of an owner: enough where it is solid or waiting. */
function state(reference: OwnerReference, item: KubeObject, cache: IndexedCache): OwnerState {
  const owner = cache.byUid(reference.uid);
  if (!owner || !isOwner(reference, owner, item)) return 'dangling';
  return isDeletingDependents(owner) ? 'waiting' : 'solid';
}

/** classifyReferences: an owner is missing only if its kind exists, and could be an owner of this object at all. */
async function classify(reference: OwnerReference, item: Located, context: Context): Promise<OwnerState> {
  const { object } = item;
  const is = state(reference, object, context.cache);
  if (is !== 'dangling') return is;
  const kind: OwnerKind = await resolveKind(context.client, reference.apiVersion, reference.kind);
  const owner = context.cache.byUid(reference.uid);
  if (owner?.metadata.namespace && owner.metadata.namespace !== object.metadata.namespace)
    reportInvalid(reference, object, context);
  // Looking it up again would not help: a namespaced owner of an object without a namespace is ignored.
  return kind.namespaced && !object.metadata.namespace ? 'invalid' : 'dangling';
}

/** reportInvalidNamespaceOwnerRef: an owner where no owner of this object can be. Said once. */
function reportInvalid(owner: OwnerReference, object: KubeObject, { events, cache }: Context): void {
  const said = cache.index('events', 'about', object.metadata.uid ?? '');
  if (said.some((event) => event['reason'] === 'OwnerRefInvalidNamespace')) return;
  const { namespace = '' } = object.metadata;
  const { apiVersion, kind, name, uid } = owner;
  const text = `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`;
  events.event(
    object,
    'Warning',
    'OwnerRefInvalidNamespace',
    `ownerRef ${text} does not exist in namespace ${JSON.stringify(namespace)}`,
  );
}

/** Is this the object that the reference means? It has to be in the same namespace, or in none. */
function isOwner(reference: OwnerReference, owner: KubeObject, item: KubeObject): boolean {
  return (
    owner.kind === reference.kind &&
    owner.metadata.name === reference.name &&
    parseGroupVersion(owner.apiVersion).group === parseGroupVersion(reference.apiVersion).group &&
    (!owner.metadata.namespace || owner.metadata.namespace === item.metadata.namespace)
  );
}

function isDeletingDependents({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers?.includes(FOREGROUND) ?? false);
}

/** processDeletingDependentsItem: the owner may go when no dependent blocks it. Dependents have keys of their own. */
function releaseWhenAlone(item: Located, context: Context): Promise<undefined> | undefined {
  const { uid } = item.object.metadata;
  const blocked = context.cache
    .dependents(uid ?? '')
    .some(({ object }) =>
      object.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true),
    );
  return blocked ? undefined : removeFinalizer(item, FOREGROUND, context);
}

/** attemptToOrphanWorker: every dependent forgets this owner, and then the owner may go. */
async function orphanDependents(item: Located, context: Context): Promise<undefined> {
  const { uid } = item.object.metadata;
  for (const dependent of context.cache.dependents(uid ?? '')) {
    const others = (dependent.object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
    await patchMetadata(dependent, { ownerReferences: others as unknown as Json }, context);
  }
  return removeFinalizer(item, ORPHAN, context);
}

async function removeFinalizer(item: Located, finalizer: string, context: Context): Promise<undefined> {
  const finalizers = (item.object.metadata.finalizers ?? []).filter((other) => other !== finalizer);
  await patchMetadata(item, { finalizers }, context);
}

/** A merge patch of lists in metadata that holds only for the object as it was seen. One that is gone needs none. */
async function patchMetadata(
  { resource, object }: Located,
  lists: Record<string, Json>,
  { client }: Context,
): Promise<void> {
  const { namespace = '', name = '', uid = '', resourceVersion = '' } = object.metadata;
  const metadata: Record<string, Json> = { uid, resourceVersion };
  // A list that becomes empty is removed whole.
  for (const [key, list] of Object.entries(lists))
    metadata[key] = Array.isArray(list) && list.length === 0 ? null : list;
  try {
    await client.patch(pathOf(resource, object), namespace, name, 'merge', { metadata });
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'NotFound') throw error;
  }
}

/** `deployments.apps/default/web`: keys of all resources in one queue. */
function itemKey(resource: ResourceName, { metadata }: KubeObject): string {
  return `${resource}/${metadata.namespace ?? ''}/${metadata.name}`;
}

function splitItemKey(key: string): { resource: ResourceName; namespace: string; name: string } {
  const [resource = '', namespace = '', ...name] = key.split('/');
  return { resource, namespace, name: name.join('/') };
}

export default controller;
