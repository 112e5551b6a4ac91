/** Workloads with their pods and, of deployments, their replica sets. */
import { compareStrings } from '../../apimachinery/json-text';
import { type LabelSelectorObject, selectorFromLabels, selectorOf } from '../../apimachinery/labels';
import { controllerOf, type KubeObject } from '../../apimachinery/meta';
import { countPods, type PodCounts, type WorkloadRelated } from '../../printers/describe/workload';
import { messageOf } from '../errors';
import { sameTemplate } from '../rollout/revisions';
import { CORE, type Target } from './target';

const REPLICA_SETS = { group: 'apps', version: 'v1', resource: 'replicasets' };

export async function describeDeploymentTarget(target: Target): Promise<string> {
  const { describeDeployment } = await import('../../printers/describe/deployment');
  const deployment = await target.get('v1');
  const replicaSets = await replicaSetsOf(target, deployment).catch(() => []);
  const newReplicaSet = replicaSets.find((each) => sameTemplate(each['spec'].template, deployment['spec'].template));
  const oldReplicaSets = replicaSets.filter((each) => each !== newReplicaSet);
  return describeDeployment(deployment, { ...(await target.related(deployment)), oldReplicaSets, newReplicaSet });
}

/** Those that it owns, the oldest first. */
async function replicaSetsOf(target: Target, deployment: KubeObject): Promise<KubeObject[]> {
  const labelSelector = selectorOf(deployment['spec'].selector).toString();
  const all = await target.list(REPLICA_SETS, target.namespace, { labelSelector });
  const owned = all.filter((each) => controllerOf(each)?.uid === deployment.metadata.uid);
  const key = ({ metadata }: KubeObject) => `${metadata.creationTimestamp ?? ''} ${metadata.name}`;
  return owned.sort((a, b) => compareStrings(key(a), key(b)));
}

export async function describeReplicaSetTarget(target: Target): Promise<string> {
  const { describeReplicaSet } = await import('../../printers/describe/replica-set');
  const replicaSet = await target.get('v1');
  const pods = await podsOf(target, replicaSet).catch((error: unknown) => ({ error: messageOf(error) }));
  return describeReplicaSet(replicaSet, { ...(await target.related(replicaSet)), pods });
}

export function describeStatefulSetTarget(target: Target): Promise<string> {
  return describeWorkload(
    target,
    async () => (await import('../../printers/describe/stateful-set')).describeStatefulSet,
  );
}

export function describeDaemonSetTarget(target: Target): Promise<string> {
  return describeWorkload(target, async () => (await import('../../printers/describe/daemon-set')).describeDaemonSet);
}

export async function describeReplicationControllerTarget(target: Target): Promise<string> {
  return describeWorkload(
    target,
    async () => (await import('../../printers/describe/replica-set')).describeReplicationController,
  );
}

async function describeWorkload(
  target: Target,
  load: () => Promise<(object: KubeObject, related: WorkloadRelated) => string>,
): Promise<string> {
  const workload = await target.get('v1');
  const pods = await podsOf(target, workload);
  return (await load())(workload, { ...(await target.related(workload)), pods });
}

/** How many pods the workload has in each phase. A ReplicationController's selector is one of labels alone. */
async function podsOf(target: Target, { kind, metadata, spec }: KubeObject): Promise<PodCounts> {
  const selector =
    kind === 'ReplicationController'
      ? selectorFromLabels(spec.selector)
      : selectorOf(spec.selector as LabelSelectorObject | undefined);
  const pods = await target.list(CORE('pods'), target.namespace, { labelSelector: selector.toString() });
  return countPods(pods, metadata.uid);
}

/** In autoscaling/v2, or in v1 where the server has no other. */
export async function describeAutoscalerTarget(target: Target): Promise<string> {
  const autoscalers = await import('../../printers/describe/horizontal-pod-autoscaler');
  let autoscaler: KubeObject;
  try {
    autoscaler = await target.get('v2');
  } catch {
    autoscaler = await target.get('v1');
    return autoscalers.describeHorizontalPodAutoscalerV1(autoscaler, await target.related(autoscaler));
  }
  return autoscalers.describeHorizontalPodAutoscaler(autoscaler, await target.related(autoscaler));
}
