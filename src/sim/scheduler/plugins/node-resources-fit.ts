/** Does the node have room, and how well would the pod sit there (`plugins/noderesources/fit.go`)? */
import type { KubeObject } from '../../../apimachinery/meta';
import { quantityOf, quantityOfMilli, toQuantity } from '../../../apimachinery/quantity';
import { isExtendedResource } from '../../../apiserver/validation/resources';
import type { NodeResourcesFitArgs } from '../configuration/plugin-args';
import { NodeInfo } from '../node-info';
import type { Finding, Plugin, Rejection, Remedy } from '../plugin';
import { PodInfo } from '../pod-info';
import { oncePerShape } from '../pod-shape';
import { amountIn, formatAmount } from '../resource-amount';
import { allocationScorer } from './resource-allocation';

/** What a node lacks of a resource. */
interface Lack {
  resource: string;
  reason: string;
  requested: number;
  used: number;
  capacity: number;
}

const [LACKS_PODS, LACKS_CPU, LACKS_MEMORY, LACKS_STORAGE] = [1, 2, 4, 8];
const TOO_MANY_PODS = 'Too many pods';

export function nodeResourcesFit(args: NodeResourcesFitArgs): Plugin {
  const ignored = new Set(args.ignoredResources);
  const ignoredGroups = new Set(args.ignoredResourceGroups);
  // Only extended resources can be: not huge pages, nor what is Kubernetes' own.
  const isIgnored = (name: string) =>
    (ignored.has(name) || ignoredGroups.has(name.split('/')[0] as string)) && isExtendedResource(name);
  return {
    name: 'NodeResourcesFit',
    events: [
      { resource: 'AssignedPod', actions: ['Delete'] },
      {
        resource: 'AssignedPod',
        actions: ['UpdatePodScaleDown'],
        helps: (pod, { before, after }) => before !== undefined && after !== undefined && gaveSome(pod, before, after),
      },
      {
        resource: 'UnscheduledPod',
        actions: ['UpdatePodScaleDown'],
        helps: ({ uid }, { after }) => after?.metadata.uid === uid,
      },
      {
        resource: 'Node',
        actions: ['Add', 'UpdateNodeAllocatable'],
        helps: ({ requests }, { before, after }) => {
          if (!after) return false;
          const is = new NodeInfo(after);
          return holds(is, requests) && (!before || offersMore(is, new NodeInfo(before), requests));
        },
      },
    ],
    filterFor: oncePerShape((pod) => {
      const { milliCPU, memory, ephemeralStorage, scalar } = pod.requests;
      const scalars = Object.keys(scalar).filter((name) => (scalar[name] as number) > 0 && !isIgnored(name));
      // Who asks for nothing fits on a node that is overfull.
      const leastOf = (amount: number) => (amount > 0 ? amount : Number.NEGATIVE_INFINITY);
      const least = { milliCPU: leastOf(milliCPU), memory: leastOf(memory), storage: leastOf(ephemeralStorage) };
      const known = new Map<string, Rejection>();
      const byLack: (Rejection | undefined)[] = [];
      return {
        filter: (node) => {
          const lacking = lacks(node, pod, scalars);
          return lacking.length === 0 ? undefined : rejectionOf(lacking, known);
        },
        filterAt: (slot, columns) => {
          if (scalars.length > 0) return 'ask';
          // Each bit is something that the node lacks; one that lacks the same as another may still be too small, other than it.
          let lacking = 0;
          if ((columns.freePods[slot] as number) < 1) lacking = LACKS_PODS;
          if (milliCPU > 0 && milliCPU > (columns.freeMilliCPU[slot] as number)) lacking |= LACKS_CPU;
          if (memory > 0 && memory > (columns.freeMemory[slot] as number)) lacking |= LACKS_MEMORY;
          if (ephemeralStorage > 0 && ephemeralStorage > (columns.freeStorage[slot] as number))
            lacking |= LACKS_STORAGE;
          if (lacking === 0) return undefined;
          const never =
            milliCPU > (columns.milliCPU[slot] as number) ||
            memory > (columns.memory[slot] as number) ||
            ephemeralStorage > (columns.storage[slot] as number);
          if (never) return 'ask';
          byLack[lacking] ??= rejectionOf(reasonsOf(lacking), known);
          return byLack[lacking];
        },
        clearUntil: (slots, from, to, { freePods, freeMilliCPU, freeMemory, freeStorage }) => {
          if (scalars.length > 0) return from;
          let until = from;
          for (; until < to; until++) {
            const slot = slots[until] as number;
            if ((freePods[slot] as number) < 1 || (freeMilliCPU[slot] as number) < least.milliCPU) break;
            if ((freeMemory[slot] as number) < least.memory || (freeStorage[slot] as number) < least.storage) break;
          }
          return until;
        },
        explain: (node) => lacks(node, pod, scalars).map(explainLack),
        remedies: (node) => lacks(node, pod, scalars).map((lack) => moreOf(lack, node.name)),
      };
    }),
    scorerFor: oncePerShape(allocationScorer(args.scoringStrategy)),
  };
}

/** What is lacking, in upstream's order (fitsRequest). */
function lacks(node: NodeInfo, { requests }: PodInfo, scalars: readonly string[]): Lack[] {
  const found: Lack[] = [];
  const { allocatable, requested, pods, allowedPods } = node;
  if (pods.size + 1 > allowedPods)
    found.push({ resource: 'pods', reason: TOO_MANY_PODS, requested: 1, used: pods.size, capacity: allowedPods });
  for (const resource of ['cpu', 'memory', 'ephemeral-storage', ...scalars]) {
    const wanted = amountIn(requests, resource);
    const [capacity, used] = [amountIn(allocatable, resource), amountIn(requested, resource)];
    if (wanted > 0 && wanted > capacity - used)
      found.push({ resource, reason: `Insufficient ${resource}`, requested: wanted, used, capacity });
  }
  return found;
}

/** The reasons of some bits, for nodes that would be large enough. */
function reasonsOf(lacking: number): Pick<Lack, 'reason' | 'requested' | 'capacity'>[] {
  const resources = [
    [LACKS_PODS, TOO_MANY_PODS],
    [LACKS_CPU, 'Insufficient cpu'],
    [LACKS_MEMORY, 'Insufficient memory'],
    [LACKS_STORAGE, 'Insufficient ephemeral-storage'],
  ] as const;
  return resources
    .filter(([bit]) => (lacking & bit) !== 0)
    .map(([, reason]) => ({ reason, requested: 0, capacity: 0 }));
}

/** One object for all nodes that lack the same. */
function rejectionOf(
  lacking: readonly Pick<Lack, 'reason' | 'requested' | 'capacity'>[],
  known: Map<string, Rejection>,
): Rejection {
  // Where even the empty node would be too small, evicting pods is of no use.
  const hopeless = lacking.some(({ reason, requested, capacity }) => reason !== TOO_MANY_PODS && requested > capacity);
  const key = `${hopeless} ${lacking.map(({ reason }) => reason).join()}`;
  let one = known.get(key);
  if (!one) {
    one = { reasons: lacking.map(({ reason }) => reason), unresolvable: hopeless };
    known.set(key, one);
  }
  return one;
}

function explainLack({ resource, requested, used, capacity }: Lack): Finding {
  const format = (amount: number) => formatAmount(resource, amount);
  const values = { resource, requested, used, allocatable: capacity, missing: requested + used - capacity };
  if (resource === 'pods') return { text: `${used} of ${capacity} pods are there`, values };
  const free = `${format(capacity - used)} of ${format(capacity)} free`;
  return { text: `${resource}: ${format(requested)} requested, ${free}`, values };
}

function moreOf({ resource, requested, used, capacity }: Lack, name: string): Remedy {
  const missing = requested + used - capacity;
  const text =
    resource === 'pods'
      ? `room for ${missing} more pod${missing === 1 ? '' : 's'} on ${name}`
      : `${formatAmount(resource, missing)} more ${resource === 'cpu' ? 'CPU' : resource} on ${name}`;
  return {
    text,
    // A little more is better than much more.
    size: 1 + missing / (capacity + missing),
    node: (node) => {
      const { allocatable = {}, ...status } = node['status'] ?? {};
      const more = resource === 'cpu' ? quantityOfMilli(missing) : quantityOf(missing);
      const after = toQuantity(allocatable[resource] ?? '0')
        .add(more)
        .toString();
      return { ...node, status: { ...status, allocatable: { ...allocatable, [resource]: after } } };
    },
  };
}

/** Did the pod give back something that this one asks for (isSchedulableAfterPodScaleDown)? */
function gaveSome({ requests }: PodInfo, before: KubeObject, after: KubeObject): boolean {
  const [was, is] = [new PodInfo(before).requests, new PodInfo(after).requests];
  const names = ['cpu', 'memory', 'ephemeral-storage', ...Object.keys(requests.scalar)];
  return names.some((name) => amountIn(requests, name) > 0 && amountIn(was, name) > amountIn(is, name));
}

/** Would an empty node of this size hold the pod? */
function holds({ allocatable, allowedPods }: NodeInfo, requests: PodInfo['requests']): boolean {
  return allowedPods > 0 && asked(requests).every((name) => amountIn(requests, name) <= amountIn(allocatable, name));
}

/** Does a node offer more than it did of something that is asked for? */
function offersMore(after: NodeInfo, before: NodeInfo, requests: PodInfo['requests']): boolean {
  if (after.allowedPods > before.allowedPods) return true;
  return asked(requests).some((name) => amountIn(after.allocatable, name) > amountIn(before.allocatable, name));
}

function asked(requests: PodInfo['requests']): string[] {
  const names = ['cpu', 'memory', 'ephemeral-storage', ...Object.keys(requests.scalar)];
  return names.filter((name) => amountIn(requests, name) > 0);
}
