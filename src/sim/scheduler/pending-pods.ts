/**
 * The pods that have no place yet (kube-scheduler `backend/queue`): those that are to be tried, the most important first, and
 * those that were tried in vain and wait for something that may help, or for a quiet moment in which what is said of them is
 * brought up to date (upstream looks at all of them again every five minutes). What is here can be told from the objects
 * alone: every run begins with a try for each pod, as a new process would, and says nothing where nothing is new.
 */
import { keyOf } from '../resource-names';
import type { ClusterEvent } from './cluster-events';
import type { PodInfo } from './pod-info';
import type { Profile } from './profile';

export interface PendingPod {
  info: PodInfo;
  /** To be tried. */
  active: boolean;
  /** The view's generation when it was tried last. */
  triedAt: number;
  /** The plugins that said no then. */
  rejectedBy: ReadonlySet<string>;
}

const NOBODY: ReadonlySet<string> = new Set();

export class PendingPods {
  private readonly pods = new Map<string, PendingPod>();
  private readonly active = new Set<PendingPod>();
  /** Pods that wait, by the plugins that rejected them. */
  private readonly byPlugin = new Map<string, Set<PendingPod>>();

  get(uid: string): PendingPod | undefined {
    return this.pods.get(uid);
  }

  get anyActive(): boolean {
    return this.active.size > 0;
  }

  /** A pod to be tried; one that is known already gets its new look. */
  add(info: PodInfo): PendingPod {
    this.remove(info.uid);
    const pending: PendingPod = { info, active: true, triedAt: -1, rejectedBy: NOBODY };
    this.pods.set(info.uid, pending);
    this.active.add(pending);
    return pending;
  }

  remove(uid: string): PendingPod | undefined {
    const pending = this.pods.get(uid);
    if (!pending) return undefined;
    this.pods.delete(uid);
    this.active.delete(pending);
    this.forget(pending);
    return pending;
  }

  /** It was tried in vain: it waits for what these plugins take for help. */
  rest(pending: PendingPod, rejectedBy: ReadonlySet<string>, generation: number): void {
    if (this.pods.get(pending.info.uid) !== pending) return;
    pending.triedAt = generation;
    pending.active = false;
    this.active.delete(pending);
    this.forget(pending);
    pending.rejectedBy = rejectedBy;
    for (const plugin of rejectedBy) {
      const waiting = this.byPlugin.get(plugin);
      if (waiting) waiting.add(pending);
      else this.byPlugin.set(plugin, new Set([pending]));
    }
  }

  activate(pending: PendingPod): void {
    pending.active = true;
    this.active.add(pending);
    this.forget(pending);
  }

  /** Everybody is to be tried again for whom anything is other than when they were tried. */
  activateStale(generation: number): void {
    for (const pending of this.pods.values()) if (pending.triedAt !== generation) this.activate(pending);
  }

  anyStale(generation: number): boolean {
    for (const { triedAt } of this.pods.values()) if (triedAt !== generation) return true;
    return false;
  }

  /** Everybody who is to be tried; then nobody is. */
  takeActive(): PendingPod[] {
    const taken = [...this.active];
    this.active.clear();
    for (const pending of taken) pending.active = false;
    return taken;
  }

  /** Wakes those whom an event may help, by what the plugins that rejected them say. */
  wake(event: ClusterEvent, profiles: ReadonlyMap<string, Profile>): void {
    if (this.byPlugin.size === 0) return;
    for (const [plugin, waiting] of this.byPlugin) {
      for (const pending of waiting) {
        const { info } = pending;
        const profile = profiles.get(schedulerOf(info));
        const events = profile?.plugins.get(plugin)?.events ?? (plugin === PREEMPTION ? PREEMPTION_EVENTS : []);
        const helps = events.some(
          ({ resource, actions, helps: mayHelp }) =>
            resource === event.resource && actions.includes(event.action) && (!mayHelp || mayHelp(info, event)),
        );
        if (helps) this.activate(pending);
      }
    }
  }

  private forget(pending: PendingPod): void {
    for (const plugin of pending.rejectedBy) {
      const waiting = this.byPlugin.get(plugin);
      waiting?.delete(pending);
      if (waiting?.size === 0) this.byPlugin.delete(plugin);
    }
    pending.rejectedBy = NOBODY;
  }
}

/** A pod that fits nowhere may preempt others once a budget lets it; upstream notices when it looks at all pods again, after five minutes. */
export const PREEMPTION = 'DefaultPreemption';
const PREEMPTION_EVENTS = [
  { resource: 'PodDisruptionBudget', actions: ['Add', 'Update', 'Delete'], helps: undefined },
] as {
  resource: ClusterEvent['resource'];
  actions: ClusterEvent['action'][];
  helps: undefined;
}[];

export function schedulerOf({ pod }: PodInfo): string {
  return pod['spec'].schedulerName ?? 'default-scheduler';
}

/** Higher priority first, then the older (PrioritySort; the time in the queue is that of the pod). */
export function byPriority(a: PodInfo, b: PodInfo): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  const createdA = a.pod.metadata.creationTimestamp ?? '';
  const createdB = b.pod.metadata.creationTimestamp ?? '';
  if (createdA !== createdB) return createdA < createdB ? -1 : 1;
  if (a.namespace === b.namespace) return a.name < b.name ? -1 : 1;
  return keyOf(a.pod) < keyOf(b.pod) ? -1 : 1;
}
