/**
 * PUT and what PATCH becomes: an object replaced by a newer one (apiserver `endpoints/handlers/update.go`,
 * `registry/generic/registry/store.go` Store.Update, `registry/rest/update.go`).
 */
import type { KubeObject } from '../apimachinery/meta';
import { conflict, notFound } from '../apimachinery/status';
import type { ApiResponse } from '../client/transport';
import { ConflictError, type Entry } from '../store/store';
import { authorize } from './authorization';
import { createObject, warnOfDuplicates } from './create';
import { decodeObject } from './decode-object';
import { manageUpdate } from './field-manager';
import { checkName, ensureNamespace } from './object-life';
import { OPTIMISTIC_LOCK_ERROR, Replacement, type ReplacementRequest, resetUntouchable } from './replacement';
import { type RequestContext, requireName } from './request-context';
import { respondObject } from './responses';
import { objectForUpdate, objectKey } from './stored';
import { type WriteOptions, writeOptions } from './write-options';

/** How often a write is tried anew because another writer came first, before that is told as an error. */
const MAX_ATTEMPTS = 64;

/** At once, where nothing has to be waited for. */
export function handleUpdate(context: RequestContext): ApiResponse | Promise<ApiResponse> {
  const { info, resource } = context;
  const { store } = context.core;
  const name = requireName(context);
  const options = writeOptions(context, 'UpdateOptions');
  const key = objectKey(resource.prefix, resource.info.namespaced ? info.namespace : '', name);
  const entry = store.atHand?.(key);
  if (!entry) return store.get(key).then((read) => update(context, name, options, read));
  return update(context, name, options, entry);
}

function update(
  context: RequestContext,
  name: string,
  options: WriteOptions,
  entry: Entry | undefined,
): ApiResponse | Promise<ApiResponse> {
  const { info, resource, request } = context;
  const decode = (existing?: KubeObject) => {
    const object = decodeObject(context, request.body, options.fieldValidation, existing);
    ensureNamespace(object, resource.info.namespaced ? info.namespace : '');
    return object;
  };
  const decoded = decode(entry && objectForUpdate(resource, entry.value, entry.revision));
  checkName(decoded, name);
  warnOfDuplicates(context, decoded, false);
  const { uid } = decoded.metadata;
  let fresh: KubeObject | undefined = decoded;
  const updated = updateObject(context, {
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
  return updated instanceof Promise ? updated.then((result) => answer(context, result)) : answer(context, updated);
}

function answer({ warnings }: RequestContext, { object, created }: Updated): ApiResponse {
  return respondObject(created ? 201 : 200, object, warnings);
}

export interface UpdateRequest extends ReplacementRequest {
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
}

/** What came of it. */
export interface Updated {
  object: KubeObject;
  created: boolean;
}

/** @throws ApiError NotFound, Conflict, Invalid, and what admission refuses with. */
export function updateObject(context: RequestContext, request: UpdateRequest): Updated | Promise<Updated> {
  return request.entry ? replace(context, request, request.entry, 1, false) : tryFrom(context, request, 1, false);
}

/** @param whole see UpdateRequest.updated */
function tryFrom(
  context: RequestContext,
  request: UpdateRequest,
  attempt: number,
  whole: boolean,
): Updated | Promise<Updated> {
  const { core, info, resource } = context;
  const key = objectKey(resource.prefix, resource.info.namespaced ? info.namespace : '', request.name);
  const entry = core.store.atHand?.(key);
  if (entry) return replace(context, request, entry, attempt, whole);
  return core.store
    .get(key)
    .then((read) => (read ? replace(context, request, read, attempt, whole) : createInstead(context, request)));
}

async function createInstead(context: RequestContext, request: UpdateRequest): Promise<Updated> {
  const { core, info, resource } = context;
  const { name, options } = request;
  if (!request.allowCreate) throw notFound(resource.groupResource, name);
  if (request.uid) throw uidMismatch(context, name, request.uid, '');
  // Who may change what is there may not always make what is not.
  await authorize(core.authorizer, context.user, { ...info, verb: 'create' });
  const object = await request.updated(undefined, true);
  return { object: await createObject(context, object, options, true), created: true };
}

function replace(
  context: RequestContext,
  request: UpdateRequest,
  entry: Entry,
  attempt: number,
  whole: boolean,
): Updated | Promise<Updated> {
  const { resource } = context;
  const { name } = request;
  const again = (error: unknown): Updated | Promise<Updated> => {
    if (error instanceof TypeError && !whole) return tryFrom(context, request, attempt + 1, true);
    if (!(error instanceof ConflictError)) throw error;
    if (attempt >= MAX_ATTEMPTS) throw conflict(resource.groupResource, name, OPTIMISTIC_LOCK_ERROR);
    return tryFrom(context, request, attempt + 1, whole);
  };
  const existing = objectForUpdate(resource, entry.value, entry.revision);
  if (request.uid && request.uid !== existing.metadata.uid)
    throw uidMismatch(context, name, request.uid, existing.metadata.uid ?? '');
  const by = (object: KubeObject) => new Replacement(context, request, entry, existing, object, attempt).run();
  try {
    const updated = request.updated(existing, whole);
    const replaced = updated instanceof Promise ? updated.then(by) : by(updated);
    if (!(replaced instanceof Promise)) return { object: replaced, created: false };
    return replaced.then((object) => ({ object, created: false }), again);
  } catch (error) {
    return again(error);
  }
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
