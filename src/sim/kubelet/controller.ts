/** The kubelets of all nodes: start the pods that are bound to them, say how they do, stop them when asked (kubernetes `pkg/kubelet`). */
import { deepEqual, type JsonObject, jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { formatTime, parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { Context, Controller, IndexedCache, Result } from '../controller';
import { isPodTerminal } from '../controllers/pod-state';
import { keyOf, splitKey } from '../resource-names';
import { PodAddresses } from './addresses';
import type { ContainerStatus } from './container';
import { advanceContainers, type ContainerList, type NodeServices, type Progress, STATUSES } from './lifecycle';
import { podConditions, podPhase, type Statuses } from './pod-status';

const PODS = { group: '', version: 'v1', resource: 'pods' };

/** How long a container takes to end once it was asked to. */
const STOP_TIME = 1000;

class Kubelet implements Controller {
  readonly name = 'kubelet';
  /** One identity for the kubelets of all nodes; events name the node. */
  readonly user = 'system:node';
  readonly fieldManager = 'kubelet';
  readonly watches = [
    { resource: 'pods', keys: (pod: KubeObject) => (pod['spec'].nodeName ? [keyOf(pod)] : []) },
    { resource: 'nodes', keys: podsOfNewNode },
  ];
  private readonly addresses = new PodAddresses();

  async reconcile(key: string, context: Context): Promise<Result | undefined> {
    const { namespace, name } = splitKey(key);
    const pod = context.cache.get('pods', namespace, name);
    const nodeName: string | undefined = pod?.['spec'].nodeName;
    if (!pod || !nodeName) return undefined;
    const node = context.cache.get('nodes', '', nodeName);
    if (!node || !isReady(node)) return undefined;
    const turn = new PodTurn(pod, node, context, this.addresses);
    if (pod.metadata.deletionTimestamp !== undefined) return turn.stop();
    return isPodTerminal(pod) ? undefined : turn.sync();
  }
}

export default (): Controller => new Kubelet();

/** A node that appears, or gets well, begins to look after its pods. */
function podsOfNewNode(node: KubeObject, cache: IndexedCache, previous?: KubeObject): readonly string[] {
  if (previous && isReady(previous) === isReady(node)) return [];
  return cache.index('pods', 'node', node.metadata.name ?? '').map(keyOf);
}

function isReady(node: KubeObject): boolean {
  const conditions: { type: string; status: string }[] = node['status']?.conditions ?? [];
  return conditions.find(({ type }) => type === 'Ready')?.status !== 'False';
}

/** One look of a kubelet at one pod. */
class PodTurn {
  private readonly now: Instant;

  constructor(
    private readonly pod: KubeObject,
    private readonly node: KubeObject,
    private readonly context: Context,
    private readonly addresses: PodAddresses,
  ) {
    this.now = context.clock.now();
  }

  /** Brings the pod's containers and its status to now. */
  async sync(): Promise<Result | undefined> {
    const status = this.pod['status'] ?? {};
    const begin = status.startTime ? (parseTime(status.startTime) ?? this.now) : this.now;
    const podIP = this.podIP();
    const progress = advanceContainers(this.pod, begin, this.services());
    const phase = podPhase(this.pod, progress, false);
    await this.write(this.status(progress, phase, begin, podIP));
    return progress.next === undefined ? undefined : { requeueAfter: progress.next - this.now };
  }

  /** Ends the containers, tells so, and takes the pod out of the cluster (pod_workers.go SyncTerminatingPod). */
  async stop(): Promise<Result | undefined> {
    const { deletionTimestamp = '', deletionGracePeriodSeconds = 0 } = this.pod.metadata;
    const asked = (parseTime(deletionTimestamp) ?? this.now) - deletionGracePeriodSeconds * 1000;
    const running = this.runningContainers();
    const done = running.length === 0 || deletionGracePeriodSeconds === 0 ? this.now : asked + STOP_TIME;
    for (const { name, list } of running) this.sayOnce('Normal', 'Killing', `Stopping container ${name}`, name, list);
    if (this.now < done) return { requeueAfter: done - this.now };
    if (running.length > 0) await this.write(this.statusOfStopped());
    await this.remove();
    return undefined;
  }

  private runningContainers(): { name: string; list: ContainerList }[] {
    const lists: ContainerList[] = ['containers', 'initContainers', 'ephemeralContainers'];
    return lists.flatMap((list) => {
      const statuses: ContainerStatus[] = this.pod['status']?.[STATUSES[list]] ?? [];
      return statuses.filter(({ state }) => state.running).map(({ name }) => ({ name, list }));
    });
  }

  private statusOfStopped(): JsonObject {
    const status = this.pod['status'] ?? {};
    const finishedAt = formatTime(this.now);
    const stopped = (before: ContainerStatus): ContainerStatus => {
      if (!before.state.running) return { ...before, ready: false };
      const { startedAt } = before.state.running;
      const containerID = before.containerID ?? '';
      const terminated = { exitCode: 0, reason: 'Completed', startedAt, finishedAt, containerID };
      return { ...before, ready: false, started: false, state: { terminated } };
    };
    const statuses: Progress = {
      initContainerStatuses: (status.initContainerStatuses ?? []).map(stopped),
      containerStatuses: (status.containerStatuses ?? []).map(stopped),
      ephemeralContainerStatuses: (status.ephemeralContainerStatuses ?? []).map(stopped),
      initialized: true,
    };
    const begin = parseTime(status.startTime ?? '') ?? this.now;
    return this.status(statuses, podPhase(this.pod, statuses, true), begin, status.podIP);
  }

  private async remove(): Promise<void> {
    const { namespace = '', name = '', uid = '' } = this.pod.metadata;
    const options = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0, preconditions: { uid } };
    try {
      await this.context.client.delete(PODS, namespace, name, options);
    } catch (error) {
      // Gone already, or another pod of that name.
      if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
    }
  }

  private podIP(): string | undefined {
    if (this.pod['spec'].hostNetwork) return hostIPs(this.node)[0];
    return this.addresses.assign(this.pod, this.node, this.context.cache);
  }

  private status(progress: Progress, phase: string, begin: Instant, podIP: string | undefined): JsonObject {
    const before = this.pod['status'] ?? {};
    const addresses = hostIPs(this.node);
    const sandboxReady = podIP !== undefined && phase !== 'Succeeded' && phase !== 'Failed';
    const status: JsonObject = {
      ...before,
      ...(this.pod.metadata.generation ? { observedGeneration: this.pod.metadata.generation } : {}),
      phase,
      conditions: jsonOf(podConditions(this.pod, progress, phase, sandboxReady, this.now)),
      startTime: formatTime(begin),
      containerStatuses: jsonOf(progress.containerStatuses),
    };
    if (progress.initContainerStatuses.length > 0)
      status['initContainerStatuses'] = jsonOf(progress.initContainerStatuses);
    if (progress.ephemeralContainerStatuses.length > 0)
      status['ephemeralContainerStatuses'] = jsonOf(progress.ephemeralContainerStatuses);
    const [hostIP] = addresses;
    if (hostIP) Object.assign(status, { hostIP, hostIPs: addresses.map((ip) => ({ ip })) });
    if (podIP) Object.assign(status, { podIP, podIPs: [{ ip: podIP }] });
    return status;
  }

  private async write(status: JsonObject): Promise<void> {
    if (deepEqual(this.pod['status'] ?? {}, status)) return;
    await this.context.client.updateStatus(PODS, { ...this.pod, status });
  }

  private services(): NodeServices {
    const { random, settings } = this.context;
    return {
      now: this.now,
      startTime: settings.containerStart,
      pullTime: (container) => (this.hasImage(container.image) ? 0 : settings.imagePull),
      containerID: () => `containerd://${hex(random.uuid())}${hex(random.uuid())}`,
      imageID: (image) => `${image.replace(/[:@].*$/, '')}@sha256:${digest(image)}`,
      say: (type, reason, message, container, list) => this.sayOnce(type, reason, message, container.name, list),
    };
  }

  /** Has any pod here run a container of this image? Then the node has it. */
  private hasImage(image: string): boolean {
    return imagesOf(this.context.cache.index('pods', 'node', this.node.metadata.name ?? '')).has(image);
  }

  /** An event about a container. Nothing that was said at this restart is said again: a pod is looked at more than once. */
  private sayOnce(
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    container: string,
    list: ContainerList,
  ): void {
    const fieldPath = `spec.${list}{${container}}`;
    if (reason === 'Pulling' || reason === 'Killing') {
      const said = this.context.cache.index('events', 'about', this.pod.metadata.uid ?? '');
      if (said.some((event) => event['reason'] === reason && event['involvedObject']?.fieldPath === fieldPath)) return;
    }
    const host = this.node.metadata.name ?? '';
    this.context.events.event(this.pod, type, reason, message, { fieldPath, host });
  }
}

/** The images that were there for these pods. The cache hands out one list until a pod in it changes, so few are looked through. */
function imagesOf(pods: readonly KubeObject[]): ReadonlySet<string> {
  let images = knownImages.get(pods);
  if (!images) {
    const found = new Set<string>();
    for (const pod of pods) {
      const { containerStatuses = [], initContainerStatuses = [] } = (pod['status'] ?? {}) as Partial<Statuses>;
      for (const { image, imageID } of containerStatuses) if (imageID !== '') found.add(image);
      for (const { image, imageID } of initContainerStatuses) if (imageID !== '') found.add(image);
    }
    images = found;
    knownImages.set(pods, images);
  }
  return images;
}

const knownImages = new WeakMap<readonly KubeObject[], ReadonlySet<string>>();

/** The node's internal addresses. */
function hostIPs(node: KubeObject): string[] {
  const addresses: { type: string; address: string }[] = node['status']?.addresses ?? [];
  return addresses.filter(({ type }) => type === 'InternalIP').map(({ address }) => address);
}

function hex(uuid: string): string {
  return uuid.replaceAll('-', '');
}

/** 64 hex digits that stand for an image, the same each time. */
function digest(image: string): string {
  let text = '';
  for (let round = 0; text.length < 64; round++) {
    let hash = 0x811c9dc5 ^ round;
    for (let i = 0; i < image.length; i++) hash = Math.imul(hash ^ image.charCodeAt(i), 0x01000193);
    text += (hash >>> 0).toString(16).padStart(8, '0');
  }
  return text.slice(0, 64);
}
