/** Whose room a critical pod gets that its node has none for (kubernetes `pkg/kubelet/preemption/preemption.go`). */
import type { KubeObject } from '../../apimachinery/meta';
import { podRequests } from '../../apimachinery/pod-requests';
import { amountIn } from '../scheduler/resource-amount';
import { isCritical, priorityOf } from './eviction/ranking';

/** What is lacking of a resource. */
export interface Requirement {
  resource: string;
  quantity: number;
}

/** The least preferable first: those of a class go only as far as the classes before do not do. */
const CLASSES = ['BestEffort', 'Burstable', 'Guaranteed'];

/** The pods that have to go, or what is lacking even then, as upstream words it (getPodsToPreempt). */
export function podsToPreempt(
  pod: KubeObject,
  pods: readonly KubeObject[],
  lacking: readonly Requirement[],
): readonly KubeObject[] | string {
  const weaker = pods.filter((other) => isPreemptable(pod, other));
  const [bestEffort = [], burstable = [], guaranteed = []] = CLASSES.map((name) =>
    weaker.filter((other) => other['status']?.qosClass === name),
  );
  const left = subtract(lacking, [...bestEffort, ...burstable, ...guaranteed]);
  if (left.length > 0)
    return `preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: ${format(left)}`;
  const first = nearest(guaranteed, subtract(lacking, [...bestEffort, ...burstable]));
  const second = nearest(burstable, subtract(lacking, [...bestEffort, ...first]));
  const third = nearest(bestEffort, subtract(lacking, [...second, ...first]));
  return [...third, ...second, ...first];
}

/** kubetypes.Preemptable */
function isPreemptable(pod: KubeObject, other: KubeObject): boolean {
  return (isCritical(pod) && !isCritical(other)) || priorityOf(pod) > priorityOf(other);
}

/** One after the other the pod that leaves least to be wished for; of equals the smaller (getPodsToPreemptByDistance). */
function nearest(pods: readonly KubeObject[], lacking: readonly Requirement[]): KubeObject[] {
  const found: KubeObject[] = [];
  const left = [...pods];
  let rest = lacking;
  while (rest.length > 0 && left.length > 0) {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    left.forEach((pod, i) => {
      const far = distance(rest, pod);
      if (far > least || (far === least && !isSmaller(pod, left[best] as KubeObject))) return;
      least = far;
      best = i;
    });
    const pod = left[best] as KubeObject;
    // The last takes its place: that decides among equals.
    const last = left.pop() as KubeObject;
    if (last !== pod) left[best] = last;
    rest = subtract(rest, [pod]);
    found.push(pod);
  }
  return found;
}

function distance(lacking: readonly Requirement[], pod: KubeObject): number {
  let sum = 0;
  for (const { resource, quantity } of lacking) {
    const left = quantity - requestOf(pod, resource);
    if (left > 0) sum += (left / quantity) ** 2;
  }
  return sum;
}

function subtract(lacking: readonly Requirement[], pods: readonly KubeObject[]): Requirement[] {
  return lacking.flatMap(({ resource, quantity }) => {
    const left = pods.reduce((sum, pod) => sum - requestOf(pod, resource), quantity);
    return left > 0 ? [{ resource, quantity: left }] : [];
  });
}

/** By memory, then by cpu (smallerResourceRequest). */
function isSmaller(a: KubeObject, b: KubeObject): boolean {
  for (const resource of ['memory', 'cpu']) {
    const [ofA, ofB] = [requestOf(a, resource), requestOf(b, resource)];
    if (ofA !== ofB) return ofA < ofB;
  }
  return true;
}

function requestOf(pod: KubeObject, resource: string): number {
  return resource === 'pods' ? 1 : amountIn(podRequests(pod['spec']), resource);
}

function format(lacking: readonly Requirement[]): string {
  return `[${lacking.map(({ resource, quantity }) => `(res: ${resource}, q: ${quantity}), `).join('')}]`;
}
