/** How many volumes of a CSI driver a node can attach (`plugins/nodevolumelimits/csi.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import { asCSI, inlineDisk, migratedDisk } from '../../controllers/persistentvolume-binder/csi-migration';
import { provisionerOf } from '../../controllers/persistentvolume-binder/provisioner-names';
import { messageOf } from '../../controllers/pod-control';
import type { ClusterView } from '../cluster-view';
import type { NodeInfo } from '../node-info';
import { type Plugin, resolvable, unresolvable } from '../plugin';
import { PodInfo, type PodVolume } from '../pod-info';
import {
  claimNamed,
  claimNotFound,
  claimOf,
  classOf,
  notForPod,
  storageClassNamed,
  usesClaim,
  volumeNamed,
} from './volume-claims';

const TOO_MANY = resolvable('node(s) exceed max volume count');

interface CSIDriverOnNode {
  name: string;
  allocatable?: { count?: number };
}

/** `driver/handle` → driver. */
type Attached = Map<string, string>;

export function nodeVolumeLimits(view: ClusterView): Plugin {
  return {
    name: 'NodeVolumeLimits',
    events: [
      { resource: 'CSINode', actions: ['Add'] },
      {
        resource: 'CSINode',
        actions: ['Update'],
        helps: (_, { before, after }) => {
          const limits = limitsOf(before);
          return [...limitsOf(after)].some(([driver, limit]) => limit > (limits.get(driver) ?? 0));
        },
      },
      {
        resource: 'AssignedPod',
        actions: ['Delete'],
        helps: (_, { before }) => before !== undefined && new PodInfo(before).volumes.some(isCounted),
      },
      { resource: 'PersistentVolumeClaim', actions: ['Add'], helps: (pod, { after }) => usesClaim(pod, after) },
      {
        resource: 'VolumeAttachment',
        actions: ['Delete'],
        helps: ({ volumes, namespace }, { before }) =>
          volumes.some(
            (volume) =>
              volume.persistentVolumeClaim || driverOfDisk(volume, namespace) === (before?.['spec'].attacher ?? ''),
          ),
      },
    ],
    filterFor(pod) {
      if (!pod.volumes.some(isCounted)) return undefined;
      const wanted: Attached = new Map();
      const complaint = addVolumes(view, pod, wanted);
      if (complaint) {
        const missing = unresolvable(complaint);
        return { filter: () => missing };
      }
      if (wanted.size === 0) return undefined;
      const overfull = (node: NodeInfo) => overfullDriver(view, node, wanted);
      return {
        filter: (node) => (overfull(node) ? TOO_MANY : undefined),
        explain: (node) => {
          const found = overfull(node);
          if (!found) return [];
          const { driver, limit, attached, added } = found;
          return [
            {
              text: `${attached} volume${attached === 1 ? '' : 's'} of ${driver} ${attached === 1 ? 'is' : 'are'} attached, ${added} more would be over the limit of ${limit}`,
              values: { driver, limit, attached, added },
            },
          ];
        },
      };
    },
  };
}

function overfullDriver(view: ClusterView, node: NodeInfo, wanted: Attached) {
  const limits = limitsOf(view.objects.get('csinodes.storage.k8s.io', '', node.name));
  if (limits.size === 0) return undefined;
  const attached: Attached = new Map();
  for (const other of node.pods.values()) addVolumes(view, other, attached);
  const fresh = [...wanted].filter(([volume]) => !attached.has(volume));
  // What is attached but in no pod here counts on top, even where it is what the pod wants.
  for (const attachment of view.objects.index('volumeattachments.storage.k8s.io', 'node', node.name)) {
    const { attacher, source } = attachment['spec'];
    const csi = volumeNamed(view.objects, source?.persistentVolumeName ?? '')?.['spec'].csi;
    if (csi && attacher) attached.set(`${attacher}/${csi.volumeHandle}`, attacher);
  }
  for (const [driver, limit] of limits) {
    const count = (volumes: Iterable<[string, string]>) => [...volumes].filter(([, of]) => of === driver).length;
    const [there, added] = [count(attached), count(fresh)];
    if (added > 0 && there + added > limit) return { driver, limit, attached: there, added };
  }
  return undefined;
}

function limitsOf(csiNode: KubeObject | undefined): Map<string, number> {
  const limits = new Map<string, number>();
  for (const { name, allocatable } of (csiNode?.['spec'].drivers ?? []) as CSIDriverOnNode[])
    if (allocatable?.count !== undefined) limits.set(name, allocatable.count);
  return limits;
}

function isCounted(volume: PodVolume): boolean {
  return !!volume.persistentVolumeClaim || !!volume.ephemeral || migratedDisk(volume) !== undefined;
}

function driverOfDisk(volume: PodVolume, namespace: string): string | undefined {
  const own: Attached = new Map();
  addDisk(volume, namespace, own);
  return [...own.values()][0];
}

/** checkAttachableInlineVolume: a disk straight in the pod is one of the CSI driver that has it now. */
function addDisk(volume: PodVolume, namespace: string, into: Attached): string | undefined {
  try {
    const csi = inlineDisk(volume, namespace)?.['spec'].csi;
    if (csi) into.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
    return undefined;
  } catch (error) {
    return `converting volume(${volume.name}) from inline to csi: ${messageOf(error)}`;
  }
}

/** Adds the volumes of CSI drivers that a pod needs attached; says what is wrong with its claims. */
function addVolumes({ objects }: ClusterView, pod: PodInfo, into: Attached): string | undefined {
  let complaint: string | undefined;
  for (const volume of pod.volumes) {
    const used = claimOf(pod, volume);
    if (!used) {
      complaint ??= addDisk(volume, pod.namespace, into);
      continue;
    }
    const claim = claimNamed(objects, pod.namespace, used.name);
    if (!claim) {
      complaint ??= `looking up PVC ${pod.namespace}/${used.name}: ${claimNotFound(used.name)}`;
      continue;
    }
    const foreign = used.ephemeral ? notForPod(pod, claim) : undefined;
    if (foreign) {
      complaint ??= foreign;
      continue;
    }
    const volumeName: string = claim['spec'].volumeName ?? '';
    const bound = volumeName ? volumeNamed(objects, volumeName) : undefined;
    if (bound) {
      const { csi } = asCSI(bound)['spec'];
      if (csi) into.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
      continue;
    }
    // Not there yet: counted by what its class would make.
    const storageClass = storageClassNamed(objects, classOf(claim));
    const provisioner = storageClass && provisionerOf(storageClass);
    if (provisioner) into.set(`${provisioner}/${pod.namespace}/${used.name}`, provisioner);
  }
  return complaint;
}
