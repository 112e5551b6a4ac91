/**
 * Makes the volume of a claim larger: the driver first (kubernetes-csi external-resizer `pkg/controller`), then the file system on the
 * node of a pod that uses it (kubernetes `pkg/kubelet` operation executor, NodeExpandVolume).
 */
import { type JsonObject, jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { wholeValue } from '../../../apimachinery/quantity';
import { formatTime } from '../../../apimachinery/time';
import type { Context } from '../../controller';
import { keyOf } from '../../resource-names';
import { volumeNamed } from '../../scheduler/plugins/volume-claims';
import { CLAIMS, VOLUMES } from '../persistentvolume-binder/bind';
import { PROVISIONER } from '../persistentvolume-binder/sync-claim';
import { isPodTerminal } from '../pod-state';

const NODE_PENDING = 'Waiting for user to (re-)start a pod to finish file system resize of volume on node.';

interface Condition {
  type: string;
  status: string;
  lastProbeTime?: string | null;
  lastTransitionTime?: string;
  message?: string;
}

/** Is the claim bound, and asks for more than it has? */
export function wantsMore(claim: KubeObject): boolean {
  const { phase, capacity } = claim['status'] ?? {};
  if (phase !== 'Bound' || capacity?.storage === undefined) return false;
  return wholeValue(claim['spec'].resources?.requests?.storage) > wholeValue(capacity.storage);
}

export async function expand(claim: KubeObject, context: Context): Promise<void> {
  const { cache, client, events } = context;
  const volume = volumeNamed(cache, claim['spec'].volumeName);
  if (!volume) return;
  const wanted: string = claim['spec'].resources.requests.storage;
  const pending = conditionsOf(claim).some(({ type }) => type === 'FileSystemResizePending');
  if (pending) return expandOnNode(claim, volume, wanted, context);
  const resizer = `external-resizer ${claim.metadata.annotations?.[PROVISIONER] ?? ''}`;
  if (!conditionsOf(claim).some(({ type }) => type === 'Resizing')) {
    const waiting = 'waiting for an external controller to expand this PVC';
    events.event(claim, 'Normal', 'ExternalExpanding', waiting, { component: 'volume_expand' });
    const started = `External resizer is resizing volume ${volume.metadata.name}`;
    events.event(claim, 'Normal', 'Resizing', started, { component: resizer });
    await write(claim, context, {
      conditions: [condition('Resizing', context)],
      allocated: wanted,
      stage: 'ControllerResizeInProgress',
    });
    return;
  }
  const { capacity } = volume['spec'];
  if (wholeValue(capacity?.storage) < wholeValue(wanted))
    await client.update(VOLUMES, {
      ...volume,
      spec: { ...volume['spec'], capacity: { ...capacity, storage: wanted } },
    });
  if (claim['spec'].volumeMode === 'Block') {
    events.event(claim, 'Normal', 'VolumeResizeSuccessful', 'Resize volume succeeded', { component: resizer });
    await write(claim, context, { conditions: [], allocated: wanted, size: wanted });
    return;
  }
  const message = 'Require file system resize of volume on node';
  events.event(claim, 'Normal', 'FileSystemResizeRequired', message, { component: resizer });
  await write(claim, context, {
    conditions: [{ ...condition('FileSystemResizePending', context), message: NODE_PENDING }],
    allocated: wanted,
    stage: 'NodeResizePending',
  });
}

/** As soon as a pod that runs has it mounted. */
async function expandOnNode(claim: KubeObject, volume: KubeObject, wanted: string, context: Context): Promise<void> {
  const pod = context.cache
    .index('pods', 'reference', `persistentvolumeclaims/${keyOf(claim)}`)
    .find((one) => one['spec'].nodeName && one['status']?.phase === 'Running' && !isPodTerminal(one));
  if (!pod) return;
  const message = `MountVolume.NodeExpandVolume succeeded for volume ${JSON.stringify(volume.metadata.name)}`;
  const from = { component: 'kubelet', host: pod['spec'].nodeName as string };
  context.events.event(pod, 'Normal', 'FileSystemResizeSuccessful', message, from);
  context.events.event(claim, 'Normal', 'FileSystemResizeSuccessful', message, from);
  await write(claim, context, { conditions: [], allocated: wanted, size: wanted });
}

function conditionsOf(claim: KubeObject): Condition[] {
  return claim['status']?.conditions ?? [];
}

function condition(type: string, { clock }: Context): Condition {
  return { type, status: 'True', lastProbeTime: null, lastTransitionTime: formatTime(clock.now()) };
}

async function write(
  claim: KubeObject,
  { client }: Context,
  { conditions, allocated, stage, size }: { conditions: Condition[]; allocated: string; stage?: string; size?: string },
): Promise<void> {
  const { conditions: before, allocatedResourceStatuses: _, ...rest } = claim['status'] ?? {};
  const others = ((before ?? []) as Condition[]).filter(
    ({ type }) => type !== 'Resizing' && type !== 'FileSystemResizePending',
  );
  const all = [...others, ...conditions];
  const status: JsonObject = {
    ...rest,
    allocatedResources: { ...rest.allocatedResources, storage: allocated },
    ...(stage ? { allocatedResourceStatuses: { storage: stage } } : {}),
    ...(size ? { capacity: { ...rest.capacity, storage: size } } : {}),
    ...(all.length > 0 ? { conditions: jsonOf(all) } : {}),
  };
  await client.updateStatus(CLAIMS, { ...claim, status });
}
