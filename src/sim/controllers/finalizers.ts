/** Finalizers that a controller puts on what it protects, and takes off (kubernetes `pkg/controller/volume/protectionutil`). */
import type { KubeObject } from '../../apimachinery/meta';
import type { Client, ResourcePath } from '../../client/client';

export function hasFinalizer({ metadata }: KubeObject, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) === true;
}

/** Is the object on its way out, and only held by who asks? */
export function isHeld(object: KubeObject, finalizer: string): boolean {
  return object.metadata.deletionTimestamp !== undefined && hasFinalizer(object, finalizer);
}

/** Should it have the finalizer, and has not? */
export function lacksFinalizer(object: KubeObject, finalizer: string): boolean {
  return object.metadata.deletionTimestamp === undefined && !hasFinalizer(object, finalizer);
}

export async function addFinalizer(
  client: Client,
  path: ResourcePath,
  object: KubeObject,
  finalizer: string,
): Promise<void> {
  const finalizers = [...(object.metadata.finalizers ?? []), finalizer];
  await client.update(path, { ...object, metadata: { ...object.metadata, finalizers } });
}

export async function removeFinalizer(
  client: Client,
  path: ResourcePath,
  object: KubeObject,
  finalizer: string,
): Promise<void> {
  const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer);
  await client.update(path, { ...object, metadata: { ...object.metadata, finalizers } });
}
