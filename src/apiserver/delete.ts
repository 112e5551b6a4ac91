/**
 * DELETE: at once, after a grace period, or when the last finalizer has gone (apiserver `registry/rest/delete.go`,
 * `registry/generic/registry/store.go` Store.Delete).
 */
import { deepEqual, type Json } from '../apimachinery/json';
import { asJson, type KubeObject } from '../apimachinery/meta';
import { conflict, internalError, notFound } from '../apimachinery/status';
import { formatTime, parseTime } from '../apimachinery/time';
import type { ApiResponse } from '../client/transport';
import { ConflictError, type Entry, type Write } from '../store/store';
import { admissionAttributes } from './admission-attributes';
import { forgettingBegun } from './begun-environments';
import { companionWrites } from './companions';
import { type DeleteOptions, deleteOptions } from './delete-options';
import { FINALIZER_DELETE_DEPENDENTS, FINALIZER_ORPHAN_DEPENDENTS } from './object-meta';
import { asIfStored, put } from './object-writes';
import { type RequestContext, requireName } from './request-context';
import { respond, respondObject, success } from './responses';
import { isNamespaces } from './served-resource';
import { forgettingWrites, shorteningWrites } from './shortened-graces';
import { objectForUpdate, objectIn, objectKey, resourcePrefix } from './stored';
import { strategyContext } from './strategy-context';
import { terminateNamespace } from './subresources/namespace';

const MAX_ATTEMPTS = 64;

export async function handleDelete(context: RequestContext): Promise<ApiResponse> {
  const name = requireName(context);
  const options = deleteOptions(context);
  const { object, deleted } = await deleteObject(context, context.info.namespace, name, options);
  // Somebody who asked for dependents to go too is told that they have not gone yet.
  const code = !deleted && options.orphanDependents === false ? 202 : 200;
  if (!deleted || returnsDeletedObject(context)) return respondObject(code, object, context.warnings);
  return respond(code, deletedStatus(context, object), context.warnings);
}

/** Which kinds answer with the object rather than a Status even when it is gone (the storages with ReturnDeletedObject). */
function returnsDeletedObject({ resource }: RequestContext): boolean {
  const { group, plural } = resource.info;
  if (group === 'resource.k8s.io') return true;
  if (group === 'storage.k8s.io') return plural !== 'csistoragecapacities';
  return group === '' && RETURNED_CORE_KINDS.has(plural);
}

const RETURNED_CORE_KINDS: ReadonlySet<string> = new Set([
  'namespaces',
  'persistentvolumeclaims',
  'persistentvolumes',
  'pods',
  'podtemplates',
  'resourcequotas',
  'serviceaccounts',
  'services',
]);

/** What Store.finalizeDelete answers; its kind is the resource's name, as upstream has it. */
function deletedStatus({ resource }: RequestContext, object: KubeObject): Json {
  const { group, plural } = resource.info;
  return success({
    name: object.metadata.name ?? '',
    ...(group ? { group } : {}),
    kind: plural,
    ...(object.metadata.uid ? { uid: object.metadata.uid } : {}),
  });
}

/**
 * Deletes one object, or begins to. @returns the object as it is left, or as it was when it went.
 * @throws ApiError NotFound, Conflict (preconditions), and what admission refuses with.
 */
export async function deleteObject(
  context: RequestContext,
  namespace: string,
  name: string,
  options: DeleteOptions,
): Promise<{ object: KubeObject; deleted: boolean }> {
  const { core, resource } = context;
  const key = objectKey(resource.prefix, resource.info.namespaced ? namespace : '', name);
  for (let attempt = 1; ; attempt++) {
    const entry = await core.store.get(key);
    if (!entry) throw notFound(resource.groupResource, name);
    const existing = objectForUpdate(resource, entry.value, entry.revision);
    checkPreconditions(context, existing, options);
    if (!core.admission.ignores('DELETE', resource, '')) {
      const attributes = admissionAttributes(context, 'DELETE', undefined, existing, options);
      await core.admission.admit(attributes);
      await core.admission.validate(attributes);
    }
    try {
      return await deleteOnce(context, key, entry, existing, options);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      if (attempt >= MAX_ATTEMPTS)
        throw conflict(
          resource.groupResource,
          name,
          'the object has been modified; please apply your changes to the latest version and try again',
        );
    }
  }
}

/** One attempt. @throws ConflictError when the store has moved on. */
async function deleteOnce(
  context: RequestContext,
  key: string,
  entry: Entry,
  existing: KubeObject,
  options: DeleteOptions,
): Promise<{ object: KubeObject; deleted: boolean }> {
  const { core } = context;
  const object: KubeObject = { ...existing, metadata: { ...existing.metadata } };
  const { metadata } = object;
  if (isNamespaces(context.resource)) {
    const left = terminateNamespace(object, existing, options, core.clock.now());
    if (left === 'waiting') return { object: existing, deleted: false };
    if (left === 'changed')
      return { object: await store(context, key, entry, existing, object, options), deleted: false };
  }
  const { startDeletion } = context.resource.definition;
  if (startDeletion && !existing.metadata.deletionTimestamp) {
    startDeletion(object, formatTime(core.clock.now()));
    return { object: await store(context, key, entry, existing, object, options), deleted: false };
  }
  const grace = applyGrace(context, object, existing, options);
  if (grace === 'pending') return { object: existing, deleted: false };
  const finalizers = finalizersForGarbageCollection(context, existing, options);
  if (finalizers) {
    if (finalizers.length) metadata.finalizers = finalizers;
    else delete metadata.finalizers;
  }
  const pending = (metadata.finalizers?.length ?? 0) > 0;
  if (grace === 'none') {
    if (!pending) return { object: await removeObject(context, key, entry, existing, options.dryRun), deleted: true };
    markAsDeleting(object, core.clock.now());
  } else if (!pending && (metadata.deletionGracePeriodSeconds ?? 0) === 0) {
    return { object: await removeObject(context, key, entry, object, options.dryRun), deleted: true };
  }
  const isShortened = grace === 'graceful' && existing.metadata.deletionTimestamp !== undefined;
  const along = isShortened ? await shorteningWrites(core.store, existing, object, core.clock.now()) : undefined;
  return { object: await store(context, key, entry, existing, object, options, along), deleted: false };
}

function store(
  { core, resource }: RequestContext,
  key: string,
  entry: Entry,
  existing: KubeObject,
  object: KubeObject,
  options: DeleteOptions,
  along: readonly Write[] = [],
): KubeObject | Promise<KubeObject> {
  // A second delete says nothing new.
  if (deepEqual(asJson(object), asJson(existing))) return existing;
  return options.dryRun ? asIfStored(object, entry) : put(core.store, resource, key, object, entry.revision, { along });
}

/** @throws ApiError Conflict where the object is not the one that was meant. */
export function checkPreconditions(
  { resource }: RequestContext,
  existing: KubeObject,
  { preconditions }: DeleteOptions,
): void {
  const { metadata } = existing;
  // Here upstream names the kind where it names the resource elsewhere.
  const gr = { group: resource.info.group, resource: resource.info.kind };
  if (preconditions?.uid !== undefined && preconditions.uid !== metadata.uid)
    throw conflict(
      gr,
      metadata.name ?? '',
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== metadata.resourceVersion)
    throw conflict(
      gr,
      metadata.name ?? '',
      `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
}

/**
 * rest.BeforeDelete: sets when the object has to be gone. `graceful`: that is set; `pending`: it was set before and nothing
 * changes; `none`: the object goes at once, but for finalizers.
 */
function applyGrace(
  { core, resource }: RequestContext,
  object: KubeObject,
  existing: KubeObject,
  options: DeleteOptions,
): 'graceful' | 'pending' | 'none' {
  const { gracePeriod } = resource.definition;
  if (!gracePeriod) return 'none';
  const { metadata } = object;
  const old = existing.metadata;
  const requested = options.gracePeriodSeconds;
  if (old.deletionTimestamp) {
    const current = old.deletionGracePeriodSeconds;
    if (!current) return 'none';
    // Only a shorter time can be asked for once it is running.
    if (requested === undefined || requested >= current) return 'pending';
    const start = (parseTime(old.deletionTimestamp) ?? 0) - current * 1000;
    const now = core.clock.now();
    const end = start + requested * 1000;
    // The end can't lie in the past; a graceful delete keeps a second for whoever has to finish it.
    metadata.deletionTimestamp = formatTime(Math.max(end, now));
    metadata.deletionGracePeriodSeconds = end < now && requested !== 0 ? 1 : requested;
    return 'graceful';
  }
  const seconds = gracePeriod(existing, requested);
  if (seconds === undefined) return 'none';
  if (seconds < 0) throw internalError('options.GracePeriodSeconds should not be negative');
  metadata.deletionTimestamp = formatTime(core.clock.now() + seconds * 1000);
  metadata.deletionGracePeriodSeconds = seconds;
  if (metadata.generation) metadata.generation++;
  return 'graceful';
}

/** For kinds without grace that have finalizers: marked, and gone when those are (markAsDeleting). */
function markAsDeleting({ metadata }: KubeObject, now: number): void {
  if (!metadata.deletionTimestamp && metadata.generation) metadata.generation++;
  const end = metadata.deletionTimestamp ? parseTime(metadata.deletionTimestamp) : undefined;
  if (end === undefined || end > now) metadata.deletionTimestamp = formatTime(now);
  metadata.deletionGracePeriodSeconds = 0;
}

/** The finalizers the object is to have, if the options change them (deletionFinalizersForGarbageCollection). */
function finalizersForGarbageCollection(
  { resource }: RequestContext,
  { metadata }: KubeObject,
  options: DeleteOptions,
): string[] | undefined {
  const old = metadata.finalizers ?? [];
  const orphan = shouldOrphan(resource.definition.defaultGarbageCollection === 'orphan', old, options);
  const foreground = shouldDeleteDependents(old, options);
  const wanted = old.filter((one) => one !== FINALIZER_ORPHAN_DEPENDENTS && one !== FINALIZER_DELETE_DEPENDENTS);
  if (orphan) wanted.push(FINALIZER_ORPHAN_DEPENDENTS);
  if (foreground) wanted.push(FINALIZER_DELETE_DEPENDENTS);
  const same = wanted.length === old.length && wanted.every((one) => old.includes(one));
  return same ? undefined : wanted;
}

/** Asked for, else begun already, else the kind's default. */
function shouldOrphan(byDefault: boolean, finalizers: readonly string[], options: DeleteOptions): boolean {
  if (options.orphanDependents !== undefined) return options.orphanDependents;
  if (options.propagationPolicy !== undefined) return options.propagationPolicy === 'Orphan';
  const begun = finalizers.find((one) => one === FINALIZER_ORPHAN_DEPENDENTS || one === FINALIZER_DELETE_DEPENDENTS);
  return begun === undefined ? byDefault : begun === FINALIZER_ORPHAN_DEPENDENTS;
}

function shouldDeleteDependents(finalizers: readonly string[], options: DeleteOptions): boolean {
  if (options.orphanDependents !== undefined) return false;
  if (options.propagationPolicy !== undefined) return options.propagationPolicy === 'Foreground';
  const begun = finalizers.find((one) => one === FINALIZER_ORPHAN_DEPENDENTS || one === FINALIZER_DELETE_DEPENDENTS);
  return begun === FINALIZER_DELETE_DEPENDENTS;
}

/** Takes an object out of the store. @returns it as it was, or as the request left it. @throws ConflictError. */
export async function removeObject(
  context: RequestContext,
  key: string,
  entry: Entry,
  object: KubeObject,
  dryRun = false,
): Promise<KubeObject> {
  if (!dryRun) {
    const { core, resource } = context;
    const writes: Write[] = [{ key, value: undefined, expect: entry.revision }];
    const { takesAlong, gracePeriod } = resource.definition;
    if (gracePeriod && object.metadata.deletionTimestamp) writes.push(...(await forgettingWrites(core.store, object)));
    if (gracePeriod) writes.push(...(await forgettingBegun(core.store, object)));
    if (takesAlong) {
      const along = objectKey(resourcePrefix('', takesAlong), context.info.namespace, object.metadata.name ?? '');
      if (await core.store.get(along)) writes.push({ key: along, value: undefined });
    }
    const { companions } = resource.definition;
    if (companions)
      writes.push(
        ...(await companionWrites(
          context,
          companions(undefined, object, strategyContext(context, key, entry.revision)),
        )),
      );
    await core.store.commit(writes);
    await resource.definition.afterDelete?.(object, strategyContext(context, key, entry.revision));
  }
  return object === objectIn(context.resource, entry.value, entry.revision) ? object : asIfStored(object, entry);
}
