/**
 * Which volumes pods need attached to their nodes, and which are (kubernetes `pkg/controller/volume/attachdetach/{cache,util}`,
 * `pkg/volume/util/util.go`). The controller, the kubelets and `why` ask the same questions here.
 */
import { firstWhere } from '../../../apimachinery/first-where';
import type { JsonObject } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { sha256 } from '../../../apimachinery/sha256';
import type { IndexedCache } from '../../controller';
import { keyOf } from '../../resource-names';
import { classOf, storageClassNamed, volumeNamed } from '../../scheduler/plugins/volume-claims';
import {
  asCSI,
  diskKey,
  inlineDisk,
  inlineVolume,
  isInline,
  migratedDisk,
} from '../persistentvolume-binder/csi-migration';
import { isPodTerminal, podCondition } from '../pod-state';
import { attaches, isAtWork } from '../volume-provisioner/drivers';
import { durationParameter, failureParameter } from '../volume-provisioner/parameters';

export const ATTACHMENTS = { group: 'storage.k8s.io', version: 'v1', resource: 'volumeattachments' };
export const ATTACHMENT_RESOURCE = 'volumeattachments.storage.k8s.io';

interface PodVolume {
  name: string;
  persistentVolumeClaim?: { claimName: string };
  ephemeral?: object;
}

interface Status {
  state: { waiting?: object; terminated?: object };
}

/** The claims that its volumes stand for, by the names of the volumes. */
export function claimsOf({ metadata, ...pod }: KubeObject): { volume: string; claim: string }[] {
  const found: { volume: string; claim: string }[] = [];
  for (const { name, persistentVolumeClaim, ephemeral } of (pod['spec'].volumes ?? []) as PodVolume[])
    if (persistentVolumeClaim) found.push({ volume: name, claim: persistentVolumeClaim.claimName });
    else if (ephemeral) found.push({ volume: name, claim: `${metadata.name}-${name}` });
  return found;
}

/** Has it volumes that may have to be attached: of claims, or disks of its own? */
export function hasDisks(pod: KubeObject): boolean {
  return firstWhere(pod['spec'].volumes as PodVolume[] | undefined, isDisk) !== undefined;
}

function isDisk(volume: PodVolume): boolean {
  return Boolean(volume.persistentVolumeClaim ?? volume.ephemeral) || migratedDisk(volume) !== undefined;
}

/** Has it a node, and may it still write to its volumes (IsPodTerminated)? */
export function holdsVolumes(pod: KubeObject): boolean {
  if (!pod['spec'].nodeName || isPodTerminal(pod)) return false;
  if (pod.metadata.deletionTimestamp === undefined) return true;
  const statuses: Status[] = pod['status']?.containerStatuses ?? [];
  return statuses.some(({ state }) => !state.waiting && !state.terminated);
}

/** The volume that the claim is bound to, where that has to be attached before it is mounted. */
export function attachableVolume(cache: IndexedCache, namespace: string, claimName: string): KubeObject | undefined {
  const claim = cache.get('persistentvolumeclaims', namespace, claimName);
  if (claim?.['status']?.phase !== 'Bound' || !claim['spec'].volumeName) return undefined;
  const volume = asCSI(volumeNamed(cache, claim['spec'].volumeName));
  if (!volume?.['spec'].csi || volume['spec'].claimRef?.uid !== claim.metadata.uid) return undefined;
  return attaches(driverOf(volume), cache) ? volume : undefined;
}

/** What a pod needs attached to its node, by the names of its volumes. */
export function attachablesOf(pod: KubeObject, cache: IndexedCache): { name: string; volume: KubeObject }[] {
  const { namespace = '' } = pod.metadata;
  const found: { name: string; volume: KubeObject }[] = [];
  for (const { volume: name, claim } of claimsOf(pod)) {
    const volume = attachableVolume(cache, namespace, claim);
    if (volume) found.push({ name, volume });
  }
  for (const source of (pod['spec'].volumes ?? []) as PodVolume[]) {
    const volume = diskIn(source, namespace);
    if (volume && attaches(driverOf(volume), cache)) found.push({ name: source.name, volume });
  }
  return found;
}

/** What can't be translated is not attached. */
function diskIn(source: PodVolume, namespace: string): KubeObject | undefined {
  try {
    return inlineDisk(source, namespace);
  } catch {
    return undefined;
  }
}

/** The same without repeats. */
export function attachableVolumes(pod: KubeObject, cache: IndexedCache): ReadonlyMap<string, KubeObject> {
  return new Map(attachablesOf(pod, cache).map(({ volume }) => [uniqueName(volume), volume]));
}

/** The volume that an attachment is of; undefined where that is gone. */
export function volumeAttached({ spec }: KubeObject, cache: Pick<IndexedCache, 'get'>): KubeObject | undefined {
  const { persistentVolumeName, inlineVolumeSpec } = spec.source ?? {};
  if (inlineVolumeSpec) return inlineVolume('', inlineVolumeSpec);
  return asCSI(cache.get('persistentvolumes', '', persistentVolumeName ?? ''));
}

/** What an attachment says of which volume it is of. */
export function attachmentSource(volume: KubeObject): JsonObject {
  return isInline(volume) ? { inlineVolumeSpec: volume['spec'] } : { persistentVolumeName: volume.metadata.name ?? '' };
}

export function driverOf(volume: KubeObject): string {
  return volume['spec'].csi.driver;
}

/** GetUniqueVolumeName: what node statuses call it. */
export function uniqueName(volume: KubeObject): string {
  return `kubernetes.io/csi/${driverOf(volume)}^${volume['spec'].csi.volumeHandle}`;
}

/** csi_attacher.go getAttachmentName */
export function attachmentName(volume: KubeObject, nodeName: string): string {
  const digest = sha256(`${volume['spec'].csi.volumeHandle}${driverOf(volume)}${nodeName}`);
  return `csi-${Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

export function attachmentsOf(volume: KubeObject, cache: IndexedCache): readonly KubeObject[] {
  return cache.index(ATTACHMENT_RESOURCE, 'volume', isInline(volume) ? diskOf(volume) : (volume.metadata.name ?? ''));
}

/** `ebs.csi.aws.com^vol-1` */
function diskOf(volume: KubeObject): string {
  return diskKey(volume['spec'].csi);
}

export function attachmentTo(nodeName: string, volume: KubeObject, cache: IndexedCache): KubeObject | undefined {
  return attachmentsOf(volume, cache).find((attachment) => attachment['spec'].nodeName === nodeName);
}

/** May it be attached to one node only (IsMultiAttachAllowed)? */
export function isExclusive(volume: KubeObject): boolean {
  const modes: string[] = volume['spec'].accessModes ?? [];
  return modes.length > 0 && !modes.includes('ReadWriteMany') && !modes.includes('ReadOnlyMany');
}

/** The pods that have a node and hold the volume there; in the order in which they got their nodes. */
export function holdersOf(volume: KubeObject, cache: IndexedCache): KubeObject[] {
  const pods = usersOf(volume, cache).filter(holdsVolumes);
  return pods.sort((a, b) => compare(placedAt(a), placedAt(b)) || compare(keyOf(a), keyOf(b)));
}

/** All pods that name it. */
export function usersOf(volume: KubeObject, cache: IndexedCache): readonly KubeObject[] {
  if (isInline(volume)) return cache.index('pods', 'reference', `disks//${diskOf(volume)}`);
  const { namespace, name } = volume['spec'].claimRef ?? {};
  return name ? cache.index('pods', 'reference', `persistentvolumeclaims/${namespace}/${name}`) : [];
}

function placedAt(pod: KubeObject): string {
  return podCondition(pod, 'PodScheduled')?.lastTransitionTime ?? pod.metadata.creationTimestamp ?? '';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The other nodes that keep the volume from this one: where it is attached, or where it is going first. */
export function otherNodes(volume: KubeObject, nodeName: string, cache: IndexedCache): string[] {
  if (!isExclusive(volume)) return [];
  const attachments = attachmentsOf(volume, cache);
  if (attachments.length > 0)
    return attachments.map((one): string => one['spec'].nodeName).filter((other) => other !== nodeName);
  const first: string | undefined = holdersOf(volume, cache)[0]?.['spec'].nodeName;
  return first === undefined || first === nodeName ? [] : [first];
}

/** The class that says how the volume's driver does. */
export function classOfVolume(volume: KubeObject, cache: IndexedCache): KubeObject | undefined {
  return storageClassNamed(cache, classOf(volume));
}

/** Does anybody look after its attachments? */
export function hasAttacher(volume: KubeObject, cache: IndexedCache): boolean {
  return isAtWork(driverOf(volume), classOfVolume(volume, cache), cache);
}

/**
 * Is it attached to the node? Most drivers attach at once: the kubelet need not wait until that is written down, as the
 * controller does it in the very step in which the pod comes to the node.
 */
export function isAttached(volume: KubeObject, nodeName: string, cache: IndexedCache): boolean {
  const attachment = attachmentTo(nodeName, volume, cache);
  if (attachment?.metadata.deletionTimestamp !== undefined) return false;
  if (attachment?.['status']?.attached) return true;
  if (attachment?.['status']?.attachError || volume.metadata.deletionTimestamp !== undefined) return false;
  const storageClass = classOfVolume(volume, cache);
  return (
    durationParameter(storageClass, 'attach-time', 0) === 0 &&
    !failureParameter(storageClass, 'attach-failure') &&
    otherNodes(volume, nodeName, cache).length === 0 &&
    hasAttacher(volume, cache)
  );
}
