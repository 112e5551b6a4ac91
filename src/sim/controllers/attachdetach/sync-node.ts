/** What is attached to one node, and what should be (`reconciler/reconciler.go`, `statusupdater/node_status_updater.go`). */
import { deepEqual, jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { parseTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import type { Context, Result } from '../../controller';
import { Agenda } from '../../kubelet/agenda';
import { isSilent, nodeCondition } from '../../kubelet/node-state';
import {
  ATTACHMENT_RESOURCE,
  ATTACHMENTS,
  attachableVolumes,
  attachmentName,
  attachmentSource,
  driverOf,
  holdersOf,
  holdsVolumes,
  isAttached,
  otherNodes,
  uniqueName,
  volumeAttached,
} from './attachments';
import { DetachRequests } from './detach-requests';

const NODES = { group: '', version: 'v1', resource: 'nodes' };
/** maxWaitForUnmountDuration: so long an ill node may still be writing. */
export const MOST_WAIT_FOR_UNMOUNT = 360_000;
/** csiTimeout: so long the driver's attacher is waited for. */
const ATTACH_TIMEOUT = 120_000;

export function isOutOfService(node: KubeObject): boolean {
  const taints: { key: string }[] = node['spec']?.taints ?? [];
  return taints.some(({ key }) => key === 'node.kubernetes.io/out-of-service');
}

export function isHealthy(node: KubeObject | undefined): boolean {
  return node !== undefined && !isSilent(node) && nodeCondition(node, 'Ready')?.status === 'True';
}

/** Detaches go first, so that what moved to another node can be attached there. */
export async function syncNode(nodeName: string, context: Context): Promise<Result | undefined> {
  const { cache, clock } = context;
  const wanted = wantedOn(nodeName, context);
  const attachments = cache.index(ATTACHMENT_RESOURCE, 'node', nodeName);
  if (wanted.size === 0 && attachments.length === 0) return undefined;
  const agenda = new Agenda(clock.now());
  const gone = await detachUnwanted(nodeName, wanted, attachments, agenda, context);
  for (const { volume, pods } of wanted.values()) {
    const name = attachmentName(volume, nodeName);
    const present = attachments.find((one) => one.metadata.name === name);
    if (present) sayHowItIs(present, volume, pods, agenda, context);
    else await attach(volume, nodeName, pods, context);
  }
  await writeAttached(nodeName, attachments, gone, wanted, context);
  return agenda.result();
}

interface Wanted {
  volume: KubeObject;
  /** That need it there. */
  pods: KubeObject[];
}

/** By what node statuses call them. */
function wantedOn(nodeName: string, { cache }: Context): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  if (!cache.get('nodes', '', nodeName)) return wanted;
  for (const pod of cache.index('pods', 'node', nodeName)) {
    if (!holdsVolumes(pod)) continue;
    for (const [name, volume] of attachableVolumes(pod, cache)) {
      const present = wanted.get(name);
      if (present) present.pods.push(pod);
      else wanted.set(name, { volume, pods: [pod] });
    }
  }
  return wanted;
}

/**
 * A kubelet that does well lets a pod go only when its volumes are unmounted. Of an ill node nobody knows: what it had in use
 * is detached by force after six minutes, or as soon as somebody says that the node is out of service.
 */
async function detachUnwanted(
  nodeName: string,
  wanted: ReadonlyMap<string, unknown>,
  attachments: readonly KubeObject[],
  agenda: Agenda,
  context: Context,
): Promise<ReadonlySet<KubeObject>> {
  const node = context.cache.get('nodes', '', nodeName);
  const mounted = isHealthy(node) ? undefined : await DetachRequests.of(nodeName, context);
  const gone = new Set<KubeObject>();
  for (const attachment of attachments) {
    const volume = volumeAttached(attachment, context.cache);
    const name = attachment.metadata.name ?? '';
    // Somebody else's are not touched.
    if (!volume?.['spec'].csi || name !== attachmentName(volume, nodeName)) continue;
    if (wanted.has(uniqueName(volume))) {
      mounted?.withdraw(name);
      continue;
    }
    if (attachment.metadata.deletionTimestamp !== undefined) continue;
    if (mounted && isInUse(node, volume) && !(node && isOutOfService(node))) {
      const due = mounted.request(name) + MOST_WAIT_FOR_UNMOUNT;
      agenda.wakeAt(due);
      if (due > context.clock.now()) continue;
    }
    mounted?.withdraw(name);
    gone.add(attachment);
    try {
      await context.client.delete(ATTACHMENTS, '', name);
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
  }
  await mounted?.keep();
  return gone;
}

/** What the kubelet said last; of a node that is not there any more nothing is known. */
function isInUse(node: KubeObject | undefined, volume: KubeObject): boolean {
  if (!node) return true;
  const inUse: string[] = node['status']?.volumesInUse ?? [];
  return inUse.includes(uniqueName(volume));
}

async function attach(volume: KubeObject, nodeName: string, pods: KubeObject[], context: Context): Promise<void> {
  const others = otherNodes(volume, nodeName, context.cache);
  if (others.length > 0) {
    for (const pod of pods) sayMultiAttach(volume, pod, nodeName, context);
    return;
  }
  const attachment = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: { name: attachmentName(volume, nodeName) },
    spec: { attacher: driverOf(volume), nodeName, source: attachmentSource(volume) },
  };
  try {
    await context.client.create(ATTACHMENTS, '', attachment);
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error;
  }
  if (isAttached(volume, nodeName, context.cache)) saySucceeded(volume, pods, context);
}

function saySucceeded(volume: KubeObject, pods: readonly KubeObject[], { cache, events }: Context): void {
  const message = `AttachVolume.Attach succeeded for volume ${JSON.stringify(volume.metadata.name)} `;
  for (const pod of pods)
    if (!cache.index('events', 'about', pod.metadata.uid ?? '').some((event) => event['message'] === message))
      events.event(pod, 'Normal', 'SuccessfulAttachVolume', message);
}

/** reportMultiAttachError: once for each pod. */
function sayMultiAttach(volume: KubeObject, pod: KubeObject, nodeName: string, { cache, events }: Context): void {
  const begin = `Multi-Attach error for volume ${JSON.stringify(volume.metadata.name)} `;
  const said = cache.index('events', 'about', pod.metadata.uid ?? '');
  if (said.some(({ reason, message }) => reason === 'FailedAttachVolume' && String(message).startsWith(begin))) return;
  const users = holdersOf(volume, cache).filter((other) => other['spec'].nodeName !== nodeName);
  const own = users.filter(({ metadata }) => metadata.namespace === pod.metadata.namespace);
  const foreign = users.length - own.length;
  let text = "Volume is already exclusively attached to one node and can't be attached to another";
  if (own.length > 0) {
    text = `Volume is already used by pod(s) ${own.map(({ metadata }) => metadata.name).join(', ')}`;
    if (foreign > 0) text += ` and ${foreign} pod(s) in different namespaces`;
  } else if (foreign > 0) text = `Volume is already used by ${foreign} pod(s) in different namespaces`;
  events.event(pod, 'Warning', 'FailedAttachVolume', begin + text);
}

/** GenerateAttachVolumeFunc: it fails as often as its attacher says so, and whenever that has said nothing for two minutes. */
function sayHowItIs(
  attachment: KubeObject,
  volume: KubeObject,
  pods: readonly KubeObject[],
  agenda: Agenda,
  { cache, events, clock }: Context,
): void {
  const { attached, attachError } = attachment['status'] ?? {};
  if (attached || attachment.metadata.deletionTimestamp !== undefined) return;
  // It is seen in the step after at the earliest.
  let since: Instant = (parseTime(attachError?.time ?? '') ?? 0) + 1;
  let why: string = attachError?.message ?? '';
  if (!attachError) {
    const born = parseTime(attachment.metadata.creationTimestamp ?? '') ?? clock.now();
    const rounds = Math.floor((clock.now() - born) / ATTACH_TIMEOUT);
    since = born + rounds * ATTACH_TIMEOUT;
    why = `timed out waiting for external-attacher of ${driverOf(volume)} CSI driver to attach volume ${volume['spec'].csi.volumeHandle}`;
    agenda.lookAt(since + ATTACH_TIMEOUT);
    if (rounds === 0) return;
  }
  const message = `AttachVolume.Attach failed for volume ${JSON.stringify(volume.metadata.name)} : ${why}`;
  for (const pod of pods) {
    const said = cache
      .index('events', 'about', pod.metadata.uid ?? '')
      .some((event) => event['message'] === message && (parseTime(event['lastTimestamp'] ?? '') ?? 0) >= since);
    if (!said) events.event(pod, 'Warning', 'FailedAttachVolume', message);
  }
}

/** The node's status tells its kubelet what is attached; what is not in it yet has just been attached. */
async function writeAttached(
  nodeName: string,
  attachments: readonly KubeObject[],
  gone: ReadonlySet<KubeObject>,
  wanted: ReadonlyMap<string, Wanted>,
  context: Context,
): Promise<void> {
  const { cache, client } = context;
  const node = cache.get('nodes', '', nodeName);
  if (!node) return;
  const before: { name: string; devicePath: string }[] = node['status']?.volumesAttached ?? [];
  const attached: { name: string; devicePath: string }[] = [];
  for (const attachment of attachments) {
    if (!attachment['status']?.attached || attachment.metadata.deletionTimestamp !== undefined) continue;
    const volume = volumeAttached(attachment, cache);
    if (!volume?.['spec'].csi || gone.has(attachment)) continue;
    const name = uniqueName(volume);
    attached.push({ name, devicePath: '' });
    if (before.some((one) => one.name === name)) continue;
    const there = wanted.get(name);
    saySucceeded(there?.volume ?? volume, there?.pods ?? [], context);
  }
  attached.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (deepEqual(jsonOf(attached), jsonOf(before))) return;
  const status = { volumesAttached: attached.length > 0 ? jsonOf(attached) : null };
  await client.patch(NODES, '', nodeName, 'merge', { status }, undefined, 'status');
}
