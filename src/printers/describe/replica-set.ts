/** A ReplicaSet, and a ReplicationController, described (kubectl describe.go describeReplicaSet, describeReplicationController). */
import { formatLabels } from '../table';
import { writeEvents } from './events';
import { writePodTemplate } from './pod-template';
import { controllerText, selectorText } from './values';
import {
  type PodCounts,
  podCountsText,
  type WorkloadRelated,
  writeLabelsAndAnnotations,
  writeName,
  writeReplicaConditions,
} from './workload';
import { type Described, type DescriptionWriter, described, type Related } from './writer';

export interface ReplicaSetRelated extends Related {
  /** Or why they could not be fetched. */
  pods: PodCounts | { error: string };
}

export function describeReplicaSet(replicaSet: Described, related: ReplicaSetRelated): string {
  return described((writer) => {
    writeName(writer, replicaSet);
    writer.field(0, 'Selector', selectorText(replicaSet.spec?.selector));
    writeLabelsAndAnnotations(writer, replicaSet);
    const controlledBy = controllerText(replicaSet);
    if (controlledBy) writer.field(0, 'Controlled By', controlledBy);
    const { pods } = related;
    writeReplicas(
      writer,
      replicaSet,
      related,
      'error' in pods ? `error in fetching pods: ${pods.error}` : podCountsText(pods),
    );
  });
}

export function describeReplicationController(controller: Described, related: WorkloadRelated): string {
  return described((writer) => {
    writeName(writer, controller);
    writer.field(0, 'Selector', formatLabels(controller.spec?.selector));
    writeLabelsAndAnnotations(writer, controller);
    writeReplicas(writer, controller, related, podCountsText(related.pods));
  });
}

function writeReplicas(
  writer: DescriptionWriter,
  { spec = {}, status = {} }: Described,
  related: Related,
  pods: string,
): void {
  writer.field(0, 'Replicas', `${status.replicas ?? 0} current / ${spec.replicas ?? 0} desired`);
  writer.field(0, 'Pods Status', pods);
  writePodTemplate(writer, spec.template);
  writeReplicaConditions(writer, status.conditions);
  writeEvents(writer, related);
}
