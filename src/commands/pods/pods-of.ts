/** The pods that stand behind an object (kubectl pkg/polymorphichelpers/helpers.go, attachablepodforobject.go). */
import { SelectorError, selectorFromLabels, selectorOf } from '../../apimachinery/labels';
import { gvkOf, type KubeObject } from '../../apimachinery/meta';
import { CommandError, type Invocation } from '../command';
import { byActivity } from './ranking';

export const PODS = { group: '', version: 'v1', resource: 'pods' };

const MATCHED_BY_LABELS: ReadonlySet<string> = new Set([
  'apps/ReplicaSet',
  'apps/StatefulSet',
  'apps/DaemonSet',
  'apps/Deployment',
  'batch/Job',
]);

/** The selector of its pods, as text (SelectorsForObject). `doing` begins the complaint: `cannot get the logs from`. */
export function podSelectorOf(object: KubeObject, doing: string): string {
  const { group, kind } = gvkOf(object);
  const type = goType(object);
  const selector = object['spec']?.selector;
  if (kind === 'Service' && group === '') {
    if (!selector || Object.keys(selector).length === 0) {
      const why = `invalid service '${object.metadata.name}': Service is defined without a selector`;
      throw new CommandError(`${doing} ${type}: ${why}`);
    }
    return selectorFromLabels(selector).toString();
  }
  if (kind === 'ReplicationController' && group === '') return selectorFromLabels(selector).toString();
  if (!MATCHED_BY_LABELS.has(`${group}/${kind}`)) {
    throw new CommandError(`${doing} ${type}: selector for ${type} not implemented`);
  }
  try {
    return selectorOf(selector).toString();
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw new CommandError(`${doing} ${type}: invalid label selector: ${error.message}`);
  }
}

/** `*v1.ConfigMap`: how Go names the type of an object. */
export function goType(object: KubeObject): string {
  const { version, kind } = gvkOf(object);
  return `*${version}.${kind}`;
}

/** The pods that a selector matches, the first ones first; waits for one to appear (GetPodList). */
export async function podsMatching(
  invocation: Invocation,
  namespace: string,
  labelSelector: string,
  timeout: number,
  order: (a: KubeObject, b: KubeObject) => number,
): Promise<KubeObject[]> {
  const client = await invocation.client();
  const list = async () => (await client.list(PODS, namespace, { labelSelector })).items.map(asPod).sort(order);
  let pods = await list();
  if (pods.length > 0) return pods;
  const time = await invocation.time();
  const deadline = time.now() + timeout;
  while (time.now() < deadline && (await time.pass(deadline - time.now()))) {
    pods = await list();
    if (pods.length > 0) return pods;
  }
  throw new CommandError('timed out waiting for the condition');
}

/** Items of a list may leave out what kind they are. */
function asPod(pod: KubeObject): KubeObject {
  return pod.kind ? pod : { ...pod, apiVersion: 'v1', kind: 'Pod' };
}

/** The pod itself, or the most active one of those behind the object (AttachablePodForObject). */
export async function attachablePod(invocation: Invocation, object: KubeObject, timeout: number): Promise<KubeObject> {
  if (isPod(object)) return object;
  const selector = podSelectorOf(object, 'cannot attach to');
  const { namespace = '' } = object.metadata;
  return (await podsMatching(invocation, namespace, selector, timeout, byActivity))[0] as KubeObject;
}

export function isPod(object: KubeObject): boolean {
  return object.kind === 'Pod' && object.apiVersion === 'v1';
}
