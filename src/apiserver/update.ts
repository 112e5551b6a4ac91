/**
 * PUT and what PATCH becomes: an object replaced by a newer one (apiserver `endpoints/handlers/update.go`,
 * `registry/generic/registry/store.go` Store.Update, `registry/rest/update.go`).
 */
import { type FieldError, invalid, invalidObject } from '../apimachinery/field-error';
import { deepEqual } from '../apimachinery/json';
import { asJson, asObject, type KubeObject } from '../apimachinery/meta';
import { nameIsPathSegment } from '../apimachinery/names';
import { RBAC_GROUP } from '../apimachinery/rbac';
import { conflict, notFound } from '../apimachinery/status';
import type { ApiResponse } from '../client/transport';
import { ConflictError, type Entry } from '../store/store';
import { admissionAttributes } from './admission-attributes';
import { authorize } from './authorization';
import { missingRights } from './authorizers/missing-rights';
import { companionWrites } from './companions';
import { createObject, warnOfDuplicates } from './create';
import { decodeObject } from './decode-object';
import { removeObject } from './delete';
import { isUnchanged, manageUpdate } from './field-manager';
import { checkName, ensureNamespace } from './object-life';
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta';
import { asIfStored, put } from './object-writes';
import { type RequestContext, requireName, warn } from './request-context';
import type { StrategyContext } from './resource';
import { respondObject } from './responses';
import { isNamespaces, type ServedResource } from './served-resource';
import { objectForUpdate, objectKey } from './stored';
import { strategyContext } from './strategy-context';
import { shareUnchanged } from './unchanged-parts';
import { validateObject } from './validate-object';
import { type WriteOptions, writeOptions } from './write-options';

export const OPTIMISTIC_LOCK_ERROR =
  'the object has been modified; please apply your changes to the latest version and try again';

/** How often a write is tried anew because another writer came first, before that is told as an error. */
const MAX_ATTEMPTS = 64;

export async function handleUpdate(context: RequestContext): Promise<ApiResponse> {
  const { core, info, resource, request } = context;
  const name = requireName(context);
  const options = writeOptions(context, 'UpdateOptions');
  const decode = (existing?: KubeObject) => {
    const object = decodeObject(context, request.body, options.fieldValidation, existing);
    ensureNamespace(object, resource.info.namespaced ? info.namespace : '');
    return object;
  };
  const key = objectKey(resource.prefix, resource.info.namespaced ? info.namespace : '', name);
  const entry = core.store.atHand?.(key) ?? (await core.store.get(key));
  const decoded = decode(entry && objectForUpdate(resource, entry.value, entry.revision));
  checkName(decoded, name);
  warnOfDuplicates(context, decoded, false);
  const { uid } = decoded.metadata;
  let fresh: KubeObject | undefined = decoded;
  const { object, created } = await updateObject(context, {
    name,
    options,
    allowCreate: resource.definition.allowCreateOnUpdate === true && info.subresource === '',
    uid,
    entry,
    updated: (existing, whole) => {
      // A second attempt starts from the body again.
      const object = whole ? decode() : (fresh ?? decode(existing));
      fresh = undefined;
      if (existing) resetUntouchable(resource, info.subresource, object, existing);
      manageUpdate(context, existing, object, options);
      return object;
    },
  });
  return respondObject(created ? 201 : 200, object, context.warnings);
}

export interface UpdateRequest {
  name: string;
  options: WriteOptions;
  /** A name that does not exist is created. */
  allowCreate: boolean;
  /** The uid that the body demands. */
  uid?: string | undefined;
  /** What is stored, where the caller has just looked. */
  entry?: Entry | undefined;
  /**
   * The new object, made from the one that is stored: its own copy at the top and one level below; deeper it may share what
   * is frozen. Called again when another writer came first, and with `whole` when a strategy wrote into what is frozen: then
   * nothing may be shared.
   */
  updated(existing: KubeObject | undefined, whole: boolean): Promise<KubeObject> | KubeObject;
  /** Whose rules hold: '' for the object's own; default: those of the subresource that the request is for. */
  strategy?: string;
}

/** @throws ApiError NotFound, Conflict, Invalid, and what admission refuses with. */
export async function updateObject(
  context: RequestContext,
  request: UpdateRequest,
): Promise<{ object: KubeObject; created: boolean }> {
  const { core, info, resource } = context;
  const { name, options } = request;
  const key = objectKey(resource.prefix, resource.info.namespaced ? info.namespace : '', name);
  let whole = false;
  for (let attempt = 1; ; attempt++) {
    const entry = (attempt === 1 && request.entry) || (core.store.atHand?.(key) ?? (await core.store.get(key)));
    if (!entry) {
      if (!request.allowCreate) throw notFound(resource.groupResource, name);
      if (request.uid) throw uidMismatch(context, name, request.uid, '');
      // Who may change what is there may not always make what is not.
      await authorize(core.authorizer, context.user, { ...info, verb: 'create' });
      const object = await request.updated(undefined, true);
      return { object: await createObject(context, object, options, true), created: true };
    }
    const existing = objectForUpdate(resource, entry.value, entry.revision);
    if (request.uid && request.uid !== existing.metadata.uid)
      throw uidMismatch(context, name, request.uid, existing.metadata.uid ?? '');
    try {
      const updated = request.updated(existing, whole);
      const object = updated instanceof Promise ? await updated : updated;
      return { object: await replaceObject(context, request, key, entry, existing, object, attempt), created: false };
    } catch (error) {
      if (error instanceof TypeError && !whole) {
        whole = true;
        continue;
      }
      if (!(error instanceof ConflictError)) throw error;
      if (attempt >= MAX_ATTEMPTS) throw conflict(resource.groupResource, name, OPTIMISTIC_LOCK_ERROR);
    }
  }
}

/** One attempt. @throws ConflictError when the store has moved on. */
async function replaceObject(
  context: RequestContext,
  request: UpdateRequest,
  key: string,
  entry: Entry,
  existing: KubeObject,
  object: KubeObject,
  attempt: number,
): Promise<KubeObject> {
  const { core, info, resource } = context;
  const { name, options } = request;
  const { definition } = resource;
  const { subresource } = info;
  const strategy = request.strategy ?? subresource;
  const attributes = core.admission.ignores('UPDATE', resource, subresource)
    ? undefined
    : admissionAttributes(context, 'UPDATE', object, existing, options);
  if (attributes) {
    const admission = core.admission.admit(attributes);
    if (admission) await admission;
    warnOfDuplicates(context, object, true);
  }
  if (core.authorizer && resource.info.group === RBAC_GROUP)
    await (await import('./authorizers/escalation')).checkEscalation(context, object, existing);
  const { metadata } = object;
  if (!metadata.resourceVersion) {
    if (definition.requiresResourceVersionOnUpdate)
      throw invalidObject({ group: resource.info.group, kind: resource.info.plural }, name, [
        invalid('metadata.resourceVersion', 0, 'must be specified for an update'),
      ]);
    metadata.resourceVersion = String(entry.revision);
  } else if (metadata.resourceVersion !== String(entry.revision))
    throw conflict(resource.groupResource, name, OPTIMISTIC_LOCK_ERROR);

  const preparation = beforeUpdate(resource, strategy, object, existing, () =>
    strategyContext(context, key, entry.revision, { attempt, dryRun: options.dryRun }),
  );
  if (preparation) await preparation;
  keepSystemFields(object, existing);
  const errors: FieldError[] = validateObjectMeta(
    metadata,
    resource.info.namespaced,
    nameIsPathSegment,
    existing.metadata,
  );
  errors.push(...validateObjectMetaUpdate(metadata, existing.metadata));
  if (strategy === '') {
    errors.push(...validateObject(resource, object, existing, (text) => warn(context, text), core.featureGates));
    errors.push(...(definition.validateUpdate?.(object, existing) ?? []));
  } else {
    const { validateUpdate } = definition.subresources?.[strategy] ?? {};
    errors.push(...(validateUpdate?.(object, existing, (text) => warn(context, text)) ?? []));
  }
  const missing = errors.length === 0 ? missingRights(context, object, strategy, existing) : undefined;
  if (missing) errors.push(...(await missing));
  if (errors.length) throw invalidObject(resource.groupKind, name, errors);
  if (subresource === '') for (const text of definition.warnings?.(object, existing) ?? []) warn(context, text);
  const unchanged = isUnchanged(object, existing);
  const judgement = attributes && core.admission.validate(attributes);
  if (judgement) await judgement;

  if (isFinished(resource, object, existing)) {
    if (options.dryRun) return asIfStored(object, entry);
    return removeObject(context, key, entry, object);
  }
  // Nothing changed: nothing is written, and the resourceVersion stays.
  if (unchanged && !resource.conversion?.isStale?.(asObject(entry.value))) return existing;
  if (options.dryRun) return asIfStored(object, entry);
  shareUnchanged(asJson(object), asJson(existing));
  const along = definition.companions
    ? await companionWrites(
        context,
        definition.companions(object, existing, strategyContext(context, key, entry.revision)),
      )
    : [];
  return put(core.store, resource, key, object, entry.revision, { before: entry.value, along });
}

/** rest.BeforeUpdate: what the server keeps of the old object whatever the new one says. A promise where a strategy has to wait. */
function beforeUpdate(
  resource: ServedResource,
  strategy: string,
  object: KubeObject,
  existing: KubeObject,
  strategyContext: () => StrategyContext,
): Promise<void> | undefined {
  const { definition } = resource;
  const { metadata } = object;
  const { generation } = existing.metadata;
  if (generation !== undefined) metadata.generation = generation;
  else if (metadata.generation !== undefined) delete metadata.generation;
  resetUntouchable(resource, strategy, object, existing);
  if (strategy !== '')
    return definition.subresources?.[strategy]?.prepareForUpdate?.(object, existing, strategyContext()) || undefined;
  const count = () => {
    if (resource.hasGeneration && (specChanged(object, existing) || definition.generationChanged?.(object, existing)))
      metadata.generation = (generation ?? 0) + 1;
  };
  const preparation = definition.prepareForUpdate?.(object, existing, strategyContext());
  if (preparation) return preparation.then(count);
  count();
  return undefined;
}

function keepSystemFields({ metadata }: KubeObject, { metadata: old }: KubeObject): void {
  if (!metadata.uid && old.uid) metadata.uid = old.uid;
  if (old.creationTimestamp) metadata.creationTimestamp = old.creationTimestamp;
  if (old.deletionTimestamp) metadata.deletionTimestamp = old.deletionTimestamp;
  if (old.deletionGracePeriodSeconds !== undefined && metadata.deletionGracePeriodSeconds === undefined)
    metadata.deletionGracePeriodSeconds = old.deletionGracePeriodSeconds;
}

/**
 * A write to the object leaves its status alone, a write to its status everything else but metadata (the strategies'
 * PrepareForUpdate and GetResetFields).
 */
export function resetUntouchable(
  resource: ServedResource,
  strategy: string,
  object: KubeObject,
  existing: KubeObject,
): void {
  if (strategy === '' || strategy === 'finalize') {
    if (resource.hasStatus) takeField(object, existing, 'status');
    return;
  }
  if (strategy !== 'status') return;
  if (resource.custom) {
    // Of custom objects nothing but the status can be written there.
    const { managedFields, resourceVersion } = object.metadata;
    object.metadata = {
      ...existing.metadata,
      ...(managedFields ? { managedFields } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
    };
    if (!managedFields) delete object.metadata.managedFields;
    if (!resourceVersion) delete object.metadata.resourceVersion;
  }
  for (const field in object) if (!isShared(field) && !Object.hasOwn(existing, field)) delete object[field];
  for (const field in existing) if (!isShared(field)) object[field] = existing[field];
}

function isShared(field: string): boolean {
  return field === 'apiVersion' || field === 'kind' || field === 'metadata' || field === 'status';
}

function takeField(object: KubeObject, existing: KubeObject, field: string): void {
  if (Object.hasOwn(existing, field)) object[field] = existing[field];
  else if (Object.hasOwn(object, field)) delete object[field];
}

function specChanged(object: KubeObject, existing: KubeObject): boolean {
  return !deepEqual(object['spec'], existing['spec']);
}

/** ShouldDeleteDuringUpdate: the last finalizer of an object that is being deleted has gone. */
function isFinished(resource: ServedResource, object: KubeObject, existing: KubeObject): boolean {
  return (
    !object.metadata.finalizers?.length &&
    existing.metadata.deletionTimestamp !== undefined &&
    !existing.metadata.deletionGracePeriodSeconds &&
    // A namespace has finalizers of its own (ShouldDeleteNamespaceDuringUpdate).
    !(isNamespaces(resource) && object['spec']?.finalizers?.length)
  );
}

/** storage.Preconditions.Check, worded as the storage layer does (its key leaves out the group). */
export function uidMismatch({ info, resource }: RequestContext, name: string, wanted: string, found: string) {
  const { plural, namespaced } = resource.info;
  const key = `/registry/${plural}/${namespaced ? `${info.namespace}/` : ''}${name}`;
  return conflict(
    resource.groupResource,
    name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`,
  );
}
