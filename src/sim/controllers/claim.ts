/** Whose is this object? Adoption of orphans that match, release of those that no longer do (controller_ref_manager.go). */
import { jsonOf } from '../../apimachinery/json';
import type { LabelSelector } from '../../apimachinery/labels';
import { controllerOf, type KubeObject, type OwnerReference } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import type { ResourcePath } from '../../client/client';
import type { Context } from '../controller';

/** The reference by which `owner` controls an object (metav1.NewControllerRef). */
export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/**
 * Of these candidates the ones that `owner` controls, after adopting matching orphans and letting go of those that no longer
 * match. `path` is where the candidates live. Nothing is adopted by an owner that is being deleted.
 */
export async function claim(
  candidates: readonly KubeObject[],
  owner: KubeObject,
  selector: LabelSelector,
  path: ResourcePath,
  context: Context,
  /** What else makes one a match, beside the selector. */
  isMember: (object: KubeObject) => boolean = () => true,
  /** Put on what is adopted, and taken off what is let go of. */
  finalizer?: string,
): Promise<KubeObject[]> {
  const claimed: KubeObject[] = [];
  const uid = owner.metadata.uid;
  const deleting = owner.metadata.deletionTimestamp !== undefined;
  for (const object of candidates) {
    const matches = selector.matches(object.metadata.labels ?? {}) && isMember(object);
    const controller = controllerOf(object);
    if (controller) {
      if (controller.uid !== uid) continue;
      if (matches) claimed.push(object);
      else if (!deleting) await release(object, uid, path, context, finalizer);
      continue;
    }
    if (deleting || !matches || object.metadata.deletionTimestamp !== undefined) continue;
    const adopted = await adopt(object, owner, path, context, finalizer);
    if (adopted) claimed.push(adopted);
  }
  return claimed;
}

async function adopt(
  object: KubeObject,
  owner: KubeObject,
  path: ResourcePath,
  context: Context,
  finalizer?: string,
): Promise<KubeObject | undefined> {
  const { namespace = '', name = '', uid, ownerReferences = [], finalizers = [] } = object.metadata;
  const patch = {
    metadata: {
      uid: uid ?? '',
      ownerReferences: [...ownerReferences, controllerReference(owner)],
      ...(finalizer ? { finalizers: [...finalizers.filter((present) => present !== finalizer), finalizer] } : {}),
    },
  };
  try {
    return await context.client.patch(path, namespace, name, 'merge', jsonOf(patch));
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}

async function release(
  object: KubeObject,
  ownerUid: string | undefined,
  path: ResourcePath,
  context: Context,
  finalizer?: string,
): Promise<void> {
  const { namespace = '', name = '', uid } = object.metadata;
  const patch = {
    metadata: {
      uid: uid ?? '',
      ownerReferences: [{ $patch: 'delete', uid: ownerUid ?? '' }],
      ...(finalizer ? { '$deleteFromPrimitiveList/finalizers': [finalizer] } : {}),
    },
  };
  try {
    await context.client.patch(path, namespace, name, 'strategic', patch);
  } catch (error) {
    // Gone, or not the object that we saw: nothing to let go of.
    if (!isReason(error, 'NotFound') && !isReason(error, 'Invalid')) throw error;
  }
}
