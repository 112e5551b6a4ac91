/** What becomes of a claim (`pv_controller.go` syncUnboundClaim, syncBoundClaim, provisionClaimOperationExternal). */
import type { KubeObject } from '../../../apimachinery/meta';
import { defaultStorageClass, hasStorageClass } from '../../../apimachinery/storage-class';
import type { Context } from '../../controller';
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  classOf,
  SELECTED_NODE,
  storageClassNamed,
  volumeNamed,
} from '../../scheduler/plugins/volume-claims';
import { isPodTerminal } from '../pod-state';
import { annotated, bind, CLAIMS, setClaimStatus } from './bind';
import { bestVolume, isDelayed, isPromised, namedVolumeComplaint, Wish } from './match';
import { CSI_NAMES, MIGRATED_TO, newlyMigrated, provisionerOf } from './provisioner-names';

export const PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
const BETA_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner';

export async function syncClaim(claim: KubeObject, context: Context): Promise<void> {
  const driver = newlyMigrated(claim.metadata, PROVISIONER, BETA_PROVISIONER);
  if (driver) {
    const metadata = annotated(claim.metadata, { [MIGRATED_TO]: driver });
    await context.client.update(CLAIMS, { ...claim, metadata });
    return;
  }
  if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) return syncBound(claim, context);
  return claim['spec'].volumeName ? syncNamed(claim, context) : syncUnbound(claim, context);
}

/** It takes whichever volume will do. */
async function syncUnbound(claim: KubeObject, context: Context): Promise<void> {
  const { cache, client, events } = context;
  const delayed = isDelayed(claim, cache);
  const { volume, soon } = bestVolume(new Wish(claim, delayed), cache.list('persistentvolumes'));
  if (volume) return bind(client, volume, claim);
  // It comes to this controller's attention in the next step, and the claim with it.
  if (soon) return;
  if (!hasStorageClass(claim)) {
    const chosen = defaultStorageClass(cache.list('storageclasses.storage.k8s.io'));
    if (chosen) {
      const spec = { ...claim['spec'], storageClassName: chosen.metadata.name ?? '' };
      await client.update(CLAIMS, { ...claim, spec });
      return;
    }
  }
  if (delayed && claim.metadata.annotations?.[SELECTED_NODE] === undefined) {
    const { reason, message } = waitingFor(claim, context);
    events.event(claim, 'Normal', reason, message);
  } else if (classOf(claim) !== '') return provision(claim, context);
  else
    events.event(
      claim,
      'Normal',
      'FailedBinding',
      'no persistent volumes available for this claim and no storage class is set',
    );
  await setClaimStatus(client, claim, 'Pending', undefined);
}

/** emitEventForUnboundDelayBindingClaim */
function waitingFor({ metadata }: KubeObject, { cache }: Context): { reason: string; message: string } {
  const { namespace = '', name = '' } = metadata;
  const pods = cache
    .index('pods', 'reference', `persistentvolumeclaims/${namespace}/${name}`)
    .filter((pod) => !pod['spec'].nodeName && !isPodTerminal(pod))
    .map((pod) => pod.metadata.name ?? '');
  if (pods.length === 0)
    return {
      reason: 'WaitForFirstConsumer',
      message: 'waiting for first consumer to be created before binding',
    };
  return {
    reason: 'WaitForPodScheduled',
    message:
      pods.length > 1
        ? `waiting for pods ${pods.join(',')} to be scheduled`
        : `waiting for pod ${pods[0]} to be scheduled`,
  };
}

/** Whoever makes volumes of the class is told by an annotation. */
async function provision(claim: KubeObject, { cache, client, events }: Context): Promise<void> {
  const name = classOf(claim);
  const storageClass = storageClassNamed(cache, name);
  const fail = (message: string) => events.event(claim, 'Warning', 'ProvisioningFailed', message);
  if (!storageClass) return fail(`storageclass.storage.k8s.io ${JSON.stringify(name)} not found`);
  const written: string = storageClass['provisioner'];
  if (written.startsWith('kubernetes.io/') && !Object.hasOwn(CSI_NAMES, written))
    return fail(`no volume plugin matched name: ${written}`);
  const provisioner = provisionerOf(storageClass);
  const { annotations = {} } = claim.metadata;
  if (annotations[PROVISIONER] === provisioner) return;
  const marks = { ...annotations, [BETA_PROVISIONER]: provisioner, [PROVISIONER]: provisioner };
  await client.update(CLAIMS, { ...claim, metadata: { ...claim.metadata, annotations: marks } });
  events.event(
    claim,
    'Normal',
    'ExternalProvisioning',
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
  );
}

/** It names its volume. */
async function syncNamed(claim: KubeObject, { cache, client, events }: Context): Promise<void> {
  const name: string = claim['spec'].volumeName;
  const volume = volumeNamed(cache, name);
  if (volume && isPromised(volume, claim)) return bind(client, volume, claim);
  if (volume && !volume['spec'].claimRef) {
    const complaint = namedVolumeComplaint(volume, claim);
    if (complaint === undefined) return bind(client, volume, claim);
    const message = `Cannot bind to requested volume ${JSON.stringify(name)}: ${complaint}`;
    events.event(claim, 'Warning', 'VolumeMismatch', message);
  } else if (volume)
    events.event(
      claim,
      'Warning',
      'FailedBinding',
      `volume ${JSON.stringify(name)} already bound to a different claim.`,
    );
  const isOthers = volume?.['spec'].claimRef !== undefined;
  if (!isOthers || claim.metadata.annotations?.[BOUND_BY_CONTROLLER] === undefined)
    await setClaimStatus(client, claim, 'Pending', undefined);
}

async function syncBound(claim: KubeObject, { cache, client, events }: Context): Promise<void> {
  const lose = async (reason: string, message: string) => {
    if (claim['status']?.phase === 'Lost') return;
    await setClaimStatus(client, claim, 'Lost', undefined);
    events.event(claim, 'Warning', reason, message);
  };
  const { volumeName } = claim['spec'];
  if (!volumeName)
    return lose('ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');
  const volume = volumeNamed(cache, volumeName);
  if (!volume) return lose('ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
  const reference = volume['spec'].claimRef;
  if (!reference || reference.uid === claim.metadata.uid) return bind(client, volume, claim);
  return lose('ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
}
