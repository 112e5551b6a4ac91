/** Groups that are alike, and how new nodes are shared among them (autoscaler `processors/nodegroupset`). */
import type { Json } from '../../apimachinery/json';
import { NODE_GROUP_LABEL } from '../../apimachinery/node-groups';
import { amountsOf } from '../../apimachinery/pod-requests';
import { milliValue } from '../../apimachinery/quantity';
import type { ToldResize } from './decision';
import type { NodeGroup } from './node-group';
import type { Options } from './options';
import type { Template } from './template';

/** BasicIgnoredLabels, and the label that has a group's name. */
const IGNORED_LABELS = [
  'kubernetes.io/hostname',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'beta.kubernetes.io/fluentd-ds-ready',
  'kops.k8s.io/instancegroup',
  NODE_GROUP_LABEL,
];

/** Are these of one kind? */
export function areSimilar(a: Template, b: Template, options: Options): boolean {
  const [labelsA, labelsB] = [a.node.metadata.labels ?? {}, b.node.metadata.labels ?? {}];
  const decisive = options.list('balancing-label');
  if (decisive.length > 0)
    return decisive.every((label) => labelsA[label] !== undefined && labelsA[label] === labelsB[label]);
  const [statusA, statusB] = [a.node['status'] ?? {}, b.node['status'] ?? {}];
  const ratio = (name: 'max-allocatable-difference-ratio' | 'max-free-difference-ratio') => options.number(name);
  return (
    sameCapacity(statusA.capacity ?? {}, statusB.capacity ?? {}, options.number('memory-difference-ratio')) &&
    allWithin(milli(statusA.allocatable), milli(statusB.allocatable), ratio('max-allocatable-difference-ratio')) &&
    allWithin(freeOn(a), freeOn(b), ratio('max-free-difference-ratio')) &&
    sameLabels(labelsA, labelsB, [...IGNORED_LABELS, ...options.list('balancing-ignore-label')])
  );
}

type Quantities = Record<string, Json>;
type Amounts = Record<string, number>;

function sameCapacity(a: Quantities, b: Quantities, memoryRatio: number): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const name of names) {
    if (a[name] === undefined || b[name] === undefined) return false;
    const [left, right] = [milliValue(a[name]), milliValue(b[name])];
    if (name === 'memory' ? !within(left, right, memoryRatio) : left !== right) return false;
  }
  return true;
}

function allWithin(a: Amounts, b: Amounts, ratio: number): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const name of names) {
    const [left, right] = [a[name], b[name]];
    if (left === undefined || right === undefined || !within(left, right, ratio)) return false;
  }
  return true;
}

/** resourceListWithinTolerance */
function within(a: number, b: number, ratio: number): boolean {
  const larger = Math.max(a, b);
  return larger - Math.min(a, b) <= larger * ratio;
}

function milli(list: Quantities = {}): Amounts {
  return Object.fromEntries(Object.entries(list).map(([name, value]) => [name, milliValue(value)]));
}

/** What is left of a new node beside the pods of DaemonSets. */
function freeOn({ node, pods }: Template): Amounts {
  const { milliCPU, memory, ephemeralStorage, scalar } = amountsOf(node['status']?.allocatable ?? {});
  const free: Amounts = { cpu: milliCPU, memory, 'ephemeral-storage': ephemeralStorage, ...scalar };
  for (const { requests } of pods) {
    free['cpu'] = (free['cpu'] ?? 0) - requests.milliCPU;
    free['memory'] = (free['memory'] ?? 0) - requests.memory;
    free['ephemeral-storage'] = (free['ephemeral-storage'] ?? 0) - requests.ephemeralStorage;
  }
  return free;
}

function sameLabels(a: Record<string, string>, b: Record<string, string>, ignored: readonly string[]): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const name of names) if (!ignored.includes(name) && a[name] !== b[name]) return false;
  return true;
}

/** New nodes go to the smallest groups first, none beyond its most (BalanceScaleUpBetweenGroups). */
export function balance(groups: readonly NodeGroup[], newNodes: number): ToldResize[] {
  const resizes = groups
    .filter(({ targetSize, maxSize }) => targetSize !== maxSize)
    .map(({ name, targetSize, maxSize }) => ({ group: name, from: targetSize, to: targetSize, max: maxSize }))
    .sort((a, b) => a.from - b.from);
  const room = resizes.reduce((sum, { from, max }) => sum + Math.max(0, max - from), 0);
  for (let left = Math.min(newNodes, room); left > 0; left--) {
    let smallest: ToldResize | undefined;
    for (const one of resizes) if (one.to < one.max && (!smallest || one.to < smallest.to)) smallest = one;
    if (smallest) smallest.to++;
  }
  return resizes.filter(({ from, to }) => from !== to);
}
