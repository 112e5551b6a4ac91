/** The sidecar that has CSI drivers attach volumes and detach them (kubernetes-csi external-attacher `pkg/controller/csi_handler.go`). */
import type { Json } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { formatTime, parseTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import type { Context, Controller, Result } from '../../controller';
import { volumeNamed } from '../../scheduler/plugins/volume-claims';
import {
  ATTACHMENT_RESOURCE,
  ATTACHMENTS,
  classOfVolume,
  hasAttacher,
  volumeAttached,
} from '../attachdetach/attachments';
import { addFinalizer, hasFinalizer, isHeld, removeFinalizer } from '../finalizers';
import { VOLUMES } from '../persistentvolume-binder/bind';
import { asCSI, isInline } from '../persistentvolume-binder/csi-migration';
import { durationParameter, failureParameter, nextAttempt } from '../volume-provisioner/parameters';

const NODE_ID = 'csi.alpha.kubernetes.io/node-id';
/** The keys of volumes; those of attachments are their names. */
const VOLUME = 'persistentvolume ';

const controller: Controller = {
  name: 'csi-attacher',
  user: 'system:serviceaccount:kube-system:csi-attacher',
  fieldManager: 'csi-attacher',
  watches: [
    {
      resource: ATTACHMENT_RESOURCE,
      keys({ metadata, ...attachment }, cache) {
        const volume: string | undefined = attachment['spec'].source?.persistentVolumeName;
        const isLeft = volume !== undefined && volumeNamed(cache, volume)?.metadata.deletionTimestamp !== undefined;
        return isLeft ? [metadata.name ?? '', VOLUME + volume] : [metadata.name ?? ''];
      },
    },
    {
      resource: 'persistentvolumes',
      keys: (volume) => {
        const { csi } = asCSI(volume)['spec'];
        return csi && isHeld(volume, finalizerOf(csi.driver)) ? [VOLUME + volume.metadata.name] : [];
      },
    },
  ],
  reconcile(key, context) {
    if (key.startsWith(VOLUME)) return releaseVolume(key.slice(VOLUME.length), context);
    const attachment = context.cache.get(ATTACHMENT_RESOURCE, '', key);
    const volume = attachment && volumeAttached(attachment, context.cache);
    if (!attachment || !volume?.['spec'].csi || !hasAttacher(volume, context.cache)) return undefined;
    return attachment.metadata.deletionTimestamp === undefined
      ? attach(attachment, volume, context)
      : detach(attachment, volume, context);
  },
};
export default controller;

/** GetFinalizerName */
export function finalizerOf(driver: string): string {
  return `external-attacher/${driver.replace(/[^a-zA-Z0-9-]/g, '-').replace(/-$/, '-X')}`;
}

/** syncAttach, csiAttach */
async function attach(attachment: KubeObject, volume: KubeObject, context: Context): Promise<Result | undefined> {
  const { client, cache, clock } = context;
  const { attached, attachError } = attachment['status'] ?? {};
  if (attached) return undefined;
  const storageClass = classOfVolume(volume, cache);
  const { attacher, nodeName } = attachment['spec'];
  const isGoing = volume.metadata.deletionTimestamp !== undefined;
  const begun = bornAt(attachment) + durationOf(storageClass, 'attach-time');
  if (!isGoing) {
    const finalizer = finalizerOf(attacher);
    const written = isInline(volume) ? undefined : volumeNamed(cache, volume.metadata.name ?? '');
    if (written && !hasFinalizer(written, finalizer)) await addFinalizer(client, VOLUMES, written, finalizer);
    if (!hasFinalizer(attachment, finalizer)) {
      const finalizers = [...(attachment.metadata.finalizers ?? []), finalizer];
      await patch(attachment, { metadata: { annotations: { [NODE_ID]: nodeName }, finalizers } }, context);
    }
    if (begun > clock.now()) return { requeueAfter: begun - clock.now() };
  }
  const failure = isGoing
    ? `PersistentVolume ${JSON.stringify(volume.metadata.name)} is marked for deletion`
    : failureParameter(storageClass, 'attach-failure')?.text;
  if (failure !== undefined) return saveError(attachment, 'attachError', failure, begun, context);
  const status = { attached: true, ...(attachError ? { attachError: null } : {}) };
  await patch(attachment, { status }, context, 'status');
  return undefined;
}

/** syncDetach, csiDetach, markAsDetached */
async function detach(attachment: KubeObject, volume: KubeObject, context: Context): Promise<Result | undefined> {
  const { cache, client, clock } = context;
  const finalizer = finalizerOf(attachment['spec'].attacher);
  if (!hasFinalizer(attachment, finalizer)) return undefined;
  const storageClass = classOfVolume(volume, cache);
  const asked = parseTime(attachment.metadata.deletionTimestamp ?? '') ?? clock.now();
  const done = asked + durationOf(storageClass, 'detach-time');
  if (done > clock.now()) return { requeueAfter: done - clock.now() };
  const failure = failureParameter(storageClass, 'detach-failure');
  if (failure) return saveError(attachment, 'detachError', failure.text, done, context);
  await removeFinalizer(client, ATTACHMENTS, attachment, finalizer);
  return undefined;
}

/** It is tried again, later and later. A settle does not wait for that. */
async function saveError(
  attachment: KubeObject,
  field: 'attachError' | 'detachError',
  message: string,
  first: Instant,
  context: Context,
): Promise<Result> {
  const now = context.clock.now();
  const said: { time?: string; message?: string } | undefined = attachment['status']?.[field];
  const last = parseTime(said?.time ?? '');
  const due = last === undefined || said?.message !== message ? now : nextAttempt(first, last);
  if (due > now) return { requeueAfter: due - now, periodic: true };
  await patch(attachment, { status: { [field]: { message, time: formatTime(now) } } }, context, 'status');
  return { requeueAfter: nextAttempt(first, now) - now, periodic: true };
}

/** At once is in the step after that in which it was asked for. */
function durationOf(storageClass: KubeObject | undefined, name: string): number {
  return Math.max(1000, durationParameter(storageClass, name, 0));
}

function bornAt({ metadata }: KubeObject): Instant {
  return parseTime(metadata.creationTimestamp ?? '') ?? 0;
}

async function patch(attachment: KubeObject, change: Json, { client }: Context, subresource?: string): Promise<void> {
  await client.patch(ATTACHMENTS, '', attachment.metadata.name ?? '', 'merge', change, undefined, subresource);
}

/** A volume that is to go goes when nothing needs it attached any more (SyncNewOrUpdatedPersistentVolume). */
async function releaseVolume(name: string, { cache, client }: Context): Promise<undefined> {
  const volume = volumeNamed(cache, name);
  const finalizer = finalizerOf(asCSI(volume)?.['spec'].csi?.driver ?? '');
  if (!volume || !isHeld(volume, finalizer) || cache.index(ATTACHMENT_RESOURCE, 'volume', name).length > 0)
    return undefined;
  try {
    await removeFinalizer(client, VOLUMES, volume, finalizer);
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
  return undefined;
}
