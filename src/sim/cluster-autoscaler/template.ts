/**
 * A new node of a group, imagined: like one that is there and well, or as the group's template says, with the pods of DaemonSets
 * on it (autoscaler `processors/nodeinfosprovider/mixed_nodeinfos_processor.go`, `simulator/node_info_utils.go`). What a group's
 * nodes were like that are all gone is not remembered: then the template counts.
 */
import type { KubeObject } from '../../apimachinery/meta';
import { controllerOf } from '../../apimachinery/meta';
import type { Instant } from '../clock';
import { daemonTolerations, placementOn } from '../controllers/daemonset/placement';
import { machineNode } from '../node-groups/machine';
import { PodInfo } from '../scheduler/pod-info';
import type { NodeGroup, NodeGroups } from './node-group';
import type { Options } from './options';
import { isDaemonPod, isMirrorPod } from './pods';
import { hasTaint, lastingTaints, readinessOf, TO_BE_DELETED } from './readiness';
import type { Snapshot } from './snapshot';

/** stabilizationDelay: so long a node must have been as it is to be an example. */
const STABLE = 60_000;
const HOSTNAME = 'kubernetes.io/hostname';
const TEMPLATE_LABEL = 'cluster-autoscaler.kubernetes.io/template-node';
/** Labels of old, which the template of a group shows too (UpdateDeprecatedLabels). */
const OLD_LABELS = [
  ['node.kubernetes.io/instance-type', 'beta.kubernetes.io/instance-type'],
  ['topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/region'],
  ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'],
] as const;

export interface Template {
  node: KubeObject;
  pods: readonly PodInfo[];
}

export interface TemplateSources {
  groups: NodeGroups;
  nodes: readonly KubeObject[];
  daemonSets: readonly KubeObject[];
  snapshot: Snapshot;
  options: Options;
  now: Instant;
}

/** By group. */
export function templates(sources: TemplateSources): Map<string, Template> {
  const { groups, nodes, options, now } = sources;
  const examples = new Map<string, KubeObject>();
  for (const node of nodes) {
    const group = groups.of(node);
    if (group && !examples.has(group.name) && isGoodExample(node, options, now)) examples.set(group.name, node);
  }
  return new Map(
    groups.all.map((group) => {
      const example = examples.get(group.name);
      return [group.name, example ? fromNode(example, group, sources) : fromGroup(group, sources)];
    }),
  );
}

function isGoodExample(node: KubeObject, options: Options, now: Instant): boolean {
  const { ready, lastTransition } = readinessOf(node, options);
  const cordoned = node['spec']?.unschedulable === true;
  return ready && lastTransition + STABLE < now && !cordoned && !hasTaint(node, TO_BE_DELETED);
}

function fromGroup({ name, spec }: NodeGroup, { daemonSets, options, now }: TemplateSources): Template {
  const made = machineNode({ group: name, spec, name: `template-node-for-${name}`, address: '0.0.0.0', now });
  const node = sanitised(made, name, options);
  const labels = node.metadata.labels as Record<string, string>;
  for (const [label, old] of OLD_LABELS) if (labels[label] !== undefined) labels[old] = labels[label];
  return { node, pods: daemonPods(node, daemonSets) };
}

function fromNode(example: KubeObject, { name }: NodeGroup, sources: TemplateSources): Template {
  const { snapshot, daemonSets, options } = sources;
  const node = sanitised(example, name, options);
  const running = new Set<string>();
  const pods: PodInfo[] = [];
  for (const { pod } of snapshot.node(example.metadata.name ?? '')?.pods.values() ?? []) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    if (isMirrorPod(pod) || isDaemonPod(pod)) pods.push(podOn(pod, node.metadata.name ?? ''));
    const owner = controllerOf(pod);
    if (owner?.kind === 'DaemonSet') running.add(owner.uid);
  }
  const pending = daemonSets.filter((set) => !running.has(set.metadata.uid ?? ''));
  const forced = pending.filter((set) => options.is('force-ds') || isNodeCritical(set));
  return { node, pods: [...pods, ...daemonPods(node, forced)] };
}

/** isPreemptingSystemNodeCritical */
function isNodeCritical(set: KubeObject): boolean {
  const { priorityClassName, preemptionPolicy = 'PreemptLowerPriority' } = set['spec'].template.spec;
  return priorityClassName === 'system-node-critical' && preemptionPolicy === 'PreemptLowerPriority';
}

function sanitised(node: KubeObject, group: string, options: Options): KubeObject {
  const { unschedulable, taints, ...spec } = node['spec'] ?? {};
  const lasting = lastingTaints(taints ?? [], options);
  const cordoned = unschedulable && !options.is('scale-from-unschedulable');
  const plain = {
    ...node,
    spec: {
      ...spec,
      ...(lasting.length > 0 ? { taints: lasting } : {}),
      ...(cordoned ? { unschedulable } : {}),
    },
  };
  const renamed = named(plain, `template-node-for-${group}`);
  renamed.metadata.labels = { ...renamed.metadata.labels, [TEMPLATE_LABEL]: 'true' };
  return renamed;
}

function named(node: KubeObject, name: string): KubeObject {
  return {
    ...node,
    metadata: {
      ...node.metadata,
      name,
      uid: `node ${name}`,
      labels: { ...node.metadata.labels, [HOSTNAME]: name },
    },
  };
}

function daemonPods(node: KubeObject, sets: readonly KubeObject[]): PodInfo[] {
  const name = node.metadata.name ?? '';
  return sets
    .filter((set) => placementOn(node, set).shouldRun)
    .map((set) => {
      const { template } = set['spec'];
      const { name: owner = '', namespace = '', uid = '' } = set.metadata;
      const pod: KubeObject = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: `${owner}-pod`,
          namespace,
          uid: `pod ${uid}`,
          labels: template.metadata?.labels ?? {},
          annotations: template.metadata?.annotations ?? {},
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: owner, uid, controller: true }],
        },
        spec: { ...template.spec, tolerations: daemonTolerations(template.spec) },
      };
      return podOn(pod, name);
    });
}

function podOn(pod: KubeObject, nodeName: string): PodInfo {
  const uid = `${pod.metadata.uid} on ${nodeName}`;
  return new PodInfo({ ...pod, metadata: { ...pod.metadata, uid }, spec: { ...pod['spec'], nodeName } });
}

/** SanitizedNodeInfo: one more of it, with a name of its own. */
export function instance({ node, pods }: Template, suffix: string): Template {
  const name = `${node.metadata.name}-${suffix}`;
  return { node: named(node, name), pods: pods.map(({ pod }) => podOn(pod, name)) };
}
