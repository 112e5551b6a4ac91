/** Deletes the objects of a kind that is being deleted, and then lets its definition go (apiextensions-apiserver `pkg/controller/finalizer/crd_finalizer.go`). */
import type { Json } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { withCondition } from '../../../apiserver/custom/conditions';
import {
  CLEANUP_FINALIZER,
  DEFINITIONS,
  type DefinitionCondition,
  type DefinitionStatus,
  isTrue,
  specOf,
} from '../../../apiserver/custom/definition';
import { type Client, type ResourcePath, resourcePath } from '../../../client/client';

const DEFINITIONS_PATH: ResourcePath = { ...DEFINITIONS, version: 'v1' };

/** How often a real server looks whether all objects have gone. */
export const POLL_INTERVAL = 5_000;

export function needsCleanup({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers?.includes(CLEANUP_FINALIZER) ?? false);
}

/** One look. @returns how many objects are still there; 0 when the definition could be let go. */
export async function cleanUp(definition: KubeObject, client: Client, now: () => string): Promise<number> {
  try {
    const marked = await setTerminating(definition, client, now(), {
      status: 'True',
      reason: 'InstanceDeletionInProgress',
      message: 'CustomResource deletion is in progress',
    });
    if (!isTrue(definition, 'Established')) {
      await letGo(marked, client, now(), 'NeverEstablished', 'resource was never established');
      return 0;
    }
    const left = await deleteInstances(definition, client);
    if (left > 0) return left;
    await letGo(marked, client, now(), 'InstanceDeletionCompleted', 'removed all instances');
  } catch (error) {
    // Somebody else has written it, or let it go: that brings the next look.
    if (!isReason(error, 'Conflict') && !isReason(error, 'NotFound')) throw error;
  }
  return 0;
}

type Terminating = Omit<DefinitionCondition, 'type'>;

function withTerminating(definition: KubeObject, condition: Terminating, now: string): KubeObject {
  const status: DefinitionStatus = definition['status'];
  const conditions = withCondition(status.conditions, { type: 'Terminating', ...condition }, now);
  return { ...definition, status: { ...status, conditions } };
}

function setTerminating(
  definition: KubeObject,
  client: Client,
  now: string,
  condition: Terminating,
): Promise<KubeObject> {
  return client.updateStatus(DEFINITIONS_PATH, withTerminating(definition, condition, now));
}

async function letGo(
  definition: KubeObject,
  client: Client,
  now: string,
  reason: string,
  message: string,
): Promise<void> {
  const last = withTerminating(definition, { status: 'False', reason, message }, now);
  const finalizers = last.metadata.finalizers?.filter((finalizer) => finalizer !== CLEANUP_FINALIZER) ?? [];
  await client.updateStatus(DEFINITIONS_PATH, { ...last, metadata: { ...last.metadata, finalizers } });
}

/** How many objects are left: those that have finalizers of their own. */
async function deleteInstances(definition: KubeObject, client: Client): Promise<number> {
  const { group, names, versions } = specOf(definition);
  // Any version will do; what nobody is served can't be asked for.
  const version = (versions.find((one) => one.storage && one.served) ?? versions.find((one) => one.served))?.name;
  if (version === undefined) return 0;
  const path: ResourcePath = { group, version, resource: names.plural };
  const { items } = await client.list(path);
  const body: Json = { kind: 'DeleteOptions', apiVersion: 'v1' };
  for (const namespace of new Set(items.map(({ metadata }) => metadata.namespace ?? '')))
    await client.request({ method: 'DELETE', path: resourcePath(path, namespace), body });
  return items.length === 0 ? 0 : (await client.list(path)).items.length;
}
