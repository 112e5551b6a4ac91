/**
 * Which volume a claim gets (kubernetes `pkg/controller/volume/persistentvolume/index.go`, component-helpers
 * `storage/volume/pv_helpers.go` FindMatchingVolume without a node).
 */
import { type LabelSelector, selectorOf } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { wholeValue } from '../../../apimachinery/quantity';
import type { IndexedCache } from '../../controller';
import { classOf, storageClassNamed } from '../../scheduler/plugins/volume-claims';

export interface ClaimReference {
  namespace?: string;
  name?: string;
  uid?: string;
}

/** Is the volume promised to the claim, by name or for good (IsVolumeBoundToClaim)? */
export function isPromised(volume: KubeObject, { metadata }: KubeObject): boolean {
  const reference: ClaimReference | undefined = volume['spec'].claimRef;
  if (reference?.name !== metadata.name || reference?.namespace !== metadata.namespace) return false;
  return !reference?.uid || reference.uid === metadata.uid;
}

/** Are the claim's volumes chosen with the pod (IsDelayBindingMode)? */
export function isDelayed(claim: KubeObject, cache: Pick<IndexedCache, 'get' | 'list' | 'index'>): boolean {
  const storageClass = storageClassNamed(cache, classOf(claim));
  return storageClass?.['volumeBindingMode'] === 'WaitForFirstConsumer';
}

/** What keeps a claim and a volume apart: the first thing that does, in the order in which the binder looks. */
export interface Obstacle {
  reason:
    | 'claimed'
    | 'too small'
    | 'volumeMode'
    | 'attributes class'
    | 'deleting'
    | 'waits for consumer'
    | 'phase'
    | 'selector'
    | 'class'
    | 'accessModes';
  text: string;
}

/** A claim, and what it asks for, worked out once for many volumes. */
export class Wish {
  readonly size: number;
  readonly storageClass: string;
  readonly accessModes: readonly string[];
  private readonly labels: LabelSelector | undefined;

  constructor(
    readonly claim: KubeObject,
    private readonly delayed: boolean,
  ) {
    const { resources, selector, accessModes = [] } = claim['spec'];
    this.size = wholeValue(resources?.requests?.storage);
    this.storageClass = classOf(claim);
    this.accessModes = accessModes;
    this.labels = selector ? selectorOf(selector) : undefined;
  }

  /** Undefined for a volume that will do. */
  obstacle(volume: KubeObject): Obstacle | undefined {
    const { spec, metadata, status } = volume as KubeObject & { spec: VolumeSpec };
    const promised = isPromised(volume, this.claim);
    if (spec.claimRef && !promised)
      return { reason: 'claimed', text: `it is claimed by ${spec.claimRef.namespace}/${spec.claimRef.name}` };
    const modes = spec.accessModes ?? [];
    const missing = this.accessModes.filter((mode) => !modes.includes(mode));
    if (missing.length > 0)
      return { reason: 'accessModes', text: `it does not offer ${missing.join(', ')}, only ${modes.join(', ')}` };
    const offered = spec.capacity?.storage ?? '0';
    if (wholeValue(offered) < this.size)
      return {
        reason: 'too small',
        text: `${offered} is less than the ${this.claim['spec'].resources?.requests?.storage} asked for`,
      };
    const own = this.claim['spec'];
    const mode = own.volumeMode ?? 'Filesystem';
    if ((spec.volumeMode ?? 'Filesystem') !== mode)
      return { reason: 'volumeMode', text: `its volumeMode is ${spec.volumeMode ?? 'Filesystem'}, not ${mode}` };
    const attributes = own.volumeAttributesClassName ?? '';
    if ((spec.volumeAttributesClassName ?? '') !== attributes)
      return {
        reason: 'attributes class',
        text: `its volumeAttributesClassName is ${quoted(spec.volumeAttributesClassName)}, not ${quoted(attributes)}`,
      };
    if (metadata.deletionTimestamp) return { reason: 'deleting', text: 'it is being deleted' };
    if (promised) return undefined;
    if (this.labels && !this.labels.matches(metadata.labels))
      return { reason: 'selector', text: `its labels don't match ${this.labels.toString()}` };
    if (classOf(volume) !== this.storageClass)
      return {
        reason: 'class',
        text: `its storage class is ${quoted(classOf(volume))}, not ${quoted(this.storageClass)}`,
      };
    if (this.delayed)
      return { reason: 'waits for consumer', text: 'it would do, but the scheduler binds it together with a pod' };
    const phase: string = status?.phase ?? 'Pending';
    if (phase !== 'Available') return { reason: 'phase', text: `its phase is ${phase}` };
    return undefined;
  }
}

function quoted(name = ''): string {
  return name === '' ? 'none' : name;
}

interface VolumeSpec {
  accessModes?: string[];
  capacity?: { storage?: string };
  claimRef?: ClaimReference;
  volumeMode?: string;
  volumeAttributesClassName?: string;
}

export interface Match {
  volume?: KubeObject;
  /** There is a volume that will do as soon as it is seen to be there. */
  soon: boolean;
}

/** The volume with the access modes asked for, or the fewest more; the smallest of those. One that was promised goes first among its like. */
export function bestVolume(wish: Wish, volumes: readonly KubeObject[]): Match {
  const exact = modesKey(wish.accessModes);
  let best: Candidate | undefined;
  let soon = false;
  for (const volume of volumes) {
    const obstacle = wish.obstacle(volume);
    if (obstacle?.reason === 'phase' && (volume['status']?.phase ?? 'Pending') === 'Pending') soon = true;
    if (obstacle) continue;
    const modes: string[] = volume['spec'].accessModes ?? [];
    const key = modesKey(modes);
    const rank: Candidate['rank'] = [
      key === exact ? 0 : modes.length,
      key,
      isPromised(volume, wish.claim) ? 0 : 1,
      wholeValue(volume['spec'].capacity?.storage),
    ];
    if (!best || precedes(rank, best.rank)) best = { volume, rank };
  }
  return { ...(best ? { volume: best.volume } : {}), soon };
}

interface Candidate {
  volume: KubeObject;
  rank: readonly [number, string, number, number];
}

function precedes(a: Candidate['rank'], b: Candidate['rank']): boolean {
  for (const [i, value] of a.entries()) {
    const other = b[i] as string | number;
    if (value !== other) return value < other;
  }
  return false;
}

function modesKey(modes: readonly string[]): string {
  return [...modes].sort().join();
}

/** Why the volume that a claim names will not do (checkVolumeSatisfyClaim). */
export function namedVolumeComplaint(volume: KubeObject, claim: KubeObject): string | undefined {
  const { spec } = volume as KubeObject & { spec: VolumeSpec };
  const own = claim['spec'];
  if (volume.metadata.deletionTimestamp)
    return `the volume is marked for deletion ${JSON.stringify(volume.metadata.name)}`;
  if (wholeValue(spec.capacity?.storage) < wholeValue(own.resources?.requests?.storage))
    return 'requested PV is too small';
  if (classOf(volume) !== classOf(claim)) return 'storageClassName does not match';
  if ((spec.volumeAttributesClassName ?? '') !== (own.volumeAttributesClassName ?? ''))
    return 'volumeAttributesClassName does not match';
  if ((spec.volumeMode ?? 'Filesystem') !== (own.volumeMode ?? 'Filesystem')) return 'incompatible volumeMode';
  const modes = spec.accessModes ?? [];
  if (!(own.accessModes ?? []).every((mode: string) => modes.includes(mode))) return 'incompatible accessMode';
  return undefined;
}
