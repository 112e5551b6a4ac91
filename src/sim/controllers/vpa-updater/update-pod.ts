/** Has a pod updated: by the eviction subresource, or by the resize subresource. */
import type { Json } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { type ResourceTotals, writtenTotals } from '../../../apimachinery/resource-lists';
import { IN_PLACE_UPDATED, type VerticalPodAutoscaler } from '../../../apimachinery/vertical-scaling/autoscaler';
import { containersOf } from '../../../apimachinery/vertical-scaling/container-resources';
import type { LimitRanges } from '../../../apimachinery/vertical-scaling/limit-range';
import { newResourcesOf } from '../../../apimachinery/vertical-scaling/new-resources';
import type { Client, Query } from '../../../client/client';
import { messageOf, PODS } from '../pod-control';
import type { Action } from './decide';

/** @returns what went wrong. */
export async function updatePod(
  action: Action,
  pod: KubeObject,
  vpa: VerticalPodAutoscaler,
  ranges: LimitRanges,
  client: Client,
  query?: Query,
): Promise<string | undefined> {
  try {
    await (action === 'evict' ? evict(pod, client, query) : resize(pod, vpa, ranges, client, query));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function evict({ metadata }: KubeObject, client: Client, query?: Query): Promise<void> {
  const { namespace = '', name = '' } = metadata;
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  await client.createSubresource(PODS, namespace, name, 'eviction', eviction, query);
}

/** InPlaceUpdate */
async function resize(
  pod: KubeObject,
  vpa: VerticalPodAutoscaler,
  ranges: LimitRanges,
  client: Client,
  query?: Query,
): Promise<void> {
  const { namespace = '', name = '' } = pod.metadata;
  const containers = containersOf(pod);
  const patch = newResourcesOf(pod, vpa, ranges).flatMap(({ requests, limits }, i): Json[] => {
    if (requests.size === 0 && limits.size === 0) return [];
    const present = containers[i]?.resources ?? {};
    const value = {
      ...present,
      ...changed('requests', present.requests, requests),
      ...changed('limits', present.limits, limits),
    };
    return [{ op: 'add', path: `/spec/containers/${i}/resources`, value }];
  });
  if (patch.length === 0) throw new Error('no resource patches were calculated to apply');
  await client.patch(PODS, namespace, name, 'json', patch, query, 'resize');
  const annotations = { [IN_PLACE_UPDATED]: 'true' };
  await client.patch(PODS, namespace, name, 'merge', { metadata: { annotations } }, query);
}

function changed(field: string, before: object | null | undefined, amounts: ResourceTotals): Record<string, Json> {
  return amounts.size === 0 ? {} : { [field]: { ...before, ...writtenTotals(amounts) } };
}
