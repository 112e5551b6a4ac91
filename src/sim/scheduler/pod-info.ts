/** A pod as the scheduler sees it (kube-scheduler `framework/types.go` PodInfo). */
import type { KubeObject } from '../../apimachinery/meta';
import type { ResourceAmounts } from '../../apimachinery/pod-requests';
import type { PodTermSet } from './affinity-term';
import type { HostPort } from './host-ports';
import { type PodShape, shapeOf } from './pod-shape';
import { isResized } from './resized-pod';

export interface PodVolume {
  name: string;
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean };
  ephemeral?: object;
  gcePersistentDisk?: { pdName: string; readOnly?: boolean };
  awsElasticBlockStore?: { volumeID: string };
  iscsi?: { iqn: string; readOnly?: boolean };
  rbd?: { monitors?: string[]; pool?: string; image?: string; readOnly?: boolean };
  image?: { reference?: string };
  csi?: { driver: string };
}

export class PodInfo {
  readonly uid: string;
  readonly name: string;
  /** Being deleted. */
  readonly terminating: boolean;
  /** What it shares with all pods like it. */
  readonly shape: PodShape;
  /** Those of its volumes that have a say in where it can run. */
  readonly volumes: readonly PodVolume[];

  constructor(public pod: KubeObject) {
    const { uid = '', name = '', deletionTimestamp } = pod.metadata;
    this.uid = uid;
    this.name = name;
    this.terminating = deletionTimestamp !== undefined;
    this.shape = shapeOf(pod);
    this.volumes = volumesThatMatter(pod['spec'].volumes);
  }

  get namespace(): string {
    return this.shape.namespace;
  }

  get labels(): Readonly<Record<string, string>> {
    return this.shape.labels;
  }

  get priority(): number {
    return this.shape.priority;
  }

  get requests(): ResourceAmounts {
    return this.shape.requests;
  }

  /** With assumed requests for what containers don't name; for scoring. */
  get assumed(): ResourceAmounts {
    return this.shape.assumed;
  }

  get hostPorts(): readonly HostPort[] {
    return this.shape.hostPorts;
  }

  /** Its terms of affinity to other pods and against them. */
  get terms(): PodTermSet {
    return this.shape.terms;
  }

  get hasAffinity(): boolean {
    return this.shape.hasAffinity;
  }

  get nominatedNode(): string {
    return this.pod['status']?.nominatedNodeName ?? '';
  }

  /** Takes over the pod's new status; false where more changed than that, and a new PodInfo is called for. */
  updateStatus(pod: KubeObject): boolean {
    return pod['spec'] === this.pod['spec'] && this.takeOver(pod);
  }

  /** The same for a pod that has been bound since. */
  updateBound(pod: KubeObject): boolean {
    return isSameButPlaced(this.pod['spec'], pod['spec']) && this.takeOver(pod);
  }

  private takeOver(pod: KubeObject): boolean {
    const same =
      pod.metadata.labels === this.pod.metadata.labels &&
      (pod.metadata.deletionTimestamp !== undefined) === this.terminating &&
      !this.shape.resized &&
      !isResized(pod);
    if (same) this.pod = pod;
    return same;
  }
}

const NO_VOLUMES: readonly PodVolume[] = Object.freeze([]);
/** Sources of volumes that there are on every node. */
const EVERYWHERE = new Set(['configMap', 'secret', 'projected', 'downwardAPI', 'emptyDir', 'hostPath']);

function volumesThatMatter(volumes: readonly PodVolume[] | undefined): readonly PodVolume[] {
  if (!volumes) return NO_VOLUMES;
  for (const volume of volumes)
    for (const key in volume) if (key !== 'name' && !EVERYWHERE.has(key)) return volumes.filter(isSomewhere);
  return NO_VOLUMES;
}

function isSomewhere(volume: PodVolume): boolean {
  return Object.keys(volume).some((key) => key !== 'name' && !EVERYWHERE.has(key));
}

/** Is it the same spec, but for a node that it has now? What a binding leaves alone is the very same. */
function isSameButPlaced(before: Spec, after: Spec): boolean {
  if (before['nodeName'] !== undefined || after['nodeName'] === undefined) return false;
  let more = 0;
  for (const key in after) {
    if (key === 'nodeName') continue;
    if (before[key] !== after[key]) return false;
    more++;
  }
  for (const _ in before) more--;
  return more === 0;
}

type Spec = Readonly<Record<string, unknown>>;

/** The pod as it was before it had a place. */
export function unplaced(pod: KubeObject): KubeObject {
  const { nodeName, ...spec } = pod['spec'];
  return nodeName ? { ...pod, spec } : pod;
}
