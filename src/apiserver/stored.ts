/**
 * How objects lie in the store: under which keys, and without their resourceVersion, which is the revision of the commit that
 * wrote them. Whoever reads the store's entries or changes makes objects of them here.
 */
import type { Json } from '../apimachinery/json';
import { asObject, type KubeObject } from '../apimachinery/meta';
import type { Revision } from '../store/store';

/** `/registry/apps/deployments/`; the core group is written `core`. */
export function resourcePrefix(group: string, resource: string): string {
  return `/registry/${group === '' ? 'core' : group}/${resource}/`;
}

/** The key of one object; '' as namespace for what has none. */
export function objectKey(prefix: string, namespace: string, name: string): string {
  return namespace === '' ? prefix + name : `${prefix}${namespace}/${name}`;
}

/** Values are frozen and shared, so the object made of one is made once. */
const objects = new WeakMap<object, { revision: Revision; object: KubeObject }>();

/** The object that a stored value stands for: the same, with `metadata.resourceVersion`. Frozen; equal values give the same one. */
export function objectOf(value: Json, revision: Revision): KubeObject {
  const known = objects.get(value as object);
  if (known !== undefined && known.revision === revision) return known.object;
  const object = withResourceVersion(asObject(value), String(revision));
  objects.set(value as object, { revision, object });
  return object;
}

/** A deletion changes no value, but its event carries the revision of the deletion. */
export function deletedObjectOf(value: Json, revision: Revision): KubeObject {
  return withResourceVersion(asObject(value), String(revision));
}

function withResourceVersion(value: KubeObject, resourceVersion: string): KubeObject {
  return Object.freeze({ ...value, metadata: Object.freeze({ ...value.metadata, resourceVersion }) });
}
