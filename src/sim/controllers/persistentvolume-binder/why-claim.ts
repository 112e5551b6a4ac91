/** Answers `/kubetick/why/persistentvolumeclaims/…`: each volume and what keeps it from the claim, and who could make one. */
import type { Json, JsonObject } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { wholeValue } from '../../../apimachinery/quantity';
import { notFound } from '../../../apimachinery/status';
import { hasStorageClass } from '../../../apimachinery/storage-class';
import type { ObjectCache } from '../../cache';
import {
  BIND_COMPLETED,
  classOf,
  SELECTED_NODE,
  storageClassNamed,
  volumeNamed,
} from '../../scheduler/plugins/volume-claims';
import { explainAttachments, type ToldAttachment } from '../attachdetach/why-attached';
import { isPodTerminal } from '../pod-state';
import { isAtWork } from '../volume-provisioner/drivers';
import { expandError, wantsMore } from '../volume-provisioner/expand';
import { wantsOther } from '../volume-provisioner/modify';
import { bestVolume, isDelayed, namedVolumeComplaint, Wish } from './match';
import { CSI_NAMES, provisionerOf } from './provisioner-names';

export interface ToldVolume {
  name: string;
  size: string;
  phase: string;
  /** It is the one that the claim has, or would get. */
  chosen: boolean;
  fits: boolean;
  /** In one word, and in a sentence, what keeps it from the claim. */
  reason?: string;
  text?: string;
}

export interface ClaimExplanation {
  kind: 'ClaimExplanation';
  apiVersion: 'kubetick.dev/v1';
  claim: { namespace: string; name: string };
  phase: string;
  /** The volume that the claim has, or names. */
  volume?: string;
  /** '' for none. */
  storageClass: string;
  wanted: JsonObject;
  volumes: ToldVolume[];
  /** Why no volume is made for it, or that one is. */
  provisioning: string;
  /** The nodes that its volume is attached to, or should be. */
  attachments: ToldAttachment[];
  /** What of its volume is still to change, and what that waits for. */
  changes: string[];
}

/** @throws ApiError 404 where there is no such claim. */
export function whyClaim(cache: ObjectCache, namespace: string, name: string): Json {
  const claim = cache.get('persistentvolumeclaims', namespace, name);
  if (!claim) throw notFound({ group: '', resource: 'persistentvolumeclaims' }, name);
  return explainClaim(claim, cache) as unknown as Json;
}

export function explainClaim(claim: KubeObject, cache: ObjectCache): ClaimExplanation {
  const { spec, metadata, status } = claim as KubeObject & { spec: JsonObject };
  const { namespace = '', name = '' } = metadata;
  const named = spec['volumeName'] as string | undefined;
  const { resources, accessModes = [], volumeMode = 'Filesystem', selector } = claim['spec'];
  return {
    kind: 'ClaimExplanation',
    apiVersion: 'kubetick.dev/v1',
    claim: { namespace, name },
    phase: status?.phase ?? 'Pending',
    ...(named ? { volume: named } : {}),
    storageClass: classOf(claim),
    wanted: {
      storage: resources?.requests?.storage ?? '0',
      accessModes,
      volumeMode,
      ...(selector ? { selector } : {}),
    },
    volumes: toldVolumes(claim, cache),
    provisioning: named ? '' : provisioning(claim, cache),
    attachments: explainAttachments(claim, cache),
    changes: [...growth(claim), ...attributes(claim, cache)],
  };
}

function growth(claim: KubeObject): string[] {
  if (!wantsMore(claim)) return [];
  const { capacity, conditions = [] } = claim['status'];
  const waits = (conditions as { type: string }[]).some(({ type }) => type === 'FileSystemResizePending');
  const error = expandError(claim);
  const driver = error === undefined ? 'its driver is at it' : `its driver tries, and fails: ${error}`;
  const text = waits ? 'the volume has grown, the file system does when a pod runs with it' : driver;
  return [`It is to grow from ${capacity.storage} to ${claim['spec'].resources.requests.storage}: ${text}.`];
}

function attributes(claim: KubeObject, cache: ObjectCache): string[] {
  if (!wantsOther(claim)) return [];
  const { currentVolumeAttributesClassName: current, modifyVolumeStatus, conditions = [] } = claim['status'];
  const wanted: string = claim['spec'].volumeAttributesClassName ?? modifyVolumeStatus?.targetVolumeAttributesClassName;
  const error = (conditions as { type: string; message?: string }[]).find(({ type }) => type === 'ModifyVolumeError');
  const isThere = cache.get('volumeattributesclasses.storage.k8s.io', '', wanted) !== undefined;
  let text = isThere ? 'its driver is at it' : `there is no volume attributes class ${wanted}`;
  if (isThere && error) text = `its driver tries, and fails: ${error.message}`;
  if (!volumeNamed(cache, claim['spec'].volumeName)?.['spec'].csi) text = 'only drivers can do that, and it has none';
  return [`Its attributes are to be of class ${wanted}, not ${current ?? 'none'}: ${text}.`];
}

function toldVolumes(claim: KubeObject, cache: ObjectCache): ToldVolume[] {
  const wish = new Wish(claim, isDelayed(claim, cache));
  const volumes = cache.list('persistentvolumes');
  const named: string | undefined = claim['spec'].volumeName;
  const best = named ? undefined : bestVolume(wish, volumes).volume;
  const told = volumes.map((volume): ToldVolume => {
    const name = volume.metadata.name ?? '';
    const chosen = name === named || volume === best;
    const obstacle = isBound(claim) && chosen ? undefined : obstacleOf(volume, claim, wish, named);
    return {
      name,
      size: volume['spec'].capacity?.storage ?? '0',
      phase: volume['status']?.phase ?? 'Pending',
      chosen,
      fits: !obstacle,
      ...(obstacle ?? {}),
      ...(obstacle || chosen ? {} : { text: beaten(volume, best) }),
    };
  });
  if (named && !volumes.some(({ metadata }) => metadata.name === named))
    told.unshift({
      name: named,
      size: '',
      phase: '',
      chosen: true,
      fits: false,
      reason: 'gone',
      text: 'the claim names it, but it is not there',
    });
  return told;
}

function isBound({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[BIND_COMPLETED] !== undefined;
}

function obstacleOf(volume: KubeObject, claim: KubeObject, wish: Wish, named: string | undefined) {
  if (named !== undefined && named !== '' && volume.metadata.name !== named)
    return { reason: 'not named', text: `the claim ${isBound(claim) ? 'has' : 'names'} ${named}` };
  const obstacle = wish.obstacle(volume);
  // A volume that is asked for by name need not be anything else than what the claim says.
  if (named && obstacle?.reason !== 'claimed') {
    const complaint = namedVolumeComplaint(volume, claim);
    if (complaint === undefined) return undefined;
    return { reason: obstacle?.reason ?? 'mismatch', text: obstacle ? obstacle.text : complaint };
  }
  return obstacle;
}

function beaten(volume: KubeObject, best: KubeObject | undefined): string {
  if (!best) return '';
  const [own, other] = [volume, best].map((one) => wholeValue(one['spec'].capacity?.storage)) as [number, number];
  if (own > other) return `it would do; ${best.metadata.name} is smaller`;
  return `it would do; ${best.metadata.name} goes before it`;
}

/** Whether a volume will be made, and what that waits for. */
function provisioning(claim: KubeObject, cache: ObjectCache): string {
  const name = classOf(claim);
  if (name === '')
    return hasStorageClass(claim)
      ? 'none is made: the claim asks for no storage class'
      : 'none is made: the claim has no storage class, and no class is the default';
  const storageClass = storageClassNamed(cache, name);
  if (!storageClass) return `none is made: there is no storage class ${name}`;
  const written: string = storageClass['provisioner'];
  if (written.startsWith('kubernetes.io/') && !Object.hasOwn(CSI_NAMES, written))
    return isDelayed(claim, cache)
      ? `none is made: ${written} makes none; the scheduler binds one that is there together with a pod`
      : `none is made: ${written} makes none`;
  const driver = provisionerOf(storageClass);
  if (!isAtWork(driver, storageClass, cache)) return `none is made: nobody is at work as ${driver}`;
  if (claim['spec'].selector) return `none is made: ${driver} does not support a selector`;
  const failure: string | undefined = storageClass['parameters']?.['kubetick.dev/provision-failure'];
  if (failure) return `${driver} tries, and fails: ${failure}`;
  if (!isDelayed(claim, cache) || claim.metadata.annotations?.[SELECTED_NODE]) return `${driver} is making one`;
  const { namespace = '', name: own = '' } = claim.metadata;
  const pods = cache
    .index('pods', 'reference', `persistentvolumeclaims/${namespace}/${own}`)
    .filter((pod) => !pod['spec'].nodeName && !isPodTerminal(pod))
    .map((pod) => pod.metadata.name);
  if (pods.length === 0)
    return `${driver} makes one when a pod uses the claim: class ${name} waits for the first consumer`;
  return `${driver} makes one when pod ${pods.join(', ')} has a node: see why pod/${pods[0]}`;
}
