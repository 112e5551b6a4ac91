/** Deletes pods from nodes with NoExecute taints that they do not tolerate, or not any longer (kubernetes `pkg/controller/tainteviction`). */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { formatTime, parseTime } from '../../../apimachinery/time';
import type { Toleration } from '../../../apimachinery/toleration';
import type { Instant } from '../../clock';
import type { Context, Controller, IndexedCache } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { tolerates } from '../../scheduler/tolerations';
import { podCondition } from '../pod-state';

const PODS = { group: '', version: 'v1', resource: 'pods' };

interface NodeTaint {
  key: string;
  value?: string;
  effect: string;
  timeAdded?: string;
}

const controller: Controller = {
  name: 'taint-eviction-controller',
  user: 'system:serviceaccount:kube-system:node-controller',
  fieldManager: 'kube-controller-manager',
  watches: [
    { resource: 'nodes', keys: podsOfTainted },
    { resource: 'pods', when: (cache) => cache.any('nodes', 'no-execute'), keys: onTainted },
  ],
  reconcile(key, context) {
    const { namespace, name } = splitKey(key);
    const pod = context.cache.get('pods', namespace, name);
    if (!pod || pod.metadata.deletionTimestamp !== undefined) return undefined;
    const node = context.cache.get('nodes', '', pod['spec'].nodeName ?? '');
    const due = node && evictionTime(pod, node, context.clock.now());
    if (due === undefined) return undefined;
    const left = due - context.clock.now();
    return left > 0 ? { requeueAfter: left } : evict(pod, context);
  },
};
export default controller;

const NOBODY: readonly string[] = [];

function podsOfTainted(node: KubeObject, cache: IndexedCache, previous?: KubeObject): readonly string[] {
  const taints = node['spec']?.taints;
  if (noExecute(node).length === 0 || (previous && previous !== node && previous['spec']?.taints === taints))
    return NOBODY;
  return cache.index('pods', 'node', node.metadata.name ?? '').map(keyOf);
}

function onTainted(pod: KubeObject, cache: IndexedCache): readonly string[] {
  const { nodeName } = pod['spec'];
  const node = nodeName && cache.get('nodes', '', nodeName);
  return node && noExecute(node).length > 0 ? [keyOf(pod)] : NOBODY;
}

const NO_TAINTS: readonly NodeTaint[] = [];

function noExecute(node: KubeObject): readonly NodeTaint[] {
  const taints: NodeTaint[] | undefined = node['spec']?.taints;
  let found: NodeTaint[] | undefined;
  for (const taint of taints ?? [])
    if (taint.effect === 'NoExecute') {
      found ??= [];
      found.push(taint);
    }
  return found ?? NO_TAINTS;
}

/** When the pod has to go; undefined if it may stay for ever (processPodOnNode). */
function evictionTime(pod: KubeObject, node: KubeObject, now: Instant): Instant | undefined {
  const tolerations: Toleration[] = pod['spec'].tolerations ?? [];
  const placed = parseTime(podCondition(pod, 'PodScheduled')?.lastTransitionTime ?? '') ?? 0;
  let due: Instant | undefined;
  let begin = placed;
  let shortest = Number.POSITIVE_INFINITY;
  for (const taint of noExecute(node)) {
    const matching = tolerations.filter((toleration) => tolerates(toleration, taint));
    if (matching.length === 0) return now;
    begin = Math.max(begin, addedAt(taint, node));
    for (const { tolerationSeconds } of matching)
      if (tolerationSeconds !== undefined) shortest = Math.min(shortest, Math.max(0, tolerationSeconds));
  }
  if (shortest < Number.POSITIVE_INFINITY) due = begin + shortest * 1000;
  return due;
}

/** Taints put on by hand have no time; whoever last wrote the taints did so then. */
function addedAt(taint: NodeTaint, node: KubeObject): Instant {
  const told = parseTime(taint.timeAdded ?? '');
  if (told !== undefined) return told;
  let last = 0;
  for (const { fieldsV1, time } of node.metadata.managedFields ?? []) {
    const spec = (fieldsV1 as Record<string, Record<string, unknown>> | undefined)?.['f:spec'];
    if (spec?.['f:taints']) last = Math.max(last, parseTime(time ?? '') ?? 0);
  }
  return last;
}

/** addConditionAndDeletePod */
async function evict(pod: KubeObject, { client, clock, events }: Context): Promise<undefined> {
  const { namespace = '', name = '', uid = '', generation } = pod.metadata;
  // By its name alone: emitPodDeletionEvent knows no uid, so that nobody finds it who asks for that.
  const named = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace } };
  events.event(named, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${namespace}/${name}`);
  const condition = {
    type: 'DisruptionTarget',
    ...(generation ? { observedGeneration: generation } : {}),
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: formatTime(clock.now()),
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
  };
  try {
    const patch = { metadata: { uid }, status: { conditions: [condition] } };
    await client.patch(PODS, namespace, name, 'strategic', patch, undefined, 'status');
    await client.delete(PODS, namespace, name, { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid } });
  } catch (error) {
    if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
  }
}
