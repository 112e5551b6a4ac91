/** The ReplicaSets of a Deployment: which is the new one, revisions, annotations, sizes (kubernetes `pkg/controller/deployment/util`). */
import { scaledValue } from '../../../apimachinery/int-or-string';
import { deepEqual, type Json, jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';

export const REVISION = 'deployment.kubernetes.io/revision';
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
export const TEMPLATE_HASH = 'pod-template-hash';

/** Annotations of a Deployment that its ReplicaSets don't take over (annotationsToSkip). */
const NOT_COPIED = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
]);

/** The longest that the list of earlier revisions may get, in characters (maxRevHistoryLengthInChars). */
const REVISION_HISTORY_LIMIT = 2000;

/** DNS1123SubdomainMaxLength */
const LONGEST_NAME = 253;

export function replicasOf(object: KubeObject): number {
  return object['spec'].replicas ?? 1;
}

/** Sums spec.replicas (GetReplicaCountForReplicaSets). */
export function wantedReplicas(replicaSets: readonly KubeObject[]): number {
  return replicaSets.reduce((sum, one) => sum + replicasOf(one), 0);
}

/** Sums a count of status: `replicas`, `readyReplicas`, `availableReplicas`, `terminatingReplicas`. */
export function countedReplicas(replicaSets: readonly KubeObject[], count: string): number {
  return replicaSets.reduce((sum, one) => sum + (one['status']?.[count] ?? 0), 0);
}

/**
 * How many of a ReplicaSet's replicas are available and to stay: what its status counts, but no more than it is to have. Of a
 * ReplicaSet that was shrunk a moment ago the status still counts those that go.
 */
export function lastingAvailable(replicaSet: KubeObject): number {
  return Math.min(replicaSet['status']?.availableReplicas ?? 0, replicasOf(replicaSet));
}

export function active(replicaSets: readonly KubeObject[]): KubeObject[] {
  return replicaSets.filter((one) => replicasOf(one) > 0);
}

/** Oldest first, by name where equally old (ReplicaSetsByCreationTimestamp). */
export function byAge(a: KubeObject, b: KubeObject): number {
  const [createdA, createdB] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (createdA !== createdB) return createdA < createdB ? -1 : 1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}

/** The template without the hash label that the controller adds, for comparing (EqualIgnoreHash). */
export function sameTemplate(a: KubeObject, b: KubeObject): boolean {
  return deepEqual(withoutHash(a), withoutHash(b));
}

function withoutHash(template: KubeObject): Json {
  const labels = { ...template.metadata?.labels };
  delete labels[TEMPLATE_HASH];
  const { creationTimestamp: _, ...metadata } = template.metadata ?? {};
  return jsonOf({ metadata: { ...metadata, labels }, spec: template['spec'] });
}

/** A name as long as may be is cut, so that the hash still fits (generateReplicaSetName). */
export function replicaSetName(deploymentName: string, hash: string): string {
  return `${deploymentName.slice(0, LONGEST_NAME - hash.length - 1)}-${hash}`;
}

/** The ReplicaSet that has the Deployment's template, the oldest if several have, and the others (FindNewReplicaSet, FindOldReplicaSets). */
export function splitByTemplate(
  deployment: KubeObject,
  replicaSets: readonly KubeObject[],
): { newest: KubeObject | undefined; old: KubeObject[] } {
  const ordered = [...replicaSets].sort(byAge);
  const newest = ordered.find((one) => sameTemplate(one['spec'].template, deployment['spec'].template));
  return { newest, old: ordered.filter((one) => one !== newest) };
}

/** The revision that an object bears; 0 for none (Revision). */
export function revisionOf(object: KubeObject): number {
  const text = object.metadata.annotations?.[REVISION];
  return text && /^\d+$/.test(text) ? Number(text) : 0;
}

export function maxRevision(replicaSets: readonly KubeObject[]): number {
  return replicaSets.reduce((max, one) => Math.max(max, revisionOf(one)), 0);
}

/** maxSurge and maxUnavailable as numbers of pods; one of them is at least 1 (ResolveFenceposts). Both 0 unless rolling. */
export function fenceposts(deployment: KubeObject): { surge: number; unavailable: number } {
  const { strategy = {} } = deployment['spec'];
  if (strategy.type !== 'RollingUpdate') return { surge: 0, unavailable: 0 };
  const replicas = replicasOf(deployment);
  const surge = scaledValue(strategy.rollingUpdate?.maxSurge, replicas, true);
  const unavailable = scaledValue(strategy.rollingUpdate?.maxUnavailable, replicas, false);
  return surge === 0 && unavailable === 0 ? { surge: 0, unavailable: 1 } : { surge, unavailable };
}

/** MaxUnavailable: never more than there are replicas, none when none are wanted. */
export function maxUnavailable(deployment: KubeObject): number {
  return Math.min(fenceposts(deployment).unavailable, replicasOf(deployment));
}

/** How large a new ReplicaSet may be now (NewRSNewReplicas). `all` includes it. */
export function newReplicaSetSize(deployment: KubeObject, all: readonly KubeObject[], size: number): number {
  const replicas = replicasOf(deployment);
  if (deployment['spec'].strategy?.type === 'Recreate') return replicas;
  const surge = scaledValue(deployment['spec'].strategy?.rollingUpdate?.maxSurge, replicas, true);
  const room = replicas + surge - wantedReplicas(all);
  return room <= 0 ? size : size + Math.min(room, replicas - size);
}

/** The annotations that tell a ReplicaSet how large the whole Deployment is and may be (SetReplicasAnnotations). */
export function replicasAnnotations(deployment: KubeObject): Record<string, string> {
  const replicas = replicasOf(deployment);
  return { [DESIRED_REPLICAS]: String(replicas), [MAX_REPLICAS]: String(replicas + fenceposts(deployment).surge) };
}

/**
 * The annotations of the new ReplicaSet: those of the Deployment, its revision, and the revisions it bore before
 * (SetNewReplicaSetAnnotations). Gives back `present` itself when nothing changes.
 */
export function newReplicaSetAnnotations(
  deployment: KubeObject,
  present: Readonly<Record<string, string>>,
  revision: number,
): Readonly<Record<string, string>> {
  const annotations: Record<string, string> = { ...present };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {}))
    if (!NOT_COPIED.has(key)) annotations[key] = value;
  const before = present[REVISION];
  const known = before === undefined || before === '' || /^\d+$/.test(before);
  if (known && Number(before ?? 0) < revision) {
    annotations[REVISION] = String(revision);
    // Rolling back to it: remember the number it had.
    if (before !== undefined) annotations[REVISION_HISTORY] = appended(present[REVISION_HISTORY], before);
  }
  return deepEqual(annotations, { ...present }) ? present : annotations;
}

function appended(history: string | undefined, revision: string): string {
  if (!history) return revision;
  const revisions = history.split(',');
  while (revisions.length > 0 && [...revisions, revision].join(',').length > REVISION_HISTORY_LIMIT) revisions.shift();
  return [...revisions, revision].join(',');
}

/** The one ReplicaSet that a change of size concerns: the only active one, else the newest; undefined when several are active. */
export function activeOrLatest(newest: KubeObject | undefined, old: readonly KubeObject[]): KubeObject | undefined {
  const oldByYouth = [...old].sort(byAge).reverse();
  const candidates = active(newest ? [...oldByYouth, newest] : oldByYouth);
  if (candidates.length > 1) return undefined;
  return candidates[0] ?? newest ?? oldByYouth[0];
}

/** Has the new ReplicaSet all the pods it should have, all available (IsSaturated)? */
export function isSaturated(deployment: KubeObject, replicaSet: KubeObject | undefined): boolean {
  if (!replicaSet) return false;
  const replicas = replicasOf(deployment);
  return (
    replicaSet.metadata.annotations?.[DESIRED_REPLICAS] === String(replicas) &&
    replicasOf(replicaSet) === replicas &&
    (replicaSet['status']?.availableReplicas ?? 0) === replicas
  );
}

/** How many of `toAdd` replicas (negative: to remove) this ReplicaSet gets, `added` being given away already (GetReplicaSetProportion). */
export function proportion(replicaSet: KubeObject, deployment: KubeObject, toAdd: number, added: number): number {
  if (replicasOf(replicaSet) === 0 || toAdd === 0 || toAdd === added) return 0;
  const share = fraction(replicaSet, deployment);
  const allowed = toAdd - added;
  return toAdd > 0 ? Math.min(share, allowed) : Math.max(share, allowed);
}

/** By how much it would grow if it kept its part of the whole (getReplicaSetFraction). */
function fraction(replicaSet: KubeObject, deployment: KubeObject): number {
  const size = replicasOf(replicaSet);
  const replicas = replicasOf(deployment);
  if (replicas === 0) return -size;
  const annotated = Number(replicaSet.metadata.annotations?.[MAX_REPLICAS]);
  const before = Number.isInteger(annotated) && annotated !== 0 ? annotated : (deployment['status']?.replicas ?? 0);
  if (before === 0) return 0;
  const exact = (size * (replicas + fenceposts(deployment).surge)) / before;
  return Math.round(exact) - size;
}
