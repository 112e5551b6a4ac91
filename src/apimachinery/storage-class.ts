/** The storage class of claims and volumes, and which one is the default (component-helpers `storage/volume/helpers.go`, kubernetes `pkg/volume/util/storageclass.go`). */
import type { KubeObject } from './meta';

/** The class was named by this once; it still goes first. */
export const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const DEFAULT = 'storageclass.kubernetes.io/is-default-class';
const BETA_DEFAULT = 'storageclass.beta.kubernetes.io/is-default-class';

/** The class of a claim or a volume, '' for none. */
export function storageClassOf(object: KubeObject): string {
  return object.metadata.annotations?.[CLASS_ANNOTATION] ?? object['spec']?.storageClassName ?? '';
}

/** Does the claim say of which class it is, be it of none? */
export function hasStorageClass(claim: KubeObject): boolean {
  return claim.metadata.annotations?.[CLASS_ANNOTATION] !== undefined || claim['spec']?.storageClassName !== undefined;
}

/**
 * Does the claim, which names no class, name this volume, which has none? Upstream gives it the default class all the same, and
 * then it can never be bound. Here it keeps what its author plainly meant; docs/differences-from-kubectl.md says so.
 */
export function namesClasslessVolume(claim: KubeObject, volume: KubeObject | undefined): boolean {
  return volume !== undefined && claim['spec'].volumeName === volume.metadata.name && storageClassOf(volume) === '';
}

/** The class of claims that name none (GetDefaultClass): the newest that is marked; of equally new ones the first by name. */
export function defaultStorageClass(classes: readonly KubeObject[]): KubeObject | undefined {
  let chosen: KubeObject | undefined;
  for (const one of classes) if (isDefaultClass(one) && (!chosen || precedes(one, chosen))) chosen = one;
  return chosen;
}

export function isDefaultClass({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[DEFAULT] === 'true' || metadata.annotations?.[BETA_DEFAULT] === 'true';
}

function precedes(one: KubeObject, other: KubeObject): boolean {
  const [a, b] = [one.metadata.creationTimestamp ?? '', other.metadata.creationTimestamp ?? ''];
  return a === b ? (one.metadata.name ?? '') < (other.metadata.name ?? '') : a > b;
}
