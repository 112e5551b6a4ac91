/** Of `why pvc/NAME`: where the claim's volume is attached, where it is to be, and what keeps it from there. */
import type { KubeObject } from '../../../apimachinery/meta';
import type { ObjectCache } from '../../cache';
import { volumeNamed } from '../../scheduler/plugins/volume-claims';
import { asCSI } from '../persistentvolume-binder/csi-migration';
import { attaches } from '../volume-provisioner/drivers';
import { attachmentsOf, attachmentTo, driverOf, hasAttacher, holdersOf, isAttached, otherNodes } from './attachments';
import { isHealthy, isOutOfService } from './sync-node';

export interface ToldAttachment {
  node: string;
  /** The pods there that hold the volume. */
  pods: string[];
  attached: boolean;
  /** Why it is not, or why it still is. */
  text?: string;
}

/** Nothing for a volume that is not attached to nodes at all. */
export function explainAttachments(claim: KubeObject, cache: ObjectCache): ToldAttachment[] {
  const volume = asCSI(volumeNamed(cache, claim['spec'].volumeName ?? ''));
  if (!volume?.['spec'].csi || volume['spec'].claimRef?.uid !== claim.metadata.uid) return [];
  if (!attaches(driverOf(volume), cache)) return [];
  const holders = holdersOf(volume, cache);
  const nodes = new Set<string>();
  for (const attachment of attachmentsOf(volume, cache)) nodes.add(attachment['spec'].nodeName);
  for (const pod of holders) nodes.add(pod['spec'].nodeName);
  return [...nodes].sort().map((node) => {
    const pods = holders.filter((pod) => pod['spec'].nodeName === node).map(({ metadata }) => metadata.name ?? '');
    const attachment = attachmentTo(node, volume, cache);
    const attached = attachment ? attachment['status']?.attached === true : isAttached(volume, node, cache);
    const text = textOf(volume, node, pods, attachment, cache);
    return { node, pods, attached, ...(text ? { text } : {}) };
  });
}

function textOf(
  volume: KubeObject,
  nodeName: string,
  pods: readonly string[],
  attachment: KubeObject | undefined,
  cache: ObjectCache,
): string | undefined {
  const driver = driverOf(volume);
  const { attached, attachError, detachError } = attachment?.['status'] ?? {};
  if (attachment?.metadata.deletionTimestamp !== undefined)
    return detachError
      ? `${driver} tries to detach it, and fails: ${detachError.message}`
      : `${driver} is detaching it`;
  if (attachment && pods.length === 0) return lingering(nodeName, cache);
  if (attached) return undefined;
  if (!hasAttacher(volume, cache)) return `nobody is at work as ${driver}`;
  if (attachError) return `${driver} tries, and fails: ${attachError.message}`;
  if (attachment) return `${driver} is attaching it`;
  const others = otherNodes(volume, nodeName, cache);
  if (others.length === 0) return undefined;
  const modes: string[] = volume['spec'].accessModes ?? [];
  const where = attachmentsOf(volume, cache).length > 0 ? 'it is attached to' : 'it goes to';
  return `${where} ${others.join(', ')} first, and ${modes.join('+')} allows one node`;
}

/** No pod holds it there any more. */
function lingering(nodeName: string, cache: ObjectCache): string {
  const node = cache.get('nodes', '', nodeName);
  if (isHealthy(node) || (node && isOutOfService(node))) return 'it will be detached';
  const state = node ? 'is not ready, and may still write to it' : 'is gone';
  return `${nodeName} ${state}: it is detached by force six minutes after the last pod went${
    node ? ', or at once when the node has the taint node.kubernetes.io/out-of-service' : ''
  }`;
}
