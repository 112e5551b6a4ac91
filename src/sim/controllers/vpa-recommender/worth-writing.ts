/**
 * Whether a status is to be written. Bounds come closer to the target with every sample; as long as nobody looks and no pod's update depends
 * on it, that is not written each time. Everything else is.
 */
import { deepEqual, jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { toQuantity } from '../../../apimachinery/quantity';
import type { ResourceTotals } from '../../../apimachinery/resource-lists';
import type { Amounts, Recommendation, VerticalPodAutoscaler } from '../../../apimachinery/vertical-scaling/autoscaler';
import { containersOf, resourcesOf } from '../../../apimachinery/vertical-scaling/container-resources';

type Status = NonNullable<VerticalPodAutoscaler['status']>;

/** @param isLast nothing will look again before somebody else may. */
export function isWorthWriting(
  { status: before }: VerticalPodAutoscaler,
  status: Status,
  pods: readonly KubeObject[],
  isLast: boolean,
): boolean {
  if (deepEqual(jsonOf(before ?? {}), jsonOf(status))) return false;
  if (isLast || !before || !deepEqual(jsonOf(withoutBounds(before)), jsonOf(withoutBounds(status)))) return true;
  const shapes = new Set(pods.map(requestsOf));
  for (const requests of shapes)
    if (standing(requests, before.recommendation) !== standing(requests, status.recommendation)) return true;
  return false;
}

function withoutBounds(status: Status): object {
  const containers = status.recommendation?.containerRecommendations ?? [];
  const targets = containers.map(({ lowerBound: _, upperBound: __, ...rest }) => rest);
  return { ...status, recommendation: targets };
}

type Requests = ReadonlyMap<string, ResourceTotals>;

/** Pods are frozen, and most have the same requests: those are one object. */
const known = new WeakMap<KubeObject, Requests>();
const alike = new Map<string, Requests>();
const MOST_ALIKE = 1000;

function requestsOf(pod: KubeObject): Requests {
  let requests = known.get(pod);
  if (!requests) {
    const read = containersOf(pod).map(({ name }) => [name, resourcesOf(pod, name).requests] as const);
    const text = JSON.stringify(read.map(([name, amounts]) => [name, [...amounts]]));
    if (alike.size > MOST_ALIKE) alike.clear();
    requests = alike.get(text) ?? new Map(read);
    alike.set(text, requests);
    known.set(pod, requests);
  }
  return requests;
}

/** For each bound of each container: is it kept? */
function standing(requests: Requests, recommendation: Recommendation | undefined): string {
  return (recommendation?.containerRecommendations ?? [])
    .map(({ containerName, lowerBound, upperBound }) => {
      const amounts = requests.get(containerName);
      return amounts ? `${beyond(amounts, lowerBound, -1)} ${beyond(amounts, upperBound, 1)}` : '';
    })
    .join('; ');
}

function beyond(requests: ResourceTotals, bounds: Amounts = {}, direction: 1 | -1): string {
  return Object.entries(bounds)
    .map(([resource, bound]) => requests.get(resource)?.cmp(toQuantity(bound)) === direction)
    .join();
}
