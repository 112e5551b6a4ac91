/** A volume for a claim, or whether one can be made (component-helpers `storage/volume/pv_helpers.go` FindMatchingVolume, volumebinding `binder.go` checkVolumeProvisions). */
import { selectorOf } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { wholeValue } from '../../../apimachinery/quantity';
import type { Objects } from '../cluster-view';
import type { NodeInfo } from '../node-info';
import { classOf, storageClassNamed, volumeAllows } from './volume-claims';

/** The smallest volume that is large enough, or the one that was promised to the claim. */
export function smallestVolume(
  objects: Objects,
  claim: KubeObject,
  node: NodeInfo,
  excluded: (volume: KubeObject) => boolean,
): KubeObject | undefined {
  const {
    accessModes = [],
    resources,
    selector,
    volumeMode = 'Filesystem',
    volumeAttributesClassName = '',
  } = claim['spec'];
  const wanted = wholeValue(resources?.requests?.storage);
  const storageClass = classOf(claim);
  const labels = selector ? selectorOf(selector) : undefined;
  let best: { volume: KubeObject; size: number } | undefined;
  for (const volume of objects.list('persistentvolumes')) {
    const { spec, metadata } = volume as KubeObject & { spec: VolumeSpec };
    const promised = isPromised(spec.claimRef, claim);
    // Only volumes of its class are looked at, even for one that is promised to it (ListPVs).
    if (classOf(volume) !== storageClass) continue;
    if ((spec.claimRef && !promised) || excluded(volume) || metadata.deletionTimestamp) continue;
    const size = wholeValue(spec.capacity?.storage);
    if (size < wanted || (spec.volumeMode ?? 'Filesystem') !== volumeMode) continue;
    if ((spec.volumeAttributesClassName ?? '') !== volumeAttributesClassName) continue;
    if (promised) return volumeAllows(volume, node) ? volume : undefined;
    if (volume['status']?.phase !== 'Available' || (labels && !labels.matches(metadata.labels))) continue;
    if (!volumeAllows(volume, node)) continue;
    if (!accessModes.every((mode: string) => spec.accessModes?.includes(mode))) continue;
    if (!best || size < best.size) best = { volume, size };
  }
  return best?.volume;
}

interface VolumeSpec {
  accessModes?: string[];
  capacity?: { storage?: string };
  claimRef?: { namespace?: string; name?: string; uid?: string };
  volumeMode?: string;
  volumeAttributesClassName?: string;
}

/** IsVolumeBoundToClaim. */
function isPromised(reference: VolumeSpec['claimRef'], { metadata }: KubeObject): boolean {
  if (reference?.name !== metadata.name || reference?.namespace !== metadata.namespace) return false;
  return !reference?.uid || reference.uid === metadata.uid;
}

const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

/** Could a volume be made for the claim on this node? */
export function canProvision(objects: Objects, claim: KubeObject, node: NodeInfo): 'yes' | 'no' | 'no space' {
  const storageClass = storageClassNamed(objects, classOf(claim));
  const provisioner: string | undefined = storageClass?.['provisioner'];
  if (!storageClass || !provisioner || provisioner === NO_PROVISIONER) return 'no';
  if (!topologyAllows(storageClass['allowedTopologies'], node)) return 'no';
  return hasSpace(objects, claim, storageClass, node) ? 'yes' : 'no space';
}

interface TopologyTerm {
  matchLabelExpressions?: { key: string; values?: string[] }[];
}

/** MatchTopologySelectorTerms: any term, all of its expressions; no terms allow every node. */
function topologyAllows(terms: readonly TopologyTerm[] | undefined, { labels }: NodeInfo): boolean {
  if (!terms || terms.length === 0) return true;
  return terms.some(
    ({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.length > 0 &&
      matchLabelExpressions.every(({ key, values = [] }) => labels[key] !== undefined && values.includes(labels[key])),
  );
}

/** Only drivers that tell their capacity are asked for it (hasEnoughCapacity). */
function hasSpace(objects: Objects, claim: KubeObject, storageClass: KubeObject, node: NodeInfo): boolean {
  const wanted = claim['spec'].resources?.requests?.storage;
  if (wanted === undefined) return true;
  const driver = objects.get('csidrivers.storage.k8s.io', '', storageClass['provisioner']);
  if (!driver?.['spec'].storageCapacity) return true;
  return objects.list('csistoragecapacities.storage.k8s.io').some((capacity) => {
    const { storageClassName, maximumVolumeSize, capacity: size, nodeTopology } = capacity as KubeObject;
    const limit = maximumVolumeSize ?? size;
    if (storageClassName !== storageClass.metadata.name || limit === undefined || !nodeTopology) return false;
    return wholeValue(limit) >= wholeValue(wanted) && selectorOf(nodeTopology).matches(node.labels);
  });
}
