/**
 * Keeps `metadata.managedFields` true: after every create, update and patch, and for server-side apply (apimachinery
 * `util/managedfields/internal/fieldmanager.go` and the chain of managers behind it).
 */
import { deepEqual } from '../../apimachinery/json';
import { asJson, gvkOf, type KubeObject, type ManagedFieldsEntry } from '../../apimachinery/meta';
import { apiError, badRequest } from '../../apimachinery/status';
import type { Decision } from '../decision';
import { type Applied, type ApplyArgs, ApplyConflicts, applyConfiguration } from './apply';
import { conflictError } from './conflict';
import { creatorEntries } from './creation';
import { explainApply } from './explain-apply';
import { conflictsWithoutLastApplied, withLastApplied } from './last-applied';
import {
  capUpdateManagers,
  identityKey,
  type ManagerIdentity,
  type Managers,
  managersOf,
  readManagers,
  writeManagers,
} from './managers';
import { recordUpdate, type UpdateArgs, writerOf } from './update';
import { formatTypedErrors, validateTyped } from './validate-typed';
import { TypedValueError, typeOf } from './value-type';

/**
 * The managed fields after a write that is not an apply: who changes or adds a field owns it alone, who removes one takes it
 * from everybody. Undefined where none are kept: an object that has none already, or one whose lists have elements without keys.
 *
 * An entry's time moves when its manager changed anything; a write that changes no field gives back the live entries as they are.
 */
export function updateManagedFields(args: UpdateArgs): ManagedFieldsEntry[] | undefined {
  const { live, object, subresource, resetFields } = args;
  if (!live && object.metadata.managedFields === undefined && !resetFields?.length) return createdEntries(args);
  const entries = live?.metadata.managedFields;
  // Through a subresource nobody can set the managed fields themselves.
  const managers = managersOf(entries, subresource ? entries : object.metadata.managedFields);
  // An object whose managed fields are gone stays without.
  if (managers.size === 0 && live?.metadata.uid) return undefined;
  try {
    if (!recordUpdate(managers, live, args)) return sameEntries(managers, entries);
  } catch (error) {
    if (error instanceof TypedValueError) return undefined;
    throw error;
  }
  capUpdateManagers(managers);
  return writeManagers(managers);
}

function createdEntries(args: UpdateArgs): ManagedFieldsEntry[] | undefined {
  try {
    return creatorEntries(asJson(args.object), typeOf(args.schema), writerOf(args), args.now);
  } catch (error) {
    if (error instanceof TypedValueError) return undefined;
    throw error;
  }
}

function sameEntries(managers: Managers, entries: ManagedFieldsEntry[] | undefined): ManagedFieldsEntry[] | undefined {
  const unchanged =
    managers.size === entries?.length && entries.every((entry) => managers.get(identityKey(entry))?.entry === entry);
  if (unchanged) return entries;
  capUpdateManagers(managers);
  return writeManagers(managers);
}

/**
 * The old entries, when the new ones differ from them in nothing but times (the first half of upstream's
 * IgnoreManagedFieldsTimestampsTransformer): if the rest of the object is the same too, the write is none.
 */
export function entriesButForTimes(
  old: ManagedFieldsEntry[] | undefined,
  now: ManagedFieldsEntry[] | undefined,
): ManagedFieldsEntry[] | undefined {
  if (!old || !now || old.length !== now.length || now.length === 0 || old === now) return undefined;
  for (let i = 0; i < now.length; i++)
    if (!sameButForTime(now[i] as ManagedFieldsEntry, old[i] as ManagedFieldsEntry)) return undefined;
  return old;
}

function sameButForTime(a: ManagedFieldsEntry, b: ManagedFieldsEntry): boolean {
  if (a === b) return true;
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.apiVersion === b.apiVersion &&
    a.subresource === b.subresource &&
    a.fieldsType === b.fieldsType &&
    deepEqual(a.fieldsV1, b.fieldsV1)
  );
}

export interface ApplyResult {
  /** With its managed fields. Defaults are still to be filled in, and nulls of the configuration to be dropped, as when decoding. */
  object: KubeObject;
  managedFields: ManagedFieldsEntry[];
  /** Path by path, who owns what and why. Worked out when first read. */
  readonly decisions: Decision[];
}

/**
 * Server-side apply: the live object with the configuration laid over it, less what the manager has given up, and the managed
 * fields that result. Nothing given is changed.
 *
 * `live` is undefined when the object is to be created. The manager `kubectl` takes over silently what the annotation of
 * client-side apply shows to be its own.
 * @throws ApiError 409 Conflict when others own fields that the configuration has differently, unless forced; 400 for managed
 * fields in the configuration or the wrong kind; 500 without a reason for a configuration that the schema does not allow, as upstream.
 */
export function applyManaged(args: Omit<ApplyArgs, 'live'> & { live: KubeObject | undefined }): ApplyResult {
  const { applied, apiVersion } = args;
  const created: KubeObject = { apiVersion, kind: applied.kind, metadata: {} };
  const complete: ApplyArgs = { ...args, live: args.live ?? created };
  checkConfiguration(complete);
  const identity: ManagerIdentity = {
    manager: args.manager || 'unknown',
    operation: 'Apply',
    apiVersion,
    subresource: args.subresource,
  };
  const managers = (): Managers => {
    const known = readManagers(complete.live.metadata.managedFields);
    if (known.size === 0 && args.live) {
      // Whatever is there was put there by somebody: conflicts have to name them.
      const { live: object, schema, now, converter } = complete;
      recordUpdate(known, undefined, {
        object,
        schema,
        now,
        converter,
        apiVersion,
        manager: 'before-first-apply',
        live: undefined,
      });
    }
    return known;
  };
  const { result, held } = applyOrConflict(managers, identity, complete);
  const merged = result.object ?? complete.live;
  const object = identity.manager === 'kubectl' ? withLastApplied(merged, applied) : merged;
  const managedFields = writeManagers(held) ?? [];
  const { managedFields: _, ...metadata } = object.metadata;
  let decisions: Decision[] | undefined;
  return {
    object: { ...object, metadata: managedFields.length > 0 ? { ...metadata, managedFields } : metadata },
    managedFields,
    get decisions() {
      decisions ??= explainApply(complete, result, object, held, identity);
      return decisions;
    },
  };
}

function applyOrConflict(
  managers: () => Managers,
  identity: ManagerIdentity,
  args: ApplyArgs,
): { result: Applied; held: Managers } {
  const attempt = (force: boolean) => {
    const held = managers();
    return { result: applyConfiguration(held, identity, { ...args, force }), held };
  };
  try {
    return attempt(args.force);
  } catch (error) {
    if (error instanceof TypedValueError) throw typedError('live', args.live, error.message);
    if (!(error instanceof ApplyConflicts)) throw error;
    const { live, schema, apiVersion } = args;
    const isKubectl = identity.manager === 'kubectl';
    const left = isKubectl ? conflictsWithoutLastApplied(error.conflicts, live, schema, apiVersion) : undefined;
    if (left?.length === 0) return attempt(true);
    throw conflictError(left ?? error.conflicts);
  }
}

function checkConfiguration({ applied, live, apiVersion, schema }: ApplyArgs): void {
  const gvk = gvkOf(applied);
  if (applied.apiVersion !== apiVersion || applied.kind !== live.kind) {
    throw badRequest(`invalid object type: ${gvk.group}/${gvk.version}, Kind=${gvk.kind}`);
  }
  if (applied.metadata?.managedFields !== undefined && applied.metadata.managedFields !== null) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const errors = validateTyped(asJson(applied), schema);
  if (errors.length > 0) throw typedError('patch', applied, formatTypedErrors(errors));
}

function typedError(what: 'patch' | 'live', object: KubeObject, message: string) {
  const { group, version, kind } = gvkOf(object);
  const { namespace = '', name = '' } = object.metadata ?? {};
  const id = `${namespace}/${name}; ${group}/${version}, Kind=${kind}`;
  return apiError(500, '', `failed to create typed ${what} object (${id}): ${message}`);
}
