/**
 * Volumes and nodes must go together (`plugins/volumebinding/{volume_binding,binder}.go`). Claims that wait for their first
 * consumer get a volume, or a node to make one for, with the pod: `reserve` says what to write before the pod is bound. Who
 * binds claims and makes volumes is somebody else: the pod waits until they have done so.
 */
import { deepEqual, type JsonObject } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { wholeValue } from '../../../apimachinery/quantity';
import type { Client } from '../../../client/client';
import { asCSI, zonedPlugin } from '../../controllers/persistentvolume-binder/csi-migration';
import { MIGRATED } from '../../kubelet/csi-node';
import type { ClusterEvent } from '../cluster-events';
import type { ClusterView } from '../cluster-view';
import type { NodeInfo } from '../node-info';
import { type Finding, type Plugin, type PodFilter, type Rejection, type Reservation, unresolvable } from '../plugin';
import type { PodInfo } from '../pod-info';
import {
  BOUND_BY_CONTROLLER,
  claimNamed,
  claimNotFound,
  claimOf,
  classOf,
  isFullyBound,
  notForPod,
  SELECTED_NODE,
  storageClassNamed,
  usesClaim,
  volumeAllows,
  volumeNamed,
} from './volume-claims';
import { canProvision, smallestVolume } from './volume-matching';

const BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind";
const NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity";
const NOT_ENOUGH_SPACE = 'node(s) did not have enough free storage';
const NO_VOLUME = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';
const UNBOUND = unresolvable('pod has unbound immediate PersistentVolumeClaims');
const CLAIMS = { group: '', version: 'v1', resource: 'persistentvolumeclaims' };
const VOLUMES = { group: '', version: 'v1', resource: 'persistentvolumes' };

/** What a pod's claims become on one node. */
export interface VolumePlan {
  /** Volumes that are there, for claims. */
  bindings: { claim: KubeObject; volume: KubeObject }[];
  /** Claims whose volumes are to be made for the node. */
  provisions: KubeObject[];
}

interface Claims {
  bound: KubeObject[];
  /** They wait for their first consumer. */
  delayed: KubeObject[];
}

export function volumeBinding(view: ClusterView): Plugin {
  // Volumes that were given to claims and are not seen to be yet, by name, with the uid of the claim.
  const given = new Map<string, string>();
  const isGiven = (volume: KubeObject, claim: KubeObject): boolean => {
    const to = given.get(volume.metadata.name ?? '');
    if (to === undefined) return false;
    if (volume['spec'].claimRef) given.delete(volume.metadata.name ?? '');
    return to !== claim.metadata.uid;
  };
  return {
    name: 'VolumeBinding',
    events: [
      {
        resource: 'StorageClass',
        actions: ['Add', 'Update'],
        helps: (_, { before, after }) =>
          !before || !deepEqual(before['allowedTopologies'] ?? [], after?.['allowedTopologies'] ?? []),
      },
      {
        resource: 'PersistentVolumeClaim',
        actions: ['Add', 'Update'],
        helps: (pod, { after }) => usesClaim(pod, after),
      },
      { resource: 'PersistentVolume', actions: ['Add', 'Update'] },
      { resource: 'Node', actions: ['Add', 'UpdateNodeLabel'] },
      {
        resource: 'CSINode',
        actions: ['Add', 'Update'],
        helps: (_, { before, after }) =>
          !before || before.metadata.annotations?.[MIGRATED] !== after?.metadata.annotations?.[MIGRATED],
      },
      { resource: 'CSIDriver', actions: ['Update'], helps: capacityIsNoLongerAsked },
      {
        resource: 'CSIStorageCapacity',
        actions: ['Add', 'Update'],
        helps: (_, { before, after }) => !before || largestOf(after) > largestOf(before),
      },
    ],
    filterFor(pod) {
      if (!pod.volumes.some((volume) => volume.persistentVolumeClaim || volume.ephemeral)) return undefined;
      const claims = claimsOf(view, pod);
      if ('reasons' in claims) return { rejection: claims };
      return bindingFilter(view, claims, isGiven, given);
    },
  };
}

/** isSchedulableAfterCSIDriverChange: looks at the volumes of the driver that are straight in the pod. */
function capacityIsNoLongerAsked({ volumes }: PodInfo, { before, after }: ClusterEvent): boolean {
  return (
    before?.['spec'].storageCapacity === true &&
    !after?.['spec'].storageCapacity &&
    volumes.some(({ csi }) => csi && csi.driver === after?.metadata.name)
  );
}

/** How large a volume may be (volumeLimit); less than none where that is not told. */
function largestOf(capacity: KubeObject | undefined): number {
  const limit: string | undefined = capacity?.['maximumVolumeSize'] ?? capacity?.['capacity'];
  return limit === undefined ? -1 : wholeValue(limit);
}

/** The pod's claims, sorted out; or why it has to wait for them (podHasPVCs, GetPodVolumeClaims). */
function claimsOf({ objects }: ClusterView, pod: PodInfo): Claims | Rejection {
  const found: Claims = { bound: [], delayed: [] };
  let immediate = false;
  for (const volume of pod.volumes) {
    const used = claimOf(pod, volume);
    if (!used) continue;
    const claim = claimNamed(objects, pod.namespace, used.name);
    if (!claim)
      return unresolvable(
        used.ephemeral
          ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${used.name}"`
          : claimNotFound(used.name),
      );
    const { volumeName = '' } = claim['spec'];
    if (claim['status']?.phase === 'Lost')
      return unresolvable(
        `persistentvolumeclaim "${used.name}" bound to non-existent persistentvolume "${volumeName}"`,
      );
    if (claim.metadata.deletionTimestamp) return unresolvable(`persistentvolumeclaim "${used.name}" is being deleted`);
    const foreign = used.ephemeral ? notForPod(pod, claim) : undefined;
    if (foreign) return unresolvable(foreign);
    if (isFullyBound(claim)) found.bound.push(claim);
    else if (
      !volumeName &&
      storageClassNamed(objects, classOf(claim))?.['volumeBindingMode'] === 'WaitForFirstConsumer'
    )
      found.delayed.push(claim);
    else immediate = true;
  }
  return immediate ? UNBOUND : found;
}

type IsGiven = (volume: KubeObject, claim: KubeObject) => boolean;

function bindingFilter(view: ClusterView, claims: Claims, isGiven: IsGiven, given: Map<string, string>): PodFilter {
  const plans = new Map<NodeInfo, VolumePlan>();
  const rejections = new Map<string, Rejection>();
  return {
    filter: (node) => {
      const plan = planFor(view, node, claims, isGiven);
      if (!('reasons' in plan)) {
        plans.set(node, plan);
        return undefined;
      }
      const key = plan.reasons.join();
      const known = rejections.get(key) ?? plan;
      rejections.set(key, known);
      return known;
    },
    explain: (node) => explainVolumes(view, node, claims),
    reserve: (node) => {
      const plan = plans.get(node);
      if (claims.delayed.length === 0 || !plan) return undefined;
      for (const { claim, volume } of plan.bindings) given.set(volume.metadata.name ?? '', claim.metadata.uid ?? '');
      return reservation(plan, node.name);
    },
  };
}

/** FindPodVolumes: what the claims become on this node, or the reasons why it will not do. */
function planFor(view: ClusterView, node: NodeInfo, claims: Claims, isGiven: IsGiven): VolumePlan | Rejection {
  const reasons: string[] = [];
  const plan: VolumePlan = { bindings: [], provisions: [] };
  for (const claim of claims.bound) {
    const volume = volumeNamed(view.objects, claim['spec'].volumeName);
    if (!volume) {
      reasons.push(NO_VOLUME);
      break;
    }
    if (!allows(view, volume, node)) {
      reasons.push(NODE_CONFLICT);
      break;
    }
  }
  const delayed = claims.delayed.length === 0 ? undefined : planDelayed(view, node, claims.delayed, isGiven, plan);
  if (delayed) reasons.push(delayed);
  return reasons.length > 0 ? unresolvable(...reasons) : plan;
}

/**
 * A disk of an in-tree plugin that the node's kubelet leaves to its CSI driver is where the driver says (tryTranslatePVToCSI). The
 * drivers of the simulation label no nodes: where the label is not there the volume counts as it is.
 */
function allows({ objects }: ClusterView, volume: KubeObject, node: NodeInfo): boolean {
  const zoned = zonedPlugin(volume);
  if (!zoned || !Object.hasOwn(node.labels, zoned.topology)) return volumeAllows(volume, node);
  const csiNode = objects.get('csinodes.storage.k8s.io', '', node.name);
  const migrated = csiNode?.metadata.annotations?.[MIGRATED]?.split(',').includes(zoned.plugin);
  return volumeAllows(migrated ? asCSI(volume) : volume, node);
}

function planDelayed(
  view: ClusterView,
  node: NodeInfo,
  claims: readonly KubeObject[],
  isGiven: IsGiven,
  plan: VolumePlan,
): string | undefined {
  const provisions: KubeObject[] = [];
  const chosen = new Set<string>();
  for (const claim of claims) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    if (selected === undefined) continue;
    if (selected !== node.name) return BIND_CONFLICT;
    provisions.push(claim);
  }
  const open = claims.filter((claim) => claim.metadata.annotations?.[SELECTED_NODE] === undefined);
  for (const claim of bySize(open)) {
    const volume = smallestVolume(
      view.objects,
      claim,
      node,
      (one) => chosen.has(one.metadata.name ?? '') || isGiven(one, claim),
    );
    if (!volume) {
      provisions.push(claim);
      continue;
    }
    chosen.add(volume.metadata.name ?? '');
    plan.bindings.push({ claim, volume });
  }
  for (const claim of provisions) {
    const verdict = canProvision(view.objects, claim, node);
    if (verdict === 'no') return BIND_CONFLICT;
    if (verdict === 'no space') return NOT_ENOUGH_SPACE;
    plan.provisions.push(claim);
  }
  return undefined;
}

function bySize(claims: readonly KubeObject[]): KubeObject[] {
  return [...claims].sort((a, b) => sizeOf(a) - sizeOf(b));
}

function sizeOf(claim: KubeObject): number {
  return wholeValue(claim['spec'].resources?.requests?.storage);
}

/** What is to be written (AssumePodVolumes, bindAPIUpdate); that the claims are bound is always waited for. */
function reservation({ bindings, provisions }: VolumePlan, nodeName: string): Reservation {
  const unmarked = provisions.filter((claim) => claim.metadata.annotations?.[SELECTED_NODE] !== nodeName);
  const unbound = bindings.filter(({ claim, volume }) => volume['spec'].claimRef?.uid !== claim.metadata.uid);
  if (unmarked.length === 0 && unbound.length === 0) return { ready: false };
  return {
    ready: false,
    async write(client: Client) {
      for (const { claim, volume } of unbound) await bindVolume(client, claim, volume);
      for (const claim of unmarked) {
        const patch = { metadata: { annotations: { [SELECTED_NODE]: nodeName } } };
        await client.patch(CLAIMS, claim.metadata.namespace ?? '', claim.metadata.name ?? '', 'merge', patch);
      }
    },
  };
}

/** GetBindVolumeToClaim: the volume is promised to the claim; the rest is the volume controller's. */
async function bindVolume(client: Client, claim: KubeObject, volume: KubeObject): Promise<void> {
  const { namespace = '', name = '', uid = '', resourceVersion } = claim.metadata;
  const preBound = volume['spec'].claimRef !== undefined;
  const claimRef: JsonObject = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid };
  if (resourceVersion) claimRef['resourceVersion'] = resourceVersion;
  const patch: JsonObject = { spec: { claimRef } };
  if (!preBound) patch['metadata'] = { annotations: { [BOUND_BY_CONTROLLER]: 'yes' } };
  await client.patch(VOLUMES, '', volume.metadata.name ?? '', 'merge', patch);
}

function explainVolumes(view: ClusterView, node: NodeInfo, { bound, delayed }: Claims): Finding[] {
  const { objects } = view;
  const findings: Finding[] = [];
  for (const claim of bound) {
    const name: string = claim['spec'].volumeName;
    const volume = volumeNamed(objects, name);
    if (!volume)
      findings.push({
        text: `volume ${name} of claim ${claim.metadata.name} is not there`,
        values: { claim: claim.metadata.name ?? '', volume: name },
      });
    else if (!allows(view, volume, node))
      findings.push({
        text: `volume ${name} of claim ${claim.metadata.name} is not for this node`,
        values: { claim: claim.metadata.name ?? '', volume: name, nodeAffinity: volume['spec'].nodeAffinity },
      });
  }
  for (const claim of delayed) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    const name = claim.metadata.name ?? '';
    if (selected !== undefined && selected !== node.name)
      findings.push({ text: `claim ${name} is for ${selected}`, values: { claim: name, selectedNode: selected } });
    else
      findings.push({
        text: `no volume for claim ${name} here`,
        values: { claim: name, storageClass: classOf(claim) },
      });
  }
  return findings;
}
