/**
 * The PersistentVolumeClaims of a StatefulSet's pods, and who owns them, so that they go when they should (kubernetes
 * `pkg/controller/statefulset/stateful_set_utils.go`).
 */
import type { KubeObject, OwnerReference } from '../../../apimachinery/meta';
import { controllerReference } from '../claim';
import { inOrdinalRange, ordinalOf } from './identity';

export function claimTemplatesOf(set: KubeObject): KubeObject[] {
  return set['spec'].volumeClaimTemplates ?? [];
}

/** getPersistentVolumeClaimName */
export function claimNameOf(set: KubeObject, template: string, ordinal: number): string {
  return `${template}-${set.metadata.name}-${ordinal}`;
}

/** The claims that a pod is to have (getPersistentVolumeClaims). */
export function claimsOf(set: KubeObject, pod: KubeObject): KubeObject[] {
  const { namespace = '' } = set.metadata;
  return claimTemplatesOf(set).map((template) => {
    const { name = '', labels, annotations } = template.metadata;
    return {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: claimNameOf(set, name, ordinalOf(pod)),
        namespace,
        labels: { ...labels, ...set['spec'].selector?.matchLabels },
        ...(annotations ? { annotations } : {}),
      },
      spec: template['spec'],
    };
  });
}

interface Volume {
  name: string;
  persistentVolumeClaim?: { claimName?: string };
}

/** Does the pod mount the claims of its ordinal? */
export function storageMatches(set: KubeObject, pod: KubeObject): boolean {
  const ordinal = ordinalOf(pod);
  if (ordinal < 0) return false;
  const volumes: Volume[] = pod['spec'].volumes ?? [];
  return claimTemplatesOf(set).every((template) => {
    const name = template.metadata.name ?? '';
    const volume = volumes.findLast((one) => one.name === name);
    return volume?.persistentVolumeClaim?.claimName === claimNameOf(set, name, ordinal);
  });
}

/** The pod with the claims of its ordinal as volumes, in place of its own of these names (updateStorage). */
export function withStorage(set: KubeObject, pod: KubeObject): KubeObject {
  const ordinal = ordinalOf(pod);
  const names = claimTemplatesOf(set).map((template) => template.metadata.name ?? '');
  if (names.length === 0) return pod;
  const claims: Volume[] = names.map((name) => ({
    name,
    persistentVolumeClaim: { claimName: claimNameOf(set, name, ordinal) },
  }));
  const own = ((pod['spec'].volumes ?? []) as Volume[]).filter((volume) => !names.includes(volume.name));
  return { ...pod, spec: { ...pod['spec'], volumes: [...claims, ...own] } };
}

interface RetentionPolicy {
  whenDeleted: string;
  whenScaled: string;
}

/** getPersistentVolumeClaimRetentionPolicy */
export function retentionPolicyOf(set: KubeObject): RetentionPolicy {
  return { whenDeleted: 'Retain', whenScaled: 'Retain', ...set['spec'].persistentVolumeClaimRetentionPolicy };
}

function references(claim: KubeObject): readonly OwnerReference[] {
  return claim.metadata.ownerReferences ?? [];
}

/** Does a reference name this object (whatever its uid)? */
function matchesReference(reference: OwnerReference, object: KubeObject): boolean {
  return (
    reference.apiVersion === object.apiVersion &&
    reference.kind === object.kind &&
    reference.name === object.metadata.name
  );
}

function isOwnedBy(claim: KubeObject, owner: KubeObject): boolean {
  return references(claim).some((reference) => reference.uid === owner.metadata.uid);
}

/** Is the claim owned by an object of this name that is no more (hasStaleOwnerRef)? */
export function hasStaleOwner(claim: KubeObject, object: KubeObject): boolean {
  const reference = references(claim).find((one) => matchesReference(one, object));
  return reference !== undefined && reference.uid !== object.metadata.uid;
}

/** Is it managed by something else, while the policy would have the set manage it (hasUnexpectedController)? */
export function hasUnexpectedController(claim: KubeObject, set: KubeObject, pod: KubeObject): boolean {
  const { whenDeleted, whenScaled } = retentionPolicyOf(set);
  if (whenDeleted === 'Retain' && whenScaled === 'Retain') return false;
  return references(claim).some((reference) => {
    const own = [set, pod].find((object) => matchesReference(reference, object));
    return own ? reference.uid !== own.metadata.uid : reference.controller === true;
  });
}

/** Who is to own the claim of a pod: the set until the pod is scaled away, then the pod, each as its part of the policy says. */
function wantedOwners(set: KubeObject, pod: KubeObject): { set: boolean; pod: boolean } {
  const { whenDeleted, whenScaled } = retentionPolicyOf(set);
  const scaledAway = !inOrdinalRange(pod, set);
  const byPod = whenScaled === 'Delete' && scaledAway;
  return { set: whenDeleted === 'Delete' && !byPod, pod: byPod };
}

/** isClaimOwnerUpToDate: nothing is to be done about what somebody else manages or what an earlier set left. */
export function ownersAreRight(claim: KubeObject, set: KubeObject, pod: KubeObject): boolean {
  if (hasStaleOwner(claim, set) || hasStaleOwner(claim, pod)) return true;
  if (hasUnexpectedController(claim, set, pod)) return !isOwnedBy(claim, set) && !isOwnedBy(claim, pod);
  const own = references(claim).filter(({ uid }) => uid === set.metadata.uid || uid === pod.metadata.uid);
  if (own.some((reference) => reference.controller !== true)) return false;
  const wanted = wantedOwners(set, pod);
  return isOwnedBy(claim, set) === wanted.set && isOwnedBy(claim, pod) === wanted.pod;
}

/** The claim with the owners that the policy wants (updateClaimOwnerRefForSetAndPod). */
export function withRightOwners(claim: KubeObject, set: KubeObject, pod: KubeObject): KubeObject {
  const ownerReferences = references(claim).filter(
    (reference) => !matchesReference(reference, set) && !matchesReference(reference, pod),
  );
  if (!hasUnexpectedController(claim, set, pod)) {
    const wanted = wantedOwners(set, pod);
    for (const owner of [...(wanted.set ? [set] : []), ...(wanted.pod ? [pod] : [])])
      if (!ownerReferences.some(({ uid }) => uid === owner.metadata.uid))
        ownerReferences.push(controllerReference(owner));
  }
  return { ...claim, metadata: { ...claim.metadata, ownerReferences } };
}
