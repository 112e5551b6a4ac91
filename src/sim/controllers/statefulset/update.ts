/**
 * One look at one StatefulSet: pods are made in the order of their ordinals, scaled away and updated in the opposite one;
 * with `Parallel` all at once, but for updates (kubernetes `pkg/controller/statefulset/stateful_set_control.go`).
 */
import { scaledValue } from '../../../apimachinery/int-or-string';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { Instant } from '../../clock';
import type { Context } from '../../controller';
import { applyRevision } from '../history/revisions';
import { slowStart } from '../pod-control';
import { isPodTerminal } from '../pod-state';
import { storageMatches } from './claims';
import type { SetRevisions } from './history';
import {
  identityMatches,
  inOrdinalRange,
  isAvailable,
  isCreated,
  isParallel,
  isRunningAndReady,
  isTerminating,
  isUnavailable,
  ordinalOf,
  replicasOf,
  revisionOfPod,
  startOrdinal,
} from './identity';
import { newVersionedPod } from './new-pod';
import { StatefulPodControl } from './pod-control';
import { countReplicas, type SetStatus } from './status';

/** Whether what comes after has to wait. */
type Turn = 'go on' | 'wait';

export class SetUpdate {
  /** By index: the pod that is there, or the one that is to be. */
  private readonly replicas: KubeObject[];
  /** Pods out of the range of ordinals, highest first. */
  private readonly condemned: KubeObject[];
  private readonly updateSet: KubeObject;
  private readonly control: StatefulPodControl;
  private readonly now: Instant;
  private readonly ordered: boolean;
  /** Pods of the present revision that were deleted in this turn: they count no more. */
  private taken = 0;

  constructor(
    private readonly set: KubeObject,
    pods: readonly KubeObject[],
    private readonly revisions: SetRevisions,
    context: Context,
  ) {
    this.now = context.clock.now();
    this.ordered = !isParallel(set);
    this.control = new StatefulPodControl(set, context);
    this.updateSet = applyRevision(set, revisions.update);
    const current = { set: applyRevision(set, revisions.current), revision: revisions.current };
    const update = { set: this.updateSet, revision: revisions.update };
    const start = startOrdinal(set);
    const present = new Map(pods.filter((pod) => inOrdinalRange(pod, set)).map((pod) => [ordinalOf(pod), pod]));
    this.replicas = Array.from(
      { length: replicasOf(set) },
      (_, index) => present.get(start + index) ?? newVersionedPod(current, update, start + index),
    );
    this.condemned = pods
      .filter((pod) => ordinalOf(pod) >= 0 && !inOrdinalRange(pod, set))
      .sort((a, b) => ordinalOf(b) - ordinalOf(a));
  }

  /** What there is now; of the pods that are to be, those count that were made before this turn. */
  get status(): SetStatus {
    const counts = countReplicas(this.set, [...this.replicas, ...this.condemned], this.revisions, this.now);
    return { ...counts, currentReplicas: Math.max(0, counts.currentReplicas - this.taken) };
  }

  /** One step towards what is wanted (updateStatefulSet). @throws Error what went wrong with a pod */
  async run(): Promise<void> {
    const { replicas, condemned } = this;
    if (this.set.metadata.deletionTimestamp !== undefined) return;
    const firstUnavailable = [...replicas, ...condemned.toReversed()].find((pod) => this.isUnavailable(pod));
    if ((await this.forAll(replicas, (pod) => this.bringUp(pod))) === 'wait') return;
    if ((await this.forAll(condemned, (pod) => this.fixClaims(pod))) === 'wait') return;
    if ((await this.forAll(condemned, (pod) => this.takeAway(pod, firstUnavailable))) === 'wait') return;
    if (this.set['spec'].updateStrategy?.type === 'OnDelete') return;
    await this.roll();
  }

  /** In order, until one has to wait; or all of them at once (runForAll). */
  private async forAll(pods: readonly KubeObject[], act: (pod: KubeObject) => Promise<Turn>): Promise<Turn> {
    if (this.ordered) {
      for (const pod of pods) if ((await act(pod)) === 'wait') return 'wait';
      return 'go on';
    }
    await slowStart(pods.length, async (index) => {
      await act(pods[index] as KubeObject);
    });
    return 'go on';
  }

  /** Makes a pod that is missing, makes room for one that has ended, mends one that is not as it should be (processReplica). */
  private async bringUp(pod: KubeObject): Promise<Turn> {
    const { set, control, ordered } = this;
    if (isPodTerminal(pod)) {
      if (!isTerminating(pod)) await control.delete(pod);
      // A new one is made when this one has left the cluster.
      return 'wait';
    }
    if (!isCreated(pod)) {
      if (control.hasStaleClaim(pod)) return 'wait';
      await control.create(pod);
      if (ordered) return 'wait';
    }
    if (pod['status']?.phase === 'Pending') await control.createMissingClaims(pod);
    if (ordered && (isTerminating(pod) || !isRunningAndReady(pod) || !isAvailable(pod, set, this.now))) return 'wait';
    if (!identityMatches(set, pod) || !storageMatches(set, pod) || !control.claimOwnersAreRight(pod))
      await control.update(this.updateSet, pod);
    return 'go on';
  }

  private async fixClaims(pod: KubeObject): Promise<Turn> {
    if (!this.control.claimOwnersAreRight(pod)) await this.control.updateClaimOwners(pod);
    return 'go on';
  }

  /** Scales a pod away, the others being well (processCondemned). */
  private async takeAway(pod: KubeObject, firstUnavailable: KubeObject | undefined): Promise<Turn> {
    const { set, ordered } = this;
    if (isTerminating(pod)) return ordered ? 'wait' : 'go on';
    const isWell = isRunningAndReady(pod) && isAvailable(pod, set, this.now);
    if (ordered && !isWell && pod !== firstUnavailable) return 'wait';
    await this.control.delete(pod);
    return 'wait';
  }

  /** Deletes pods of another revision, highest ordinal first, so that they are made anew. */
  private async roll(): Promise<void> {
    const { rollingUpdate } = this.set['spec'].updateStrategy ?? {};
    const lowest: number = rollingUpdate?.partition ?? 0;
    if (rollingUpdate?.maxUnavailable !== undefined) return this.rollSeveral(lowest, rollingUpdate.maxUnavailable);
    for (const pod of this.replicas.slice(lowest).reverse()) {
      if (this.isOutdated(pod)) return this.deleteForUpdate(pod);
      if (this.isUnavailable(pod)) return;
    }
  }

  /** As many at a time as may be unavailable (updateStatefulSetAfterInvariantEstablished). */
  private async rollSeveral(lowest: number, maxUnavailable: number | string): Promise<void> {
    const { replicas } = this;
    const most = Math.max(1, scaledValue(maxUnavailable, replicas.length, false));
    let left = most - replicas.filter((pod) => this.isUnavailable(pod)).length;
    for (const pod of replicas.slice(lowest).reverse()) {
      if (left <= 0) return;
      if (!this.isOutdated(pod)) continue;
      await this.deleteForUpdate(pod);
      left--;
    }
  }

  private isOutdated(pod: KubeObject): boolean {
    return revisionOfPod(pod) !== this.revisions.update.metadata.name && !isTerminating(pod);
  }

  private isUnavailable(pod: KubeObject): boolean {
    return isUnavailable(pod, this.set, this.now);
  }

  private async deleteForUpdate(pod: KubeObject): Promise<void> {
    try {
      await this.control.delete(pod);
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
    this.taken++;
  }
}
