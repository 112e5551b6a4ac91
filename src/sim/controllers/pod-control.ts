/** Makes and deletes pods for the workloads whose pods have no names of their own (controller_utils.go RealPodControl). */
import { deepFreeze } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import type { ResourcePath } from '../../client/client';
import type { Context } from '../controller';
import { controllerReference } from './claim';

/** What was sent for a template: the next pod is asked for in the very same words (apiserver `moulds.ts`). */
const bodies = new Map<KubeObject, KubeObject>();
const MOST_BODIES = 500;

export const PODS: ResourcePath = { group: '', version: 'v1', resource: 'pods' };

/** A pod as a template describes it, controlled by its owner (GetPodFromTemplate). */
export function podFromTemplate(
  template: KubeObject,
  owner: KubeObject,
  generateName = `${owner.metadata.name ?? ''}-`,
): KubeObject {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template['spec'],
  };
}

/** The same body for all pods of a template that is for good. */
function bodyFrom(template: KubeObject, owner: KubeObject, generateName: string | undefined): KubeObject {
  if (!Object.isFrozen(template) || generateName !== undefined) return podFromTemplate(template, owner, generateName);
  const known = bodies.get(template);
  // Owners that are made alike may share one.
  if (known && known.metadata.ownerReferences?.[0]?.uid === owner.metadata.uid) return known;
  const body = deepFreeze(podFromTemplate(template, owner));
  if (bodies.size >= MOST_BODIES) bodies.clear();
  bodies.set(template, body);
  return body;
}

/**
 * Makes a pod and says so (CreatePods). In a namespace that is on its way out nothing can be made, and nothing is said.
 * @throws ApiError why not.
 */
export async function createPod(
  template: KubeObject,
  owner: KubeObject,
  context: Context,
  generateName?: string,
): Promise<void> {
  const { namespace = '' } = owner.metadata;
  try {
    const pod = await context.client.create(PODS, namespace, bodyFrom(template, owner, generateName));
    context.events.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
  } catch (error) {
    if (isNamespaceTerminating(error)) return;
    context.events.event(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
    throw error;
  }
}

/** Deletes a pod and says so (DeletePod). One that is gone already is none the worse. @throws Error why not. */
export async function deletePod(pod: KubeObject, owner: KubeObject, context: Context): Promise<void> {
  const { namespace = '', name = '' } = pod.metadata;
  try {
    await context.client.delete(PODS, namespace, name);
    context.events.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
  } catch (error) {
    if (isReason(error, 'NotFound')) return;
    context.events.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
    throw new Error(`unable to delete pods: ${messageOf(error)}`);
  }
}

/**
 * Calls `create` so many times, in batches of 1, 2, 4 …; a batch in which anything failed is the last, so that what can't
 * succeed is not tried a thousand times (slowStartBatch).
 * @throws what failed first.
 */
export async function slowStart(count: number, create: (index: number) => Promise<void>): Promise<void> {
  let failure: { error: unknown } | undefined;
  for (let done = 0, batch = 1; done < count && !failure; batch *= 2) {
    const end = Math.min(count, done + batch);
    for (; done < end; done++)
      try {
        await create(done);
      } catch (error) {
        failure ??= { error };
      }
  }
  if (failure) throw failure.error;
}

/** Was something refused because its namespace is being deleted? */
export function isNamespaceTerminating(error: unknown): boolean {
  return (
    isReason(error, 'Forbidden') &&
    (error.status.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating')
  );
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
