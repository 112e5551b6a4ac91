/** What descriptions of workloads have in common: their head, their pods by phase, their conditions. */
import type { KubeObject } from '../../apimachinery/meta';
import { writeAnnotations, writeLabels } from './maps';
import type { Described, DescriptionWriter, Related } from './writer';

/** How many pods a controller has in each phase; or why that is not known. */
export interface PodCounts {
  running: number;
  waiting: number;
  succeeded: number;
  failed: number;
}

export interface WorkloadRelated extends Related {
  pods: PodCounts;
}

/** Counts the pods that the controller owns (getPodStatusForController). */
export function countPods(pods: readonly KubeObject[], controllerUid: string | undefined): PodCounts {
  const counts = { running: 0, waiting: 0, succeeded: 0, failed: 0 };
  for (const { metadata, status } of pods as readonly Described[]) {
    const owner = metadata.ownerReferences?.find(({ controller }: Described) => controller === true);
    if (!owner || owner.uid !== controllerUid) continue;
    if (status?.phase === 'Running') counts.running++;
    else if (status?.phase === 'Pending') counts.waiting++;
    else if (status?.phase === 'Succeeded') counts.succeeded++;
    else if (status?.phase === 'Failed') counts.failed++;
  }
  return counts;
}

/** `1 Running / 0 Waiting / 0 Succeeded / 0 Failed` */
export function podCountsText({ running, waiting, succeeded, failed }: PodCounts): string {
  return `${running} Running / ${waiting} Waiting / ${succeeded} Succeeded / ${failed} Failed`;
}

export function writeName(writer: DescriptionWriter, { metadata }: Described): void {
  writer.field(0, 'Name', metadata.name);
  writer.field(0, 'Namespace', metadata.namespace ?? '');
}

export function writeLabelsAndAnnotations(writer: DescriptionWriter, { metadata }: Described): void {
  writeLabels(writer, 'Labels', metadata.labels);
  writeAnnotations(writer, 'Annotations', metadata.annotations);
}

/** Type, status and reason. */
export function writeReplicaConditions(writer: DescriptionWriter, conditions: readonly Described[] = []): void {
  if (conditions.length === 0) return;
  writer.write(0, 'Conditions:\n  Type\tStatus\tReason\n');
  writer.write(1, '----\t------\t------\n');
  for (const { type, status, reason = '' } of conditions) writer.write(1, `${type} \t${status}\t${reason}\n`);
}
