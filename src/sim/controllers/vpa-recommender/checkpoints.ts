/**
 * What a recommender knows of the containers of an autoscaler, as everybody can read it: VerticalPodAutoscalerCheckpoints (autoscaler
 * `vertical-pod-autoscaler/pkg/recommender/checkpoint/checkpoint_writer.go`, `input/cluster_feeder.go` GarbageCollectCheckpoints, 1.8.0).
 * Upstream reads them when a recommender starts; here none ever does, for what it remembers is in the cluster's state. And it writes them
 * every minute; here a new one is written, and all are brought up to date when somebody reads them (src/cluster/renew-checkpoints.ts).
 */
import type { Json } from '../../../apimachinery/json';
import type { LabelSelector } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { formatTime } from '../../../apimachinery/time';
import { VPA_CHECKPOINT_RESOURCE, VPA_CHECKPOINTS, VPA_GROUP } from '../../../apimachinery/vertical-scaling/autoscaler';
import type { VpaFlags } from '../../../apimachinery/vertical-scaling/flags';
import type { Client } from '../../../client/client';
import type { Instant } from '../../clock';
import type { IndexedCache } from '../../controller';
import { Aggregate } from './aggregate';
import type { DecayingHistogram } from './histogram';
import type { History } from './history';
import { aggregatesOf } from './recommend';

/** model.SupportedCheckpointVersion */
const VERSION = 'v3';

export interface Checkpoint extends KubeObject {
  spec?: { vpaObjectName?: string; containerName?: string };
}

/** Those of an autoscaler of this name, be it there or not. */
export function checkpointsOf(cache: IndexedCache, namespace: string, name: string): readonly Checkpoint[] {
  return cache
    .list(VPA_CHECKPOINT_RESOURCE, namespace)
    .filter((checkpoint: Checkpoint) => checkpoint.spec?.vpaObjectName === name);
}

/** Is there a container of which no checkpoint was written? */
export function isOneMissing(
  { metadata: { namespace = '', name = '' } }: KubeObject,
  history: History,
  selector: LabelSelector,
  cache: IndexedCache,
): boolean {
  for (const { container, labels } of history.groups.values())
    if (!cache.get(VPA_CHECKPOINT_RESOURCE, namespace, `${name}-${container}`) && selector.matches(labels)) return true;
  return false;
}

/** buildAggregateContainerStateMap, SaveToCheckpoint: the status of each as of the last look, by container. */
export function statusesOf(
  history: History,
  selector: LabelSelector,
  flags: VpaFlags,
): Map<string, Record<string, Json>> {
  const copies = new Map<string, Aggregate>();
  for (const [container, aggregate] of aggregatesOf(history, selector, flags)) {
    const copy = new Aggregate(flags);
    copy.merge(aggregate);
    copies.set(container, copy);
  }
  // The peak of an interval that is not over would count once more after a restart.
  for (const containers of history.pods.values())
    for (const { group, windowEnd, usage, oom } of containers)
      if (windowEnd !== undefined && history.at < windowEnd && selector.matches(group.labels))
        copies.get(group.container)?.memory.subtract(Math.max(usage, oom), 1, windowEnd);
  return new Map([...copies].map(([container, aggregate]) => [container, statusOf(aggregate, history.at)]));
}

function statusOf({ cpu, memory, firstSample, lastSample, samples }: Aggregate, at: Instant): Record<string, Json> {
  return {
    lastUpdateTime: formatTime(at),
    version: VERSION,
    cpuHistogram: histogramOf(cpu),
    memoryHistogram: histogramOf(memory),
    firstSampleStart: timeOf(firstSample),
    lastSampleStart: timeOf(lastSample),
    ...(samples === 0 ? {} : { totalSamplesCount: samples }),
  };
}

function histogramOf(histogram: DecayingHistogram): Record<string, Json> {
  const { reference, weights, total } = histogram.checkpoint();
  return {
    referenceTimestamp: timeOf(reference),
    ...(weights.length === 0 ? {} : { bucketWeights: Object.fromEntries(weights) }),
    ...(total === 0 ? {} : { totalWeight: total }),
  };
}

function timeOf(at: Instant | undefined): string | null {
  return at === undefined ? null : formatTime(at);
}

/** CreateOrUpdateVpaCheckpoint, for those that are to be written. */
export async function writeCheckpoints(
  client: Client,
  namespace: string,
  name: string,
  statuses: Iterable<readonly [container: string, status: Record<string, Json>]>,
): Promise<void> {
  for (const [containerName, status] of statuses) {
    try {
      await writeCheckpoint(
        client,
        namespace,
        `${name}-${containerName}`,
        { vpaObjectName: name, containerName },
        status,
      );
    } catch (error) {
      // Its namespace goes, or went.
      if (!isReason(error, 'Forbidden') && !isReason(error, 'NotFound')) throw error;
    }
  }
}

async function writeCheckpoint(
  client: Client,
  namespace: string,
  name: string,
  spec: Record<string, Json>,
  status: Record<string, Json>,
): Promise<void> {
  try {
    await client.patch(VPA_CHECKPOINTS, namespace, name, 'json', [{ op: 'add', path: '/status', value: status }]);
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    await client.create(VPA_CHECKPOINTS, namespace, {
      apiVersion: `${VPA_GROUP}/${VPA_CHECKPOINTS.version}`,
      kind: 'VerticalPodAutoscalerCheckpoint',
      metadata: { name, namespace },
      spec,
      status,
    });
  }
}

/** Those whose autoscaler is gone are deleted, at the next look for them. Says how long that is, if there are any. */
export async function collectOrphans(
  orphans: readonly KubeObject[],
  client: Client,
  now: Instant,
  { interval, checkpointsGCInterval }: VpaFlags,
): Promise<{ requeueAfter: number; periodic: true } | undefined> {
  if (orphans.length === 0) return undefined;
  // It is done at the end of a look.
  const every = Math.ceil(checkpointsGCInterval / interval) * interval;
  if (now % every !== 0) return { requeueAfter: (Math.floor(now / every) + 1) * every - now, periodic: true };
  for (const { metadata } of orphans) {
    try {
      await client.delete(VPA_CHECKPOINTS, metadata.namespace ?? '', metadata.name ?? '');
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
  }
  return undefined;
}
