/** kube-scheduler: takes pods without a node, most important first, and binds each to the best node (kubernetes `pkg/scheduler`). */
import { deepEqual, type JsonObject } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { formatTime } from '../../apimachinery/time';
import type { Context, Controller } from '../controller';
import { isPodTerminal, podCondition } from '../controllers/pod-state';
import { keyOf } from '../resource-names';
import { NodeInfo, type PodInfo, podInfo } from './node-info';
import { fitError, schedulePod } from './schedule-pod';

const PODS = { group: '', version: 'v1', resource: 'pods' };
const SCHEDULER_NAME = 'default-scheduler';
/** The one key: a turn of the scheduler. */
const TURN = ['pods'];
const NO_TURN: readonly string[] = [];

/** What the scheduler knows of the cluster, kept current by what it watches; a restart learns it anew. */
class Scheduler implements Controller {
  readonly name = 'default-scheduler';
  readonly user = 'system:kube-scheduler';
  readonly fieldManager = 'kube-scheduler';
  readonly eventSource = { component: SCHEDULER_NAME, api: 'events' as const };
  readonly watches = [
    { resource: 'nodes', keys: (node: KubeObject, cache: Context['cache']) => this.sawNode(node, cache) },
    { resource: 'pods', keys: (pod: KubeObject, cache: Context['cache']) => this.sawPod(pod, cache) },
  ];

  private readonly nodes = new Map<string, NodeInfo>();
  private ordered: NodeInfo[] | undefined;
  /** Pods with a place, by uid, and where that is. */
  private readonly placed = new Map<string, string>();
  /** Pods of nodes that are not (yet) known. */
  private readonly homeless = new Map<string, PodInfo>();
  /** Pods that wait to be tried, and those that were tried in vain since anything changed that might help. */
  private readonly waiting = new Map<string, KubeObject>();
  private readonly unschedulable = new Map<string, KubeObject>();
  private readonly start = { index: 0 };

  private sawNode(node: KubeObject, cache: Context['cache']): readonly string[] {
    const name = node.metadata.name ?? '';
    if (!cache.get('nodes', '', name)) {
      const gone = this.nodes.get(name);
      for (const [uid, info] of gone?.pods ?? []) this.homeless.set(uid, info);
      this.nodes.delete(name);
      this.ordered = undefined;
      return NO_TURN;
    }
    const known = this.nodes.get(name);
    if (known) known.update(node);
    else this.welcome(new NodeInfo(node));
    return this.retryAll();
  }

  private welcome(node: NodeInfo): void {
    this.nodes.set(node.name, node);
    this.ordered = undefined;
    for (const [uid, info] of this.homeless) {
      if (info.pod['spec'].nodeName !== node.name) continue;
      this.homeless.delete(uid);
      node.add(info);
    }
  }

  private sawPod(pod: KubeObject, cache: Context['cache']): readonly string[] {
    const { uid = '', namespace = '', name = '' } = pod.metadata;
    const gone = cache.get('pods', namespace, name)?.metadata.uid !== uid || isPodTerminal(pod);
    if (gone) {
      this.waiting.delete(uid);
      this.unschedulable.delete(uid);
      return this.removePlaced(uid) ? this.retryAll() : NO_TURN;
    }
    const nodeName: string | undefined = pod['spec'].nodeName;
    if (nodeName) {
      this.waiting.delete(uid);
      this.unschedulable.delete(uid);
      this.place(pod, nodeName);
      return NO_TURN;
    }
    if (!isMine(pod)) return NO_TURN;
    // Its own status tells nothing new: what was tried in vain stays so until something that matters changes.
    const tried = this.unschedulable.get(uid);
    if (tried && sameWish(tried, pod)) {
      this.unschedulable.set(uid, pod);
      return NO_TURN;
    }
    this.unschedulable.delete(uid);
    this.waiting.set(uid, pod);
    return TURN;
  }

  private place(pod: KubeObject, nodeName: string): void {
    const uid = pod.metadata.uid ?? '';
    const known = this.nodes.get(nodeName);
    const present = known?.pods.get(uid);
    if (present && present.pod['spec'] === pod['spec']) return;
    const info = podInfo(pod);
    this.placed.set(uid, nodeName);
    if (known) known.add(info);
    else this.homeless.set(uid, info);
  }

  private removePlaced(uid: string): boolean {
    const nodeName = this.placed.get(uid);
    if (nodeName === undefined) return false;
    this.placed.delete(uid);
    this.homeless.delete(uid);
    this.nodes.get(nodeName)?.remove(uid);
    return true;
  }

  /** Something changed that may help: those tried in vain are tried again. */
  private retryAll(): readonly string[] {
    for (const [uid, pod] of this.unschedulable) this.waiting.set(uid, pod);
    this.unschedulable.clear();
    return this.waiting.size > 0 ? TURN : NO_TURN;
  }

  async reconcile(_key: string, context: Context): Promise<undefined> {
    const queue = [...this.waiting.values()].sort(byPriority);
    this.waiting.clear();
    this.ordered ??= [...this.nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const pod of queue) {
      if (pod.metadata.deletionTimestamp !== undefined) continue;
      await this.scheduleOne(pod, this.ordered, context);
    }
    return undefined;
  }

  private async scheduleOne(pod: KubeObject, nodes: readonly NodeInfo[], context: Context): Promise<void> {
    const { namespace = '', name = '', uid = '' } = pod.metadata;
    const info = podInfo(pod);
    const found = schedulePod(info, nodes, this.start, context.random);
    if (!('node' in found)) {
      this.unschedulable.set(uid, pod);
      await this.reject(pod, fitError(found), context);
      return;
    }
    const nodeName = found.node.name;
    try {
      await context.client.createSubresource(PODS, namespace, name, 'binding', {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace, uid },
        target: { kind: 'Node', name: nodeName },
      });
    } catch (error) {
      // Deleted, replaced or bound by another meanwhile: what is watched will say.
      if (isReason(error, 'NotFound') || isReason(error, 'Conflict')) return;
      this.waiting.set(uid, pod);
      throw error;
    }
    // Until the bound pod is seen, its place counts as taken (assume).
    found.node.add(info);
    this.placed.set(uid, nodeName);
    context.events.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${nodeName}`, {
      action: 'Binding',
    });
  }

  /** Says in the pod's condition and in an event that no node would do (handleSchedulingFailure). */
  private async reject(pod: KubeObject, message: string, context: Context): Promise<void> {
    const { namespace = '', name = '', generation } = pod.metadata;
    const present = podCondition(pod, 'PodScheduled');
    // Said already, if perhaps by another process: nothing is news, and a settled cluster stays as it is.
    if (present?.status === 'False' && present.message === message) return;
    context.events.event(pod, 'Warning', 'FailedScheduling', message, { action: 'Scheduling' });
    const condition: JsonObject = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastProbeTime: null,
      lastTransitionTime:
        present?.status === 'False' && present.lastTransitionTime
          ? present.lastTransitionTime
          : formatTime(context.clock.now()),
      ...(generation ? { observedGeneration: generation } : {}),
    };
    const patch = { status: { conditions: [condition] } };
    try {
      await context.client.patch(PODS, namespace, name, 'strategic', patch, undefined, 'status');
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
  }
}

export default (): Controller => new Scheduler();

function isMine(pod: KubeObject): boolean {
  const { schedulerName = SCHEDULER_NAME, schedulingGates } = pod['spec'];
  return schedulerName === SCHEDULER_NAME && !(Array.isArray(schedulingGates) && schedulingGates.length > 0);
}

/** Does the pod ask for the same as before? Then a second try would fail like the first. */
function sameWish(before: KubeObject, after: KubeObject): boolean {
  return deepEqual(before['spec'], after['spec']) && deepEqual(before.metadata.labels, after.metadata.labels);
}

/** Higher priority first, then the older (PrioritySort). */
function byPriority(a: KubeObject, b: KubeObject): number {
  const byImportance = (b['spec'].priority ?? 0) - (a['spec'].priority ?? 0);
  if (byImportance !== 0) return byImportance;
  const [createdA, createdB] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (createdA !== createdB) return createdA < createdB ? -1 : 1;
  return keyOf(a) < keyOf(b) ? -1 : 1;
}
