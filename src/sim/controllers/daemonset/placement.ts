/** On which nodes the pods of a DaemonSet belong (kubernetes `pkg/controller/daemon/daemon_controller.go`, `util/daemonset_util.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import type { Toleration } from '../../../apimachinery/toleration';
import type { Taint } from '../../scheduler/node-info';
import { requiredNodes } from '../../scheduler/node-selector';
import { isTolerated } from '../../scheduler/tolerations';

export interface Placement {
  /** It belongs there: if there is no pod, one is made. */
  shouldRun: boolean;
  /** A pod that is there may stay. */
  shouldContinue: boolean;
}

const NOWHERE: Placement = { shouldRun: false, shouldContinue: false };

/** Node → set and its generation → where it stands: neither changes while its object does not. */
const known = new WeakMap<KubeObject, Map<string, Placement>>();

export function placementOn(node: KubeObject, set: KubeObject): Placement {
  const key = `${set.metadata.uid} ${set.metadata.generation}`;
  let placements = known.get(node);
  if (!placements) {
    placements = new Map();
    known.set(node, placements);
  }
  let placement = placements.get(key);
  if (!placement) {
    placement = judge(node, set);
    placements.set(key, placement);
  }
  return placement;
}

/** NodeShouldRunDaemonPod */
function judge(node: KubeObject, set: KubeObject): Placement {
  const spec = set['spec'].template.spec;
  if (spec.nodeName && spec.nodeName !== node.metadata.name) return NOWHERE;
  const { name = '', labels = {} } = node.metadata;
  if (requiredNodes(spec)?.({ name, labels }) === false) return NOWHERE;
  const tolerations = daemonTolerations(spec);
  const barred = ((node['spec']?.taints ?? []) as Taint[]).filter((taint) => !isTolerated(taint, tolerations));
  if (barred.some(({ effect }) => effect === 'NoExecute')) return NOWHERE;
  if (barred.some(({ effect }) => effect === 'NoSchedule')) return { shouldRun: false, shouldContinue: true };
  return { shouldRun: true, shouldContinue: true };
}

/** Key → effect of the taints that the pods of every DaemonSet put up with. */
const TOLERATED: readonly (readonly [string, string])[] = [
  ['node.kubernetes.io/not-ready', 'NoExecute'],
  ['node.kubernetes.io/unreachable', 'NoExecute'],
  ['node.kubernetes.io/disk-pressure', 'NoSchedule'],
  ['node.kubernetes.io/memory-pressure', 'NoSchedule'],
  ['node.kubernetes.io/pid-pressure', 'NoSchedule'],
  ['node.kubernetes.io/unschedulable', 'NoSchedule'],
];
const TOLERATED_WITH_HOST_NETWORK = ['node.kubernetes.io/network-unavailable', 'NoSchedule'] as const;

interface DaemonPodSpec {
  tolerations?: Toleration[];
  hostNetwork?: boolean;
}

/** The tolerations of a daemon pod: its own and those of all (AddOrUpdateDaemonPodTolerations). */
export function daemonTolerations({ tolerations = [], hostNetwork }: DaemonPodSpec): Toleration[] {
  const all: Toleration[] = [...tolerations];
  for (const [key, effect] of hostNetwork ? [...TOLERATED, TOLERATED_WITH_HOST_NETWORK] : TOLERATED) {
    const toleration = { key, operator: 'Exists', effect };
    // One that matches the same taints is put in its place (AddOrUpdateTolerationInPodSpec, MatchToleration).
    const at = all.findIndex(
      (one) => one.key === key && one.effect === effect && one.operator === 'Exists' && !one.value,
    );
    if (at < 0) all.push(toleration);
    else all[at] = toleration;
  }
  return all;
}

/** The template of the pod for a node: bound to it by its affinity, and bearing the revision (CreatePodTemplate, ReplaceDaemonSetPodNodeNameNodeAffinity). */
export function daemonTemplate(set: KubeObject, nodeName: string, hash: string): KubeObject {
  const { template } = set['spec'];
  const generation = templateGeneration(set);
  const { affinity } = template.spec;
  const required = {
    ...affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution,
    nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] }],
  };
  return {
    ...template,
    metadata: {
      ...template.metadata,
      labels: {
        ...template.metadata?.labels,
        ...(generation !== undefined ? { [GENERATION_LABEL]: generation } : {}),
        [HASH_LABEL]: hash,
      },
    },
    spec: {
      ...template.spec,
      affinity: {
        ...affinity,
        nodeAffinity: { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required },
      },
      tolerations: daemonTolerations(template.spec),
    },
  };
}

export const HASH_LABEL = 'controller-revision-hash';
const GENERATION_LABEL = 'pod-template-generation';
const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation';

function templateGeneration(set: KubeObject): string | undefined {
  const text = set.metadata.annotations?.[GENERATION_ANNOTATION];
  return text !== undefined && /^[+-]?\d+$/.test(text) ? String(Number(text)) : undefined;
}

/** Is the pod of the present template, by its hash or by its generation? */
export function isUpdated(pod: KubeObject, set: KubeObject, hash: string): boolean {
  const labels = pod.metadata.labels ?? {};
  const generation = templateGeneration(set);
  return labels[HASH_LABEL] === hash || (generation !== undefined && labels[GENERATION_LABEL] === generation);
}

/** The node that a daemon pod is on, or is meant for; undefined for one that names none (GetTargetNodeName). */
export function targetNode(pod: KubeObject): string | undefined {
  const { nodeName, affinity } = pod['spec'];
  if (nodeName) return nodeName;
  const terms: { matchFields?: { key: string; operator: string; values?: string[] }[] }[] =
    affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const field = terms
    .flatMap(({ matchFields = [] }) => matchFields)
    .find(({ key, operator }) => key === 'metadata.name' && operator === 'In');
  return field?.values?.length === 1 ? field.values[0] : undefined;
}
