/** Who wrote which field: the managed fields of an object are brought up to date with every write. */
import { deepEqual, type JsonObject } from '../apimachinery/json';
import { asJson, asObject, type KubeObject, parseGroupVersion } from '../apimachinery/meta';
import { badRequest } from '../apimachinery/status';
import { formatTime } from '../apimachinery/time';
import { applyManaged, entriesButForTimes, updateManagedFields } from '../merge/managed-fields/manager';
import { decodeObjectOf } from './decode-object';
import type { RequestContext } from './request-context';
import type { WriteOptions } from './write-options';

/**
 * For creates, updates and patches other than apply. Writes into `object.metadata.managedFields`; the fields that the request
 * may not touch must be the old ones again by now.
 */
export function manageUpdate(
  { core, info, resource }: RequestContext,
  live: KubeObject | undefined,
  object: KubeObject,
  { fieldManager }: Pick<WriteOptions, 'fieldManager'>,
): void {
  const entries = updateManagedFields({
    live,
    object,
    schema: resource.schema,
    manager: fieldManager,
    apiVersion: resource.apiVersion,
    subresource: info.subresource || undefined,
    now: formatTime(core.clock.now()),
  });
  if (entries) object.metadata.managedFields = entries;
  else if (object.metadata.managedFields !== undefined) delete object.metadata.managedFields;
}

/**
 * Server-side apply: the object that results, decoded, defaulted and with its managed fields.
 * @throws ApiError 409 with the conflicts; 400, 500 for configurations that are none of this kind.
 */
export function manageApply(
  context: RequestContext,
  live: KubeObject | undefined,
  configuration: JsonObject,
  { fieldManager, force }: Pick<WriteOptions, 'fieldManager' | 'force'>,
  whole: boolean,
): KubeObject {
  const { core, info, resource } = context;
  const { apiVersion, kind } = configuration;
  if (apiVersion !== resource.apiVersion || kind !== resource.info.kind) {
    const { group, version } = parseGroupVersion(String(apiVersion ?? ''));
    throw badRequest(`invalid object type: ${group}/${version}, Kind=${kind ?? ''}`);
  }
  const { object } = applyManaged({
    live,
    applied: asObject(configuration),
    schema: resource.schema,
    manager: fieldManager,
    apiVersion: resource.apiVersion,
    subresource: info.subresource || undefined,
    now: formatTime(core.clock.now()),
    resetFields: resource.resetFields(info.subresource),
    force,
  });
  return decodeObjectOf(resource, asJson(object), whole ? undefined : live).object;
}

/**
 * Whether a write would change nothing, or nothing but when managers wrote: then the old entries stay, and it is none
 * (IgnoreManagedFieldsTimestampsTransformer). Both must carry the same resourceVersion.
 */
export function isUnchanged(object: KubeObject, existing: KubeObject): boolean {
  const entries = object.metadata.managedFields;
  const old = entriesButForTimes(existing.metadata.managedFields, entries);
  if (old) object.metadata.managedFields = old;
  if (deepEqual(asJson(object), asJson(existing))) return true;
  if (old && entries) object.metadata.managedFields = entries;
  return false;
}
