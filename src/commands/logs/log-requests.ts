/** Which logs are meant by an object: of which pods, of which containers (kubectl pkg/polymorphichelpers/logsforobject.go). */
import type { KubeObject } from '../../apimachinery/meta';
import type { Query } from '../../client/client';
import type { Invocation } from '../command';
import { containersIn, DEFAULT_CONTAINER, defaultedNotice, findContainer, invalidContainer } from '../pods/containers';
import { isPod, podSelectorOf, podsMatching } from '../pods/pods-of';
import { byLogging } from '../pods/ranking';

/** One log to ask for. */
export interface LogRequest {
  pod: KubeObject;
  container: string;
  query: Query;
}

export interface Selection {
  /** '' for the one that is found. */
  container: string;
  allContainers: boolean;
  allPods: boolean;
  /** Milliseconds to wait for a pod. */
  timeout: number;
  /** All but the container. */
  query: Query;
}

export async function logRequests(
  invocation: Invocation,
  object: KubeObject,
  selection: Selection,
): Promise<LogRequest[]> {
  const { streams } = invocation;
  if (isPod(object)) return requestsOfPod(object, selection, streams.err);
  const selector = podSelectorOf(object, 'cannot get the logs from');
  const { namespace = '' } = object.metadata;
  const pods = await podsMatching(invocation, namespace, selector, selection.timeout, byLogging);
  const first = pods[0] as KubeObject;
  if (pods.length === 1) return requestsOfPod(first, selection, streams.err);
  if (selection.allPods) return requestsOfPods(pods, selection, streams.err);
  streams.err(`Found ${pods.length} pods, using pod/${first.metadata.name}\n`);
  return requestsOfPod(first, selection, streams.err);
}

export function requestsOfPods(
  pods: readonly KubeObject[],
  selection: Selection,
  notice: (text: string) => void,
): LogRequest[] {
  return pods.flatMap((pod) => requestsOfPod(pod, selection, notice));
}

function requestsOfPod(pod: KubeObject, selection: Selection, notice: (text: string) => void): LogRequest[] {
  const { query } = selection;
  if (!selection.allContainers) {
    const container = containerOf(pod, selection, notice);
    if (!findContainer(pod, container)) throw invalidContainer(pod, container);
    return [{ pod, container, query: { container, ...query } }];
  }
  return (['initContainers', 'containers', 'ephemeralContainers'] as const)
    .flatMap((list) => containersIn(pod, list))
    .map(({ name }) => ({ pod, container: name, query: { container: name, ...query } }));
}

function containerOf(pod: KubeObject, { container, allPods }: Selection, notice: (text: string) => void): string {
  if (container !== '') return container;
  const preset = pod.metadata.annotations?.[DEFAULT_CONTAINER];
  if (preset) {
    if (findContainer(pod, preset)) return preset;
    notice(`Default container name ${JSON.stringify(preset)} not found in pod ${pod.metadata.name}\n`);
  }
  const name = containersIn(pod, 'containers')[0]?.name ?? '';
  const text = allPods ? undefined : defaultedNotice(pod, name);
  if (text) notice(text);
  return name;
}
