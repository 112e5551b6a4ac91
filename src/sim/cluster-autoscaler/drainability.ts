/**
 * Which pods have to move when a node goes, and which keep it (autoscaler `simulator/drainability/rules`). The rules are asked in
 * upstream's order, and the first that has something to say decides.
 */
import { controllerOf, type KubeObject, parseGroupVersion } from '../../apimachinery/meta';
import type { Instant } from '../clock';
import type { Objects } from '../scheduler/cluster-view';
import type { PodInfo } from '../scheduler/pod-info';
import type { Budgets } from './budgets';
import type { Options } from './options';
import { createdAt, hasEnded, isDaemonPod, isLongTerminating, isMirrorPod } from './pods';

/** BlockingPodReason */
export type BlockingReason =
  | 'ControllerNotFound'
  | 'MinReplicasReached'
  | 'NotReplicated'
  | 'LocalStorageRequested'
  | 'NotSafeToEvictAnnotation'
  | 'UnmovableKubeSystemPod'
  | 'NotEnoughPdb';

export type Verdict =
  | { outcome: 'drain' | 'skip' | 'wait' }
  | { outcome: 'block'; reason: BlockingReason; message: string };

export interface DrainContext {
  /** Where owners are looked up; without it they are taken to be there. */
  objects?: Objects;
  budgets: Budgets;
  options: Options;
  now: Instant;
}

export interface PodsToMove {
  pods: PodInfo[];
  daemonPods: PodInfo[];
  /** Pods that nobody evicts: the node goes when they have ended. */
  onCompletion: PodInfo[];
  blocked?: { pod: PodInfo; reason: BlockingReason; message: string };
}

const SAFE_TO_EVICT = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
const SAFE_VOLUMES = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes';
const KUBE_SYSTEM = 'kube-system';
const REPLICATED = ['ReplicationController', 'Job', 'ReplicaSet', 'StatefulSet'];

/** GetPodsToMove */
export function podsToMove(pods: Iterable<PodInfo>, context: DrainContext): PodsToMove {
  const told: PodsToMove = { pods: [], daemonPods: [], onCompletion: [] };
  for (const info of pods) {
    const verdict = judge(info.pod, context);
    if (verdict.outcome === 'block') {
      const { reason, message } = verdict;
      return { ...told, blocked: { pod: info, reason, message } };
    }
    if (verdict.outcome === 'wait') told.onCompletion.push(info);
    else if (verdict.outcome === 'drain') (isDaemonPod(info.pod) ? told.daemonPods : told.pods).push(info);
  }
  return told;
}

/** Has the node nothing that would have to move? `waits`: but something that must end first. Asks no further than it has to. */
export function emptiness(pods: Iterable<PodInfo>, context: DrainContext): { empty: boolean; waits: boolean } {
  let waits = false;
  for (const { pod } of pods) {
    const { outcome } = judge(pod, context);
    if (outcome === 'block' || (outcome === 'drain' && !isDaemonPod(pod))) return { empty: false, waits: false };
    if (outcome === 'wait') waits = true;
  }
  return { empty: true, waits };
}

type Rule = (pod: KubeObject, context: DrainContext) => Verdict | undefined;

const DRAIN: Verdict = { outcome: 'drain' };
const SKIP: Verdict = { outcome: 'skip' };
const WAIT: Verdict = { outcome: 'wait' };
const block = (reason: BlockingReason, message: string): Verdict => ({ outcome: 'block', reason, message });

/** rules.Default */
const RULES: readonly Rule[] = [
  (pod) => (isMirrorPod(pod) ? SKIP : undefined),
  (pod, { now }) => (isLongTerminating(pod, now) ? SKIP : undefined),
  replicaCount,
  // These end the questions.
  (pod) => (isDaemonPod(pod) ? DRAIN : undefined),
  (pod) => (pod.metadata.annotations?.[SAFE_TO_EVICT] === 'true' ? DRAIN : undefined),
  (pod) => (hasEnded(pod) ? DRAIN : undefined),
  (pod) => (pod.metadata.annotations?.[SAFE_TO_EVICT] === 'on-completion' ? WAIT : undefined),
  // These keep the node.
  replicated,
  systemPod,
  (pod) =>
    pod.metadata.annotations?.[SAFE_TO_EVICT] === 'false'
      ? block('NotSafeToEvictAnnotation', `pod annotated as not safe to evict present: ${pod.metadata.name}`)
      : undefined,
  localStorage,
  (pod, { budgets }) =>
    budgets.matching(pod).some(({ allowed }) => allowed < 1)
      ? block('NotEnoughPdb', `not enough pod disruption budget to move ${pod.metadata.namespace}/${pod.metadata.name}`)
      : undefined,
];

function judge(pod: KubeObject, context: DrainContext): Verdict {
  for (const rule of RULES) {
    const verdict = rule(pod, context);
    if (verdict) return verdict;
  }
  return DRAIN;
}

/** The owner is there, and has enough replicas (rules/replicacount). */
function replicaCount(pod: KubeObject, { objects, options }: DrainContext): Verdict | undefined {
  if (!objects || !options.is('skip-nodes-with-custom-controller-pods')) return undefined;
  const owner = controllerOf(pod);
  if (!owner) return undefined;
  // One that is a DaemonSet's by its annotation only: nobody asks who made it.
  if (isDaemonPod(pod) && owner.kind !== 'DaemonSet' && owner.kind !== 'ReplicationController') return undefined;
  const { namespace = '', name = '' } = pod.metadata;
  const { group } = parseGroupVersion(owner.apiVersion);
  const find = (resource: string) => objects.get(resource, namespace, owner.name);
  const least = options.number('min-replica-count');
  const which = `${namespace}/${name}`;
  const gone = (what: string, resource: string, ending = 'is not available, err:') =>
    block('ControllerNotFound', `${what} for ${which} ${ending} ${resource} "${owner.name}" not found`);
  const tooFew = (found: KubeObject) => {
    const { replicas } = found['spec'] ?? {};
    if (replicas === undefined || replicas >= least) return undefined;
    const text = `replication controller for ${which} has too few replicas spec: ${replicas} min: ${least}`;
    return block('MinReplicasReached', text);
  };
  switch (owner.kind) {
    case 'ReplicationController': {
      const found = find('replicationcontrollers');
      return found ? tooFew(found) : gone('replication controller', 'replicationcontroller');
    }
    case 'ReplicaSet': {
      const found = find('replicasets.apps');
      return found ? tooFew(found) : gone('replication controller', 'replicaset.apps');
    }
    case 'DaemonSet':
      if (group !== 'apps' || find('daemonsets.apps')) return undefined;
      return gone('daemonset', 'daemonset.apps', 'is not present, err:');
    case 'Job':
      return find('jobs.batch') ? undefined : gone('job', 'job.batch', 'is not available: err:');
    case 'StatefulSet':
      if (group !== 'apps' || find('statefulsets.apps')) return undefined;
      return gone('statefulset', 'statefulset.apps', 'is not available: err:');
    default:
      return undefined;
  }
}

function replicated(pod: KubeObject, { options }: DrainContext): Verdict | undefined {
  const owner = controllerOf(pod);
  const known = owner && (!options.is('skip-nodes-with-custom-controller-pods') || REPLICATED.includes(owner.kind));
  if (known) return undefined;
  return block('NotReplicated', `${pod.metadata.namespace}/${pod.metadata.name} is not replicated`);
}

function systemPod(pod: KubeObject, { budgets, options, now }: DrainContext): Verdict | undefined {
  if (!options.is('skip-nodes-with-system-pods') || pod.metadata.namespace !== KUBE_SYSTEM) return undefined;
  if (budgets.matching(pod).length > 0) return undefined;
  if (now > createdAt(pod) + options.duration('blocking-system-pod-distruption-timeout')) return DRAIN;
  const text = `non-daemonset, non-mirrored, non-pdb-assigned kube-system pod present: ${pod.metadata.name}`;
  return block('UnmovableKubeSystemPod', text);
}

interface Volume {
  name: string;
  hostPath?: object;
  emptyDir?: { medium?: string };
}

function localStorage(pod: KubeObject, { options }: DrainContext): Verdict | undefined {
  if (!options.is('skip-nodes-with-local-storage')) return undefined;
  const volumes: Volume[] = pod['spec'].volumes ?? [];
  if (!volumes.some(isLocal)) return undefined;
  const safe = (pod.metadata.annotations?.[SAFE_VOLUMES] ?? '').split(',');
  if (!volumes.some((volume) => isLocal(volume) && !safe.includes(volume.name))) return undefined;
  return block('LocalStorageRequested', `pod with local storage present: ${pod.metadata.name}`);
}

function isLocal({ hostPath, emptyDir }: Volume): boolean {
  return hostPath !== undefined || (emptyDir !== undefined && emptyDir.medium !== 'Memory');
}
