/** The last step of every write: the store (apiserver `storage/etcd3/store.go`, GuaranteedUpdate). */
import { deepFreeze, type Json } from '../apimachinery/json';
import { asJson, type KubeObject } from '../apimachinery/meta';
import type { Entry, Revision, Store, Write } from '../store/store';
import { checkSize } from './object-size';
import type { ServedResource } from './served-resource';
import { freezeForStore, objectIn, objectOf } from './stored';

/** The value to store for an object: without its resourceVersion, and frozen. The object itself is used up. */
export function storableValue(object: KubeObject): Json {
  if (object.metadata.resourceVersion !== undefined) delete object.metadata.resourceVersion;
  return freezeForStore(asJson(object));
}

/**
 * Writes one key that must be at a revision; at once, if the store can. @returns the object as stored, in the version it was written in.
 * @param before what is stored there, if anything is
 * @param along what else is written with it
 * @param resource in whose version the object is; undefined for the stored one.
 * @throws ConflictError; ApiError for an object that is too large.
 */
export function put(
  store: Store,
  resource: ServedResource | undefined,
  key: string,
  object: KubeObject,
  expect: Revision,
  { before, along }: { before?: Json; along?: readonly Write[] } = {},
): KubeObject | Promise<KubeObject> {
  const value = storableValue(resource?.conversion ? resource.conversion.toStored(object) : object);
  const check = checkSize(value, resource, before);
  const write = { key, value, expect };
  const writes = along && along.length > 0 ? [write, ...along] : [write];
  return check ? check.then(() => commit(store, resource, value, writes)) : commit(store, resource, value, writes);
}

function commit(
  store: Store,
  resource: ServedResource | undefined,
  value: Json,
  writes: readonly Write[],
): KubeObject | Promise<KubeObject> {
  const written = (revision: Revision) => (resource ? objectIn(resource, value, revision) : objectOf(value, revision));
  const revision = store.commitAtOnce?.(writes);
  return revision === undefined ? store.commit(writes).then(written) : written(revision);
}

/** The object as it would be stored, for a dry run: a new one has no resourceVersion, an old one keeps its own. */
export function asIfStored(object: KubeObject, existing: Entry | undefined): KubeObject {
  if (existing) object.metadata.resourceVersion = String(existing.revision);
  else delete object.metadata.resourceVersion;
  return deepFreeze(object);
}
