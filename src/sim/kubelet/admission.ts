/**
 * Whether a kubelet takes a pod (kubernetes `pkg/kubelet/lifecycle/predicate.go`, `pkg/kubelet/sysctl/allowlist.go`, and the
 * eviction manager's Admit). What the scheduler has just looked after is not looked after again.
 */
import type { KubeObject } from '../../apimachinery/meta';
import { amountsOf, podRequests, type ResourceAmounts } from '../../apimachinery/pod-requests';
import type { IndexedCache } from '../controller';
import { isPodTerminal, podCondition } from '../controllers/pod-state';
import { keyOf } from '../resource-names';
import { hostPortsOf, portsConflict } from '../scheduler/host-ports';
import type { Taint } from '../scheduler/node-info';
import { requiredNodes } from '../scheduler/node-selector';
import { isTolerated } from '../scheduler/tolerations';
import { isCritical } from './eviction/ranking';
import { judgedTogether } from './judged';
import { factsOfNode } from './node-state';
import { podsToPreempt, type Requirement } from './preempting';
import { sysctlComplaint } from './sysctls';

export interface Rejection {
  reason: string;
  message: string;
}

export function rejectionOf(pod: KubeObject, node: KubeObject, cache: IndexedCache): Rejection | undefined {
  return (
    pressureRejection(pod, node) ??
    sysctlRejection(pod) ??
    systemRejection(pod) ??
    taintRejection(pod, node) ??
    (wasScheduled(pod) ? undefined : roomRejection(pod, node, cache))
  );
}

function wasScheduled(pod: KubeObject): boolean {
  return podCondition(pod, 'PodScheduled')?.status === 'True';
}

/** Under pressure of memory only those that asked for some are let in; under any other, nobody. */
function pressureRejection(pod: KubeObject, node: KubeObject): Rejection | undefined {
  const { pressures } = factsOfNode(node);
  if (pressures.length === 0 || isCritical(pod)) return undefined;
  if (pressures.length === 1 && pressures[0] === 'MemoryPressure') {
    if (pod['status']?.qosClass !== 'BestEffort' || toleratesMemoryPressure(pod)) return undefined;
  }
  return { reason: 'Evicted', message: `The node had condition: [${pressures.join(' ')}]. ` };
}

function toleratesMemoryPressure(pod: KubeObject): boolean {
  const tolerations: { key?: string; operator?: string; effect?: string }[] = pod['spec'].tolerations ?? [];
  return tolerations.some(
    ({ key, operator, effect }) =>
      (!effect || effect === 'NoSchedule') &&
      ((!key && operator === 'Exists') || key === 'node.kubernetes.io/memory-pressure'),
  );
}

function sysctlRejection({ spec }: KubeObject): Rejection | undefined {
  const complaint = spec.securityContext?.sysctls && sysctlComplaint(spec.securityContext.sysctls);
  return complaint === undefined ? undefined : { reason: 'SysctlForbidden', message: `forbidden sysctl: ${complaint}` };
}

const OS = 'linux';
const OS_LABEL = 'kubernetes.io/os';

/** All nodes run Linux. The label that is looked at is the pod's own. */
function systemRejection({ metadata, spec }: KubeObject): Rejection | undefined {
  const label = metadata.labels?.[OS_LABEL];
  if (label !== undefined && label !== OS)
    return {
      reason: 'PodOSSelectorNodeLabelDoesNotMatch',
      message: `Failed to admit pod as the \`${OS_LABEL}\` label doesn't match node label`,
    };
  if (spec.os && spec.os.name !== OS)
    return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" };
  return undefined;
}

/** Is there room, and is it the right node? Of those that come at once the older are served first (HandlePodAdditions). */
function roomRejection(pod: KubeObject, node: KubeObject, cache: IndexedCache): Rejection | undefined {
  return newcomersOf(node, cache).rejections.get(pod.metadata.uid ?? '');
}

/** Those that have to go before a pod that was taken all the same can begin. */
export function victimsOf(pod: KubeObject, node: KubeObject, cache: IndexedCache): readonly KubeObject[] {
  return wasScheduled(pod) ? [] : (newcomersOf(node, cache).victims.get(pod.metadata.uid ?? '') ?? []);
}

const newcomersOf = judgedTogether(judgeNewcomers);

function judgeNewcomers(pods: readonly KubeObject[], node: KubeObject) {
  const rejections = new Map<string, Rejection>();
  const victims = new Map<string, readonly KubeObject[]>();
  let taken: KubeObject[] = [];
  const coming: KubeObject[] = [];
  for (const pod of pods)
    if (!isPodTerminal(pod)) (pod['status']?.startTime || wasScheduled(pod) ? taken : coming).push(pod);
  for (const pod of coming.sort(byAge)) {
    const isOut =
      pressureRejection(pod, node) ?? sysctlRejection(pod) ?? systemRejection(pod) ?? taintRejection(pod, node);
    if (isOut) continue;
    const { uid = '' } = pod.metadata;
    const lacks = lacksOf(pod, node, taken);
    const place = placeRejection(pod, node, taken);
    const rejection = isCritical(pod) ? place : (lacks[0]?.rejection ?? place);
    if (rejection) {
      rejections.set(uid, rejection);
      continue;
    }
    const going = lacks.length === 0 ? [] : podsToPreempt(pod, taken, lacks);
    if (typeof going === 'string') {
      const message = `Unexpected error while attempting to recover from admission failure: ${going}`;
      rejections.set(uid, { reason: 'UnexpectedAdmissionError', message });
      continue;
    }
    if (going.length > 0) victims.set(uid, going);
    taken = [...taken.filter((other) => !going.includes(other)), pod];
  }
  return { rejections, victims };
}

function byAge(a: KubeObject, b: KubeObject): number {
  const [createdA, createdB] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (createdA !== createdB) return createdA < createdB ? -1 : 1;
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

interface Lack extends Requirement {
  rejection: Rejection;
}

/** What the node lacks for the pod. */
function lacksOf(pod: KubeObject, node: KubeObject, others: readonly KubeObject[]): Lack[] {
  const allocatable: Record<string, string> | undefined = node['status']?.allocatable;
  if (!allocatable) return [];
  const capacity = amountsOf(allocatable);
  const pods = capacity.scalar['pods'];
  const lacks: Lack[] = [];
  if (pods !== undefined && others.length + 1 > pods) lacks.push(outOf('pods', 1, others.length, pods));
  const wanted = podRequests(pod['spec']);
  const used = others.map((other) => podRequests(other['spec']));
  for (const [name, amount] of [...RESOURCES, ...scalarsOf(wanted, capacity)]) {
    const requested = amount(wanted);
    const taken = used.reduce((sum, other) => sum + amount(other), 0);
    if (requested > 0 && requested + taken > amount(capacity))
      lacks.push(outOf(name, requested, taken, amount(capacity)));
  }
  return lacks;
}

type Named = readonly [string, (amounts: ResourceAmounts) => number];

const RESOURCES: readonly Named[] = [
  ['cpu', ({ milliCPU }) => milliCPU],
  ['memory', ({ memory }) => memory],
  ['ephemeral-storage', ({ ephemeralStorage }) => ephemeralStorage],
];

/** What else it asks for. A resource that the node does not know at all is not the node's (removeMissingExtendedResources). */
function scalarsOf(wanted: ResourceAmounts, capacity: ResourceAmounts): Named[] {
  return Object.keys(wanted.scalar)
    .filter((name) => Object.hasOwn(capacity.scalar, name) || name.startsWith('hugepages-'))
    .sort()
    .map((name) => [name, ({ scalar }) => scalar[name] ?? 0]);
}

function outOf(resource: string, requested: number, used: number, capacity: number): Lack {
  const amounts = `requested: ${requested}, used: ${used}, capacity: ${capacity}`;
  const message = `Node didn't have enough resource: ${resource}, ${amounts}`;
  return { resource, quantity: requested - (capacity - used), rejection: { reason: `OutOf${resource}`, message } };
}

/** Are the node's labels those that it asks for, and are the ports free (scheduler.AdmissionCheck)? */
function placeRejection(pod: KubeObject, node: KubeObject, others: readonly KubeObject[]): Rejection | undefined {
  const { name = '', labels = {} } = node.metadata;
  if (requiredNodes(pod['spec'])?.({ name, labels }) === false)
    return failed('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
  const wanted = hostPortsOf(pod['spec']);
  if (wanted.length === 0) return undefined;
  const taken = others.flatMap((other) => hostPortsOf(other['spec']));
  if (wanted.some((port) => taken.some((other) => portsConflict(port, other))))
    return failed('NodePorts', "node(s) didn't have free ports for the requested pod ports");
  return undefined;
}

function taintRejection(pod: KubeObject, node: KubeObject): Rejection | undefined {
  const taints: Taint[] | undefined = node['spec']?.taints;
  if (!taints || isStatic(pod)) return undefined;
  const bars = taints.some(
    (taint) => taint.effect === 'NoExecute' && !isTolerated(taint, pod['spec'].tolerations ?? []),
  );
  return bars ? failed('TaintToleration', "node(s) had taints that the pod didn't tolerate") : undefined;
}

/** kubetypes.IsStaticPod: the API server only shows it. */
function isStatic({ metadata }: KubeObject): boolean {
  const source = metadata.annotations?.['kubernetes.io/config.source'];
  return source !== undefined && source !== 'api';
}

function failed(predicate: string, why: string): Rejection {
  return { reason: predicate, message: `Predicate ${predicate} failed: ${why}` };
}
