/** A volume of one zone needs a node there (`plugins/volumezone/volume_zone.go`). */
import { deepEqual } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import type { ClusterView } from '../cluster-view';
import type { NodeInfo } from '../node-info';
import { type Plugin, type Rejection, unresolvable } from '../plugin';
import type { PodInfo } from '../pod-info';
import { claimNamed, claimNotFound, classOf, namesClaim, storageClassNamed, volumeNamed } from './volume-claims';

const CONFLICT = unresolvable('node(s) had no available volume zone');
const NEW_LABELS: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
};
const LABELS = [...Object.keys(NEW_LABELS), ...Object.values(NEW_LABELS)];

interface VolumeTopology {
  volume: string;
  label: string;
  values: ReadonlySet<string>;
}

export function volumeZone(view: ClusterView): Plugin {
  return {
    name: 'VolumeZone',
    events: [
      {
        resource: 'StorageClass',
        actions: ['Add'],
        helps: (_, { after }) => after?.['volumeBindingMode'] === 'WaitForFirstConsumer',
      },
      { resource: 'Node', actions: ['Add', 'UpdateNodeLabel'] },
      {
        resource: 'PersistentVolumeClaim',
        actions: ['Add', 'Update'],
        helps: (pod, { after }) => namesClaim(pod, after),
      },
      {
        resource: 'PersistentVolume',
        actions: ['Add', 'Update'],
        helps: (_, { before, after }) => !before || !deepEqual(zoneLabels(before), zoneLabels(after)),
      },
    ],
    filterFor(pod) {
      if (pod.volumes.length === 0) return undefined;
      const topologies = topologiesOf(view, pod);
      if ('reasons' in topologies) return { rejection: topologies };
      if (topologies.length === 0) return undefined;
      const conflict = (node: NodeInfo) => {
        if (!LABELS.some((label) => node.labels[label] !== undefined)) return undefined;
        return topologies.find(({ label, values }) => {
          const there = node.labels[label] ?? node.labels[NEW_LABELS[label] ?? label];
          return there === undefined || !values.has(there);
        });
      };
      return {
        filter: (node) => (conflict(node) ? CONFLICT : undefined),
        explain: (node) => {
          const found = conflict(node);
          if (!found) return [];
          const { volume, label, values } = found;
          const actual = node.labels[label] ?? null;
          return [
            {
              text: `volume ${volume} is in ${label} ${[...values].join(', ')}, the node ${actual === null ? 'has no such label' : `in ${actual}`}`,
              values: { volume, label, wanted: [...values], actual },
            },
          ];
        },
      };
    },
  };
}

function topologiesOf({ objects }: ClusterView, { namespace, volumes }: PodInfo): VolumeTopology[] | Rejection {
  const found: VolumeTopology[] = [];
  for (const { persistentVolumeClaim } of volumes) {
    if (!persistentVolumeClaim) continue;
    const name = persistentVolumeClaim.claimName;
    if (!name) return unresolvable('PersistentVolumeClaim had no name');
    const claim = claimNamed(objects, namespace, name);
    if (!claim) return unresolvable(claimNotFound(name));
    const volumeName: string = claim['spec'].volumeName ?? '';
    if (volumeName) {
      const volume = volumeNamed(objects, volumeName);
      if (!volume) return unresolvable(`persistentvolume "${volumeName}" not found`);
      found.push(...volumeTopologies(volume));
      continue;
    }
    const className = classOf(claim);
    if (!className) return unresolvable('PersistentVolumeClaim had no pv name and storageClass name');
    const storageClass = storageClassNamed(objects, className);
    if (!storageClass) return unresolvable(`storageclass.storage.k8s.io "${className}" not found`);
    if (!storageClass['volumeBindingMode'])
      return unresolvable(`VolumeBindingMode not set for StorageClass "${className}"`);
    // What waits for its first consumer has no zone yet.
    if (storageClass['volumeBindingMode'] !== 'WaitForFirstConsumer')
      return unresolvable('PersistentVolume had no name');
  }
  return found;
}

function zoneLabels(volume: KubeObject | undefined) {
  return LABELS.map((label) => volume?.metadata.labels?.[label] ?? null);
}

/** `us-1a__us-1b` is two zones (LabelZonesToSet). */
function volumeTopologies(volume: KubeObject): VolumeTopology[] {
  return LABELS.flatMap((label) => {
    const value = volume.metadata.labels?.[label];
    if (value === undefined) return [];
    const values = value.split('__').map((zone) => zone.trim());
    if (values.includes('')) return [];
    return [{ volume: volume.metadata.name ?? '', label, values: new Set(values) }];
  });
}
