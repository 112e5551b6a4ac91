/** A pod on every node where one belongs, and on no other (kubernetes `pkg/controller/daemon/daemon_controller.go`, podsShouldBeOnNode). */
import type { KubeObject } from '../../../apimachinery/meta';
import type { Context } from '../../controller';
import { createPod, deletePod, slowStart } from '../pod-control';
import { isPodAvailable, isPodReady } from '../pod-state';
import { deletableAt, FAILED_POD, failedPodMessage } from './backoff';
import { byAge, type DaemonPods } from './daemon-pods';
import { daemonTemplate, HASH_LABEL, type Placement } from './placement';
import { allowsSurge } from './strategy';

/** At most so many pods are made, and so many deleted, at once (BurstReplicas). */
const BURST = 250;

export interface Changes {
  /** Nodes that need a pod. */
  create: string[];
  remove: KubeObject[];
  /** When a failed pod may be deleted that has to wait. */
  waitUntil?: number;
}

export class DaemonManager {
  constructor(
    private readonly set: KubeObject,
    private readonly hash: string,
    private readonly context: Context,
  ) {}

  /** What is to be done, whatever revision the pods are of (manage). */
  changes(pods: DaemonPods, placements: ReadonlyMap<string, Placement>): Changes {
    const changes: Changes = { create: [], remove: [] };
    for (const [node, placement] of placements) this.onNode(node, placement, pods.get(node), changes);
    // Pods that were never placed, for nodes that are no more: nobody else would delete them (getUnscheduledPodsWithoutNode).
    for (const [node, there] of pods)
      if (!placements.has(node)) changes.remove.push(...there.filter((pod) => !pod['spec'].nodeName));
    return changes;
  }

  private onNode(node: string, placement: Placement, there: KubeObject[] | undefined, changes: Changes): void {
    if (placement.shouldRun && !there) {
      changes.create.push(node);
    } else if (placement.shouldContinue) {
      const running = (there ?? []).filter((pod) => this.isRunning(pod, node, changes));
      if (running.length > 1) this.prune(running.sort(byAge), changes);
      // Where two are allowed, one that is on its way out does not count.
      else if (running.length === 0 && placement.shouldRun && allowsSurge(this.set)) changes.create.push(node);
    } else {
      for (const pod of there ?? []) if (pod.metadata.deletionTimestamp === undefined) changes.remove.push(pod);
    }
  }

  /** Neither on its way out nor ended; one that has ended is to be deleted. */
  private isRunning(pod: KubeObject, node: string, changes: Changes): boolean {
    const { set, context } = this;
    if (pod.metadata.deletionTimestamp !== undefined) return false;
    const { namespace, name } = pod.metadata;
    switch (pod['status']?.phase) {
      case 'Failed': {
        const at = deletableAt(pod, node, set, context.cache, context.clock.now());
        if (at > context.clock.now()) {
          changes.waitUntil = Math.min(changes.waitUntil ?? at, at);
          return false;
        }
        context.events.event(set, 'Warning', FAILED_POD, failedPodMessage(pod, node));
        changes.remove.push(pod);
        return false;
      }
      case 'Succeeded': {
        const message = `Found succeeded daemon pod ${namespace}/${name} on node ${node}, will try to delete it`;
        context.events.event(set, 'Normal', 'SucceededDaemonPod', message);
        changes.remove.push(pod);
        return false;
      }
      default:
        return true;
    }
  }

  /** Of several pods the oldest stays; where two are allowed, the oldest of either template, until one can do without the other. */
  private prune(running: readonly KubeObject[], { remove }: Changes): void {
    if (!allowsSurge(this.set)) {
      remove.push(...running.slice(1));
      return;
    }
    let newest: KubeObject | undefined;
    let old: KubeObject | undefined;
    for (const pod of running) {
      if (pod.metadata.labels?.[HASH_LABEL] === this.hash) {
        if (newest) remove.push(pod);
        else newest = pod;
      } else if (old) remove.push(pod);
      else old = pod;
    }
    if (!newest || !old) return;
    const minReadySeconds: number = this.set['spec'].minReadySeconds ?? 0;
    if (!isPodReady(old) || isPodAvailable(newest, minReadySeconds, this.context.clock.now())) remove.push(old);
  }

  /** Makes and deletes pods, as many as may be at once (syncNodes). @throws Error what went wrong first */
  async sync({ create, remove }: Pick<Changes, 'create' | 'remove'>): Promise<void> {
    const { set, hash, context } = this;
    let failure: unknown;
    try {
      await slowStart(Math.min(create.length, BURST), (index) =>
        createPod(daemonTemplate(set, create[index] as string, hash), set, context),
      );
    } catch (error) {
      failure = error;
    }
    for (const pod of remove.slice(0, BURST))
      try {
        await deletePod(pod, set, context);
      } catch (error) {
        failure ??= error;
      }
    if (failure) throw failure;
  }
}
