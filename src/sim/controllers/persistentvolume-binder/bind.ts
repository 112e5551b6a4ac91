/** The writes of the binder (`pv_controller.go` bind, unbindVolume, updateClaimStatus, updateVolumePhase). */
import { deepEqual, type Json, jsonOf } from '../../../apimachinery/json';
import type { KubeObject, ObjectMeta } from '../../../apimachinery/meta';
import type { Client } from '../../../client/client';
import { BIND_COMPLETED, BOUND_BY_CONTROLLER } from '../../scheduler/plugins/volume-claims';
import { isPromised } from './match';

export const CLAIMS = { group: '', version: 'v1', resource: 'persistentvolumeclaims' };
export const VOLUMES = { group: '', version: 'v1', resource: 'persistentvolumes' };

/** Both point to each other, volume first, and both are Bound. What is right already is not written. */
export async function bind(client: Client, volume: KubeObject, claim: KubeObject): Promise<void> {
  const bound = await bindVolume(client, volume, claim);
  await setVolumePhase(client, bound, 'Bound');
  await setClaimStatus(client, await bindClaim(client, claim, bound), 'Bound', bound);
}

async function bindVolume(client: Client, volume: KubeObject, claim: KubeObject): Promise<KubeObject> {
  const { namespace = '', name = '', uid = '', resourceVersion } = claim.metadata;
  const reference = volume['spec'].claimRef;
  const complete = reference?.name === name && reference.namespace === namespace && reference.uid === uid;
  const chosen = !isPromised(volume, claim) && volume.metadata.annotations?.[BOUND_BY_CONTROLLER] === undefined;
  if (complete && !chosen) return volume;
  const claimRef = { kind: 'PersistentVolumeClaim', namespace, name, uid, apiVersion: 'v1', resourceVersion };
  return client.update(VOLUMES, {
    ...volume,
    ...(chosen ? { metadata: annotated(volume.metadata, { [BOUND_BY_CONTROLLER]: 'yes' }) } : {}),
    spec: { ...volume['spec'], ...(complete ? {} : { claimRef }) },
  });
}

async function bindClaim(client: Client, claim: KubeObject, volume: KubeObject): Promise<KubeObject> {
  const { annotations = {} } = claim.metadata;
  const name = volume.metadata.name ?? '';
  const chosen = claim['spec'].volumeName !== name;
  const marks: Record<string, string> = {};
  if (chosen && annotations[BOUND_BY_CONTROLLER] === undefined) marks[BOUND_BY_CONTROLLER] = 'yes';
  if (annotations[BIND_COMPLETED] === undefined) marks[BIND_COMPLETED] = 'yes';
  if (!chosen && Object.keys(marks).length === 0) return claim;
  return client.update(CLAIMS, {
    ...claim,
    metadata: annotated(claim.metadata, marks),
    spec: { ...claim['spec'], volumeName: name },
  });
}

export function annotated(metadata: ObjectMeta, marks: Record<string, string>): ObjectMeta {
  return { ...metadata, annotations: { ...metadata.annotations, ...marks } };
}

/** The phase, and what the volume gives. The capacity of a bound claim is only set once: growing it is the resizer's. */
export async function setClaimStatus(
  client: Client,
  claim: KubeObject,
  phase: string,
  volume: KubeObject | undefined,
): Promise<boolean> {
  const before: Record<string, Json> = claim['status'] ?? {};
  const { accessModes: _, capacity, ...rest } = before;
  const status: Record<string, Json> = { ...rest, phase };
  if (volume) {
    const { accessModes, capacity: offered, volumeAttributesClassName } = volume['spec'];
    status['accessModes'] = accessModes;
    // A capacity is replaced only when the claim becomes bound.
    status['capacity'] = before['phase'] === 'Bound' && capacity !== undefined ? capacity : offered;
    if (volumeAttributesClassName && before['phase'] !== 'Bound')
      status['currentVolumeAttributesClassName'] = volumeAttributesClassName;
  }
  if (deepEqual(jsonOf(status), jsonOf(before))) return false;
  await client.updateStatus(CLAIMS, { ...claim, status });
  return true;
}

export async function setVolumePhase(
  client: Client,
  volume: KubeObject,
  phase: string,
  message = '',
): Promise<KubeObject> {
  if (volume['status']?.phase === phase) return volume;
  const { message: _, ...rest } = volume['status'] ?? {};
  const status = { ...rest, phase, ...(message ? { message } : {}) };
  return client.updateStatus(VOLUMES, { ...volume, status });
}

/** Gives the volume back: it is anybody's, or, where a user had promised it, still of the claim of that name. */
export async function unbind(client: Client, volume: KubeObject): Promise<void> {
  const { claimRef, ...spec } = volume['spec'];
  const { [BOUND_BY_CONTROLLER]: ours, ...others } = volume.metadata.annotations ?? {};
  const { annotations: _, ...metadata } = volume.metadata;
  const { uid: __, ...reference } = claimRef;
  const freed: KubeObject = ours
    ? {
        ...volume,
        metadata: { ...metadata, ...(Object.keys(others).length > 0 ? { annotations: others } : {}) },
        spec,
      }
    : { ...volume, spec: { ...spec, claimRef: reference } };
  await setVolumePhase(client, await client.update(VOLUMES, freed), 'Available');
}
