/** POST: a new object (apiserver `endpoints/handlers/create.go`, `registry/generic/registry/store.go`, `registry/rest/create.go`). */
import { invalidObject } from '../apimachinery/field-error';
import { clone, type Json } from '../apimachinery/json';
import { asJson, asObject, type KubeObject } from '../apimachinery/meta';
import { RBAC_GROUP } from '../apimachinery/rbac';
import { type ApiError, alreadyExists, apiError, forbidden } from '../apimachinery/status';
import type { ApiResponse } from '../client/transport';
import { decodeValue } from '../schema/decode';
import type { Random } from '../sim/random';
import { ConflictError, type Revision } from '../store/store';
import { admissionAttributes } from './admission-attributes';
import { missingRights } from './authorizers/missing-rights';
import { companionWrites, isCompanionTaken } from './companions';
import { decodeObject } from './decode-object';
import { manageUpdate } from './field-manager';
import { isToBeMould, keepMould, type Mould, mouldOf } from './moulds';
import { ensureNamespace, fillSystemFields, generateName, newUid, wipeSystemFields } from './object-life';
import { dedupOwnerReferences, validateObjectMeta } from './object-meta';
import { asIfStored, put, storableValue } from './object-writes';
import { type RequestContext, type ServerCore, warn } from './request-context';
import type { StrategyContext } from './resource';
import { respondObject } from './responses';
import type { ServedResource } from './served-resource';
import { objectIn, objectKey, rememberSize } from './stored';
import { strategyContext } from './strategy-context';
import { validateObject } from './validate-object';
import { type WriteOptions, writeOptions } from './write-options';

/** How often a name that generateName made and that is taken already is drawn again. */
const MAX_NAME_ATTEMPTS = 8;
/** How often a create is tried whose companions others were quicker to take. */
const MAX_ATTEMPTS = 8;

export function handleCreate(context: RequestContext): ApiResponse | Promise<ApiResponse> {
  const options = writeOptions(context, 'CreateOptions');
  const mould = mouldOf(context, options);
  const made = mould && createAlike(context, mould);
  return made ? respondObject(201, made) : decodeAndCreate(context, options);
}

async function decodeAndCreate(context: RequestContext, options: WriteOptions): Promise<ApiResponse> {
  const { info, request } = context;
  const since = isToBeMould(context, options) ? await context.core.store.revision() : undefined;
  const object = await decodeObject(context, request.body, options.fieldValidation);
  wipeSystemFields(object);
  ensureNamespace(object, context.resource.info.namespaced ? info.namespace : '');
  warnOfDuplicates(context, object, false);
  const created = await createObject(context, object, options);
  if (since !== undefined) await keepMould(context, options, created, since);
  return respondObject(201, created, context.warnings);
}

/**
 * Stores an object as createObject would have made it, of what it has in common with others. Undefined where that can't be done at
 * once: the store must be waited for, or the name is taken.
 */
function createAlike({ core, info, resource }: RequestContext, mould: Mould): KubeObject | undefined {
  const { generateName: prefix, revision } = mould;
  const name = generateName(prefix, nameLots(core, resource, info.namespace, prefix, revision));
  const key = objectKey(resource.prefix, info.namespace, name);
  const value = storableValue(mould.cast(name, newUid(core.random, key, revision)));
  rememberSize(value, mould.size);
  try {
    const written = core.store.commitAtOnce?.([{ key, value, expect: 0 }]);
    return written === undefined ? undefined : objectIn(resource, value, written);
  } catch (error) {
    if (error instanceof ConflictError) return undefined;
    throw error;
  }
}

/**
 * Stores a new object: the object is decoded, defaulted and used up; its namespace is settled.
 * @throws ApiError AlreadyExists, Invalid, and what admission refuses with.
 */
export async function createObject(
  context: RequestContext,
  object: KubeObject,
  options: WriteOptions,
  managed = false,
  attempt = 0,
): Promise<KubeObject> {
  const { core, resource } = context;
  const prepared = await prepareCreate(context, object, options, managed);
  const { key, name, strategy } = prepared;
  if (options.dryRun) {
    if (await core.store.get(key)) throw alreadyExists(resource.groupResource, name);
    return asIfStored(object, undefined);
  }
  const { companions } = resource.definition;
  // What is handed out may be taken by somebody else meanwhile: then it is tried anew from here.
  const { draft } = prepared;
  try {
    const along = companions ? await companionWrites(context, companions(object, undefined, strategy())) : [];
    return await put(core.store, resource, key, object, 0, { along });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    if (draft && attempt < MAX_ATTEMPTS && (await isCompanionTaken(context, key, error)))
      return createObject(context, asObject(draft), options, true, attempt + 1);
    throw await nameTaken(context, key, name);
  }
}

/** A new object that lacks nothing but to be stored. */
interface Prepared {
  key: string;
  name: string;
  strategy(): StrategyContext;
  /** What it was before its strategy saw it, where something may have to be drawn again. */
  draft: Json | undefined;
}

/** All that happens to a new object before it is stored; it is changed in place. @throws ApiError */
export async function prepareCreate(
  context: RequestContext,
  object: KubeObject,
  options: WriteOptions,
  managed = false,
): Promise<Prepared> {
  const { core, resource } = context;
  if (resource.terminating)
    throw forbidden(
      resource.groupResource,
      object.metadata.name ?? '',
      'create not allowed while custom resource definition is terminating',
    );
  // Before managers are recorded: nobody owns what nobody may set.
  prepareGeneric(context, object);
  if (!managed) manageUpdate(context, undefined, object, options);
  const attributes = core.admission.ignores('CREATE', resource, '')
    ? undefined
    : admissionAttributes(context, 'CREATE', object, undefined, options);
  if (attributes) {
    await core.admission.admit(attributes);
    warnOfDuplicates(context, object, true);
  }
  if (core.authorizer && resource.info.group === RBAC_GROUP)
    await (await import('./authorizers/escalation')).checkEscalation(context, object);
  // Only now: what admission refuses is named by its prefix.
  const { generateName, namespace = '' } = object.metadata;
  if (!object.metadata.name && generateName)
    object.metadata.name = await freeName(context, generateName, namespace, await core.store.revision());
  const { definition } = resource;
  const name = object.metadata.name ?? '';
  const key = objectKey(resource.prefix, namespace, name);
  const revision = await core.store.revision();
  fillSystemFields(object, core.clock, newUid(core.random, key, revision));
  const strategy = () => strategyContext(context, key, revision, { dryRun: options.dryRun });
  const draft = definition.companions ? clone(asJson(object)) : undefined;
  // Most have nothing to wait for.
  const preparation = definition.prepareForCreate?.(object, strategy());
  if (preparation) await preparation;
  const errors = validateObjectMeta(object.metadata, resource.info.namespaced, definition.validateName);
  errors.push(...validateObject(resource, object, undefined, (text) => warn(context, text), core.featureGates));
  const missing = errors.length === 0 ? missingRights(context, object, '') : undefined;
  if (missing) errors.push(...(await missing));
  if (errors.length) throw invalidObject(resource.groupKind, name, errors);
  for (const text of definition.warnings?.(object) ?? []) warn(context, text);
  // Now it has a name.
  if (attributes) {
    attributes.name = name;
    await core.admission.validate(attributes);
  }
  return { key, name, strategy, draft };
}

/** What every create strategy does: status is the server's, and generation counts from 1 where the kind has one. */
function prepareGeneric({ resource }: RequestContext, object: KubeObject): void {
  const { definition } = resource;
  if (resource.hasStatus && !definition.keepsStatusOnCreate) {
    const status = emptyStatus(resource);
    if (status !== undefined) object['status'] = status;
    else if (Object.hasOwn(object, 'status')) delete object['status'];
  }
  if (resource.hasGeneration) object.metadata.generation = 1;
  else if (object.metadata.generation !== undefined) delete object.metadata.generation;
}

/** What a status is that nobody has written: absent, or `{}` with what Go always writes in it. */
function emptyStatus(resource: ServedResource): Json | undefined {
  if (!emptyStatuses.has(resource)) emptyStatuses.set(resource, decodeValue({}, resource.schema).object['status']);
  return clone(emptyStatuses.get(resource));
}

const emptyStatuses = new WeakMap<ServedResource, Json | undefined>();

/** Draws names until one is free, MAX_NAME_ATTEMPTS times; the last one stands, and create says AlreadyExists. */
async function freeName(
  { core, resource }: RequestContext,
  prefix: string,
  namespace: string,
  revision: Revision,
): Promise<string> {
  const random = nameLots(core, resource, namespace, prefix, revision);
  let name = '';
  for (let attempt = 0; attempt < MAX_NAME_ATTEMPTS; attempt++) {
    name = generateName(prefix, random);
    if (!(await core.store.get(objectKey(resource.prefix, namespace, name)))) break;
  }
  return name;
}

/** What the names are drawn from that a prefix gets at a revision. */
function nameLots(
  { random }: ServerCore,
  { prefix: kind }: ServedResource,
  namespace: string,
  prefix: string,
  revision: Revision,
): Random {
  return random.fork('generateName', kind, namespace, prefix, revision);
}

async function nameTaken({ core, resource }: RequestContext, key: string, name: string): Promise<ApiError> {
  const error = alreadyExists(resource.groupResource, name);
  const entry = await core.store.get(key);
  const existing = entry && objectIn(resource, entry.value, entry.revision);
  if (!existing?.metadata.deletionTimestamp) return error;
  return apiError(409, 'AlreadyExists', `object is being deleted: ${error.message}`, error.status.details);
}

const DUPLICATES =
  '.metadata.ownerReferences contains duplicate entries%; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ';

/** Drops owner references that are there twice, and says so (dedupOwnerReferencesAndAddWarning). */
export function warnOfDuplicates(context: RequestContext, object: KubeObject, afterAdmission: boolean): void {
  const duplicates = dedupOwnerReferences(object.metadata);
  if (duplicates.length)
    warn(
      context,
      DUPLICATES.replace('%', afterAdmission ? ' after mutating admission happens' : '') + duplicates.join(', '),
    );
}
