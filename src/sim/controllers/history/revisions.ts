/**
 * ControllerRevisions: what a StatefulSet or a DaemonSet was at each change of its template (kubernetes
 * `pkg/controller/history/controller_history.go`).
 */
import { deepEqual, type JsonObject, jsonOf } from '../../../apimachinery/json';
import { stringifyGo } from '../../../apimachinery/json-text';
import type { LabelSelector } from '../../../apimachinery/labels';
import { controllerOf, type KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { ResourcePath } from '../../../client/client';
import type { Context } from '../../controller';
import { controllerReference } from '../claim';
import { ownedOrOrphaned } from '../members';
import { safeEncode } from '../template-hash';

export const REVISIONS: ResourcePath = { group: 'apps', version: 'v1', resource: 'controllerrevisions' };

/** The label of a revision that holds the hash of its data; StatefulSets' have it. */
const HASH_LABEL = 'controller.kubernetes.io/hash';

/** A longer name is cut, so that the hash still fits. */
const LONGEST_PREFIX = 223;

/** The strategic merge patch that puts a workload's template back (getPatch of both controllers). */
export function templatePatch(workload: KubeObject): JsonObject {
  return { spec: { template: { ...jsonOf(workload['spec'].template), $patch: 'replace' } } };
}

/** The workload with the template of a revision (ApplyRevision): the patch replaces the template and touches nothing else. */
export function applyRevision(workload: KubeObject, revision: KubeObject): KubeObject {
  const { $patch: _, ...template } = revision['data'].spec.template;
  return { ...workload, spec: { ...workload['spec'], template } };
}

/** A revision of the workload as it is now, not written yet (NewControllerRevision). */
export function newRevision(workload: KubeObject, number: number, collisionCount: number): KubeObject {
  const data = templatePatch(workload);
  const hash = hashData(data, collisionCount);
  const { namespace = '', annotations, name = '' } = workload.metadata;
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: revisionName(name, hash),
      namespace,
      labels: { ...workload['spec'].template.metadata?.labels, [HASH_LABEL]: hash },
      ...(annotations ? { annotations } : {}),
      ownerReferences: [controllerReference(workload)],
    },
    data,
    revision: number,
  };
}

/** ControllerRevisionName */
function revisionName(prefix: string, hash: string): string {
  return `${prefix.slice(0, LONGEST_PREFIX)}-${hash}`;
}

/** HashControllerRevision: FNV-1 of the patch as Go writes it and of the count; the very hash that upstream finds. */
export function hashData(data: JsonObject, collisionCount: number): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(stringifyGo(data) + collisionCount))
    hash = Math.imul(hash, 0x01000193) ^ byte;
  return safeEncode(String(hash >>> 0));
}

/** Do two revisions hold the same? (EqualRevision) */
export function sameRevision(a: KubeObject, b: KubeObject): boolean {
  return deepEqual(a['data'], b['data']);
}

/** The revisions that match and are the workload's or nobody's, oldest first (ListControllerRevisions). */
export function listRevisions(workload: KubeObject, selector: LabelSelector, context: Context): KubeObject[] {
  return ownedOrOrphaned('controllerrevisions.apps', workload, context.cache)
    .filter((revision) => selector.matches(revision.metadata.labels))
    .sort(byNumber);
}

/** byRevision: by number, then by age, then by name. */
export function byNumber(a: KubeObject, b: KubeObject): number {
  const [createdA, createdB] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (a['revision'] !== b['revision']) return a['revision'] - b['revision'];
  if (createdA !== createdB) return createdA < createdB ? -1 : 1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}

export function maxRevisionNumber(revisions: readonly KubeObject[]): number {
  return revisions.reduce((max, revision) => Math.max(max, revision['revision']), 0);
}

/**
 * Writes a new revision (CreateControllerRevision). A name that another revision has is avoided by hashing with a higher
 * count, which is given back.
 */
export async function createRevision(
  workload: KubeObject,
  revision: KubeObject,
  collisionCount: number,
  { client }: Context,
): Promise<{ revision: KubeObject; collisionCount: number }> {
  const { name: workloadName = '', namespace = '' } = workload.metadata;
  for (let count = collisionCount; ; count++) {
    const name = revisionName(workloadName, hashData(revision['data'], count));
    try {
      const wanted = { ...revision, metadata: { ...revision.metadata, name } };
      return { revision: await client.create(REVISIONS, namespace, wanted), collisionCount: count };
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error;
      const present = await client.get(REVISIONS, namespace, name);
      if (sameRevision(present, revision)) return { revision: present, collisionCount: count };
    }
  }
}

/** Gives a revision a new number, if it has not got it (UpdateControllerRevision). */
export async function renumber(revision: KubeObject, number: number, { client }: Context): Promise<KubeObject> {
  return revision['revision'] === number ? revision : client.update(REVISIONS, { ...revision, revision: number });
}

export async function deleteRevision({ metadata }: KubeObject, { client }: Context): Promise<void> {
  try {
    await client.delete(REVISIONS, metadata.namespace ?? '', metadata.name ?? '');
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}

/** Makes a revision that nobody controls the workload's (AdoptControllerRevision). */
export async function adoptRevision(
  workload: KubeObject,
  revision: KubeObject,
  { client }: Context,
): Promise<KubeObject> {
  if (controllerOf(revision)) return revision;
  const { namespace = '', name = '', uid = '' } = revision.metadata;
  const patch = { metadata: { uid, ownerReferences: [jsonOf(controllerReference(workload))] } };
  return client.patch(REVISIONS, namespace, name, 'strategic', patch);
}
