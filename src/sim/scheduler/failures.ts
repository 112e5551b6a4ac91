/** What became of pods that fit nowhere, for others that ask for the very same while nothing changes: a thousand replicas too many are looked at once. */
import { featuresToRun } from '../../apimachinery/declared-features';
import { deepEqual, type Json } from '../../apimachinery/json';
import type { ClusterView } from './cluster-view';
import { PREEMPTION, schedulerOf } from './pending-pods';
import type { PodInfo } from './pod-info';
import { type Outcome, postFilter } from './post-filter';
import type { Profile } from './profile';
import type { NoPlacement } from './schedule-pod';

export interface Failure {
  outcome: Outcome;
  /** The plugins whose word may help. */
  waitsFor: ReadonlySet<string>;
}

interface Known {
  wish: Json;
  failed: NoPlacement;
  failure: Failure;
}

export class Failures {
  private generation = -1;
  private readonly byRequest = new Map<string, Known[]>();

  /** The failure of a pod that asked for the same, if nothing has changed since. */
  known(info: PodInfo, view: ClusterView): NoPlacement | undefined {
    return this.find(info, view)?.failed;
  }

  of(info: PodInfo, failed: NoPlacement, profile: Profile, view: ClusterView): Failure {
    const known = this.find(info, view);
    if (known) return known.failure;
    const outcome = postFilter(info, failed, profile, view);
    const waitsFor = new Set([...failed.diagnosis.plugins, PREEMPTION]);
    // Without nodes nobody said no; any node helps.
    if (failed.diagnosis.nodes === 0) waitsFor.add('NodeName');
    const failure = { outcome, waitsFor };
    const isShared = info.nominatedNode === '' && !outcome.preemption?.chosen && info.volumes.every(isPlain);
    if (isShared && !info.pod['spec'].resourceClaims) {
      this.forgetOld(view);
      const key = requestKey(info);
      const same = this.byRequest.get(key) ?? [];
      same.push({ wish: wishOf(info), failed, failure });
      this.byRequest.set(key, same);
    }
    return failure;
  }

  private find(info: PodInfo, view: ClusterView): Known | undefined {
    this.forgetOld(view);
    if (this.byRequest.size === 0 || info.nominatedNode !== '' || !info.volumes.every(isPlain)) return undefined;
    const candidates = this.byRequest.get(requestKey(info));
    if (!candidates) return undefined;
    const wish = wishOf(info);
    return candidates.find((known) => deepEqual(known.wish, wish));
  }

  private forgetOld({ generation }: ClusterView): void {
    if (generation === this.generation) return;
    this.generation = generation;
    this.byRequest.clear();
  }
}

function isPlain({
  persistentVolumeClaim,
  ephemeral,
  gcePersistentDisk,
  awsElasticBlockStore,
  iscsi,
  rbd,
}: PodInfo['volumes'][number]): boolean {
  return !(persistentVolumeClaim || ephemeral || gcePersistentDisk || awsElasticBlockStore || iscsi || rbd);
}

function requestKey({ namespace, priority, requests }: PodInfo): string {
  return `${namespace} ${priority} ${requests.milliCPU} ${requests.memory} ${requests.ephemeralStorage}`;
}

/** All of a pod that filters and preemption look at. */
function wishOf(info: PodInfo): Json {
  const { nodeSelector, affinity, tolerations, topologySpreadConstraints, preemptionPolicy, resourceClaims } =
    info.pod['spec'];
  const owner = info.pod.metadata.ownerReferences?.find(({ controller }) => controller)?.uid;
  return [
    schedulerOf(info),
    info.labels,
    info.requests.scalar,
    info.hostPorts,
    nodeSelector ?? null,
    affinity ?? null,
    tolerations ?? null,
    topologySpreadConstraints ?? null,
    preemptionPolicy ?? null,
    resourceClaims ?? null,
    owner ?? null,
    featuresToRun(info.pod['spec']),
  ] as unknown as Json;
}
