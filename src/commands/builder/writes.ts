/** Requests that change what a search found (cli-runtime resource.Helper). */
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import { type PatchType, type Query, resourcePath } from '../../client/client';
import type { DryRun } from '../flag-sets';
import { type Info, whereOf } from './info';

export interface WriteOptions {
  dryRun?: DryRun;
  fieldManager?: string;
  fieldValidation?: string;
  subresource?: string;
  /** Server-side apply takes what others own. */
  force?: boolean;
}

/** `?dryRun=All&fieldManager=…&fieldValidation=…&force=…`, only what is said. */
export function writeQuery({ dryRun, fieldManager, fieldValidation, force }: WriteOptions): Query {
  const query: Query = {};
  if (dryRun === 'server') query.dryRun = 'All';
  if (fieldManager) query.fieldManager = fieldManager;
  if (fieldValidation) query.fieldValidation = fieldValidation;
  if (force !== undefined) query.force = String(force);
  return query;
}

/** POSTs the object; a resourceVersion that it was read with is left out (Helper.Create). */
export function createObject(
  info: Info,
  options: WriteOptions,
  object = info.object as KubeObject,
): Promise<KubeObject> {
  const { client, mapping, namespace } = info.reachable();
  return client.create(
    whereOf(mapping),
    mapping.namespaced ? namespace : '',
    withResourceVersion(object, undefined),
    writeQuery(options),
  );
}

/** PUTs the object over whatever version there is, unless it names one (Helper.Replace with overwrite). */
export async function replaceObject(info: Info, options: WriteOptions): Promise<KubeObject> {
  const { client, mapping, name } = info.reachable();
  const namespace = mapping.namespaced ? info.namespace : '';
  const path = resourcePath(whereOf(mapping), namespace, name, options.subresource);
  let object = info.object as KubeObject;
  if (!object.metadata?.resourceVersion) {
    try {
      const live = await client.request<KubeObject>({ method: 'GET', path });
      object = withResourceVersion(object, live.metadata.resourceVersion);
    } catch {
      // It isn't there: the PUT says so, or makes it where its kind allows that.
    }
  }
  return client.request<KubeObject>({ method: 'PUT', path, query: writeQuery(options), body: asJson(object) });
}

/** PATCHes it (Helper.Patch). */
export function patchObject(info: Info, type: PatchType, patch: Json, options: WriteOptions): Promise<KubeObject> {
  const { client, mapping, name } = info.reachable();
  const namespace = mapping.namespaced ? info.namespace : '';
  return client.patch(whereOf(mapping), namespace, name, type, patch, writeQuery(options), options.subresource);
}

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

/** DELETEs it; a negative grace period says nothing about grace (Helper.DeleteWithOptions). */
export function deleteObject(
  info: Info,
  { propagation, gracePeriod, dryRun }: { propagation: Propagation; gracePeriod: number; dryRun?: DryRun },
): Promise<Json> {
  const { client, mapping, name } = info.reachable();
  const body: JsonObject = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: propagation };
  if (gracePeriod >= 0) body.gracePeriodSeconds = gracePeriod;
  if (dryRun === 'server') body.dryRun = ['All'];
  return client.delete(whereOf(mapping), mapping.namespaced ? info.namespace : '', name, body);
}

/** The uid that the answer to a delete names: of the object that is still there, or of the one that is gone. */
export function deletedUid(answer: Json): string | undefined {
  if (!isObject(answer)) return undefined;
  const holder = answer.kind === 'Status' ? answer.details : answer.metadata;
  return isObject(holder) && typeof holder.uid === 'string' ? holder.uid : undefined;
}

function withResourceVersion(object: KubeObject, resourceVersion: string | undefined): KubeObject {
  if (object.metadata?.resourceVersion === resourceVersion) return object;
  const metadata = { ...object.metadata };
  if (resourceVersion === undefined) delete metadata.resourceVersion;
  else metadata.resourceVersion = resourceVersion;
  return { ...object, metadata };
}
