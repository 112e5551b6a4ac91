/** The kubelets of all nodes: start the pods that are bound to them, say how they do, stop them when asked (kubernetes `pkg/kubelet`). */
import type { KubeObject } from '../../apimachinery/meta';
import type { Context, Controller, IndexedCache, ResourceName, Result } from '../controller';
import { ATTACHMENT_RESOURCE, usersOf, volumeAttached } from '../controllers/attachdetach/attachments';
import { isPodTerminal } from '../controllers/pod-state';
import { keyOf, splitKey } from '../resource-names';
import { isStaged } from '../stages/known-stages';
import { PodAddresses } from './addresses';
import { podsThatAsk } from './asking';
import { isCritical, isMirror } from './eviction/ranking';
import { factsOfNode, isSilent, nodeCondition } from './node-state';
import { PodTurn } from './pod-turn';
import { Preemptions } from './preemptions';
import { isDeferred } from './resize';
import { isAskedToEnd, shortenedGraces } from './shortened-graces';
import type { Kill } from './stopping';

class Kubelet implements Controller {
  readonly name = 'kubelet';
  /** One identity for the kubelets of all nodes; events name the node. */
  readonly user = 'system:node';
  readonly fieldManager = 'kubelet';
  readonly watches = [
    { resource: 'pods', keys: this.keysOfPod.bind(this) },
    { resource: 'nodes', keys: podsOfNode },
    { resource: 'configmaps', keys: podsThatName },
    { resource: 'secrets', keys: podsThatName },
    { resource: 'persistentvolumeclaims', keys: podsThatName },
    { resource: ATTACHMENT_RESOURCE, keys: podsThatWait },
    { resource: 'services', keys: podsThatAsk },
    { resource: 'endpointslices.discovery.k8s.io', keys: podsThatAsk },
    { resource: 'networkpolicies.networking.k8s.io', keys: podsThatAsk },
    { resource: 'namespaces', keys: podsThatAsk },
  ];
  private readonly addresses = new PodAddresses();
  /** As it is in the store, once somebody needs it. */
  private shortened: ReadonlyMap<string, readonly Kill[]> | undefined;
  /** Likewise. */
  private preemptions: Preemptions | undefined;

  reconcile(key: string, context: Context): Promise<Result | undefined> | Result | undefined {
    const { namespace, name } = splitKey(key);
    const pod = context.cache.get('pods', namespace, name);
    const nodeName: string | undefined = pod?.['spec'].nodeName;
    if (!pod || !nodeName) return undefined;
    const node = context.cache.get('nodes', '', nodeName);
    if (!node) return undefined;
    const facts = factsOfNode(node);
    if (facts.isSilent || isStaged(pod, 'Pod', context.cache)) return undefined;
    if (!this.preemptions) return this.loadPreemptions(key, context);
    const turn = new PodTurn(pod, node, facts, context, this.addresses, this.preemptions);
    if (isMirror(pod)) return turn.removeMirror();
    if (pod.metadata.deletionTimestamp !== undefined) return this.stop(turn, pod, context);
    // Whoever looks after nodes says that nothing on it is ready: nobody gainsays that, and nothing begins.
    if (facts.isUnready || isPodTerminal(pod)) return undefined;
    return turn.sync();
  }

  private async loadPreemptions(key: string, context: Context): Promise<Result | undefined> {
    this.preemptions = await Preemptions.load(context.client);
    return this.reconcile(key, context);
  }

  private async stop(turn: PodTurn, { metadata }: KubeObject, context: Context): Promise<Result | undefined> {
    this.shortened ??= await shortenedGraces(context.client);
    return turn.stop(this.shortened.get(metadata.uid ?? ''));
  }

  private keysOfPod(pod: KubeObject, cache: IndexedCache, previous?: KubeObject): readonly string[] {
    if (isAskedToEnd(pod, previous)) this.shortened = undefined;
    if (pod['status']?.startTime === undefined && isCritical(pod)) this.preemptions = undefined;
    return podAndNeighbours(pod, cache, previous, this.preemptions);
  }
}

export default (): Controller => new Kubelet();

const NOBODY: readonly string[] = [];

/** A pod; and when it leaves room on its node, or may take less of it, those that wait there for it. */
function podAndNeighbours(
  pod: KubeObject,
  cache: IndexedCache,
  previous: KubeObject | undefined,
  preemptions: Preemptions | undefined,
): readonly string[] {
  const { nodeName } = pod['spec'];
  if (!nodeName) return NOBODY;
  const own = [keyOf(pod)];
  const leaves = previous && (previous === pod || (isPodTerminal(pod) && !isPodTerminal(previous)));
  const asks = previous && previous.metadata.generation !== pod.metadata.generation;
  if (!leaves && !asks) return own;
  const waiting = cache.index('pods', 'node', nodeName).filter(isDeferred);
  const making = leaves && preemptions ? preemptions.keysOn(nodeName, cache) : NOBODY;
  return waiting.length + making.length === 0 ? own : [...own, ...waiting.map(keyOf), ...making];
}

/** A node that appears, gets well or ill, looks after its pods anew. */
function podsOfNode(node: KubeObject, cache: IndexedCache, previous?: KubeObject): readonly string[] {
  const ready = (one: KubeObject) => nodeCondition(one, 'Ready')?.status;
  if (previous && isSilent(previous) === isSilent(node) && ready(previous) === ready(node)) return NOBODY;
  return cache.index('pods', 'node', node.metadata.name ?? '').map(keyOf);
}

/** Those that may have waited until a volume is attached, or is free to be. */
function podsThatWait(attachment: KubeObject, cache: IndexedCache): readonly string[] {
  const volume = volumeAttached(attachment, cache);
  if (!volume) return NOBODY;
  return usersOf(volume, cache)
    .filter((pod) => pod['spec'].nodeName && pod['status']?.phase === 'Pending')
    .map(keyOf);
}

/** Those that may have waited for it. */
function podsThatName(
  object: KubeObject,
  cache: IndexedCache,
  _previous?: KubeObject,
  resource: ResourceName = '',
): readonly string[] {
  const { namespace, name } = object.metadata;
  const pods = cache.index('pods', 'reference', `${resource}/${namespace}/${name}`);
  return pods.length === 0 ? NOBODY : pods.filter((pod) => pod['spec'].nodeName && !isPodTerminal(pod)).map(keyOf);
}
