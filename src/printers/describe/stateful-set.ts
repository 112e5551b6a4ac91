/** A StatefulSet described (kubectl describe.go describeStatefulSet). */
import { writeEvents } from './events';
import { writeLabels } from './maps';
import { claimClass } from './persistent-volume-claim';
import { writePodTemplate } from './pod-template';
import { listText, plainSelectorText, quantityText, rfc1123 } from './values';
import { podCountsText, type WorkloadRelated, writeLabelsAndAnnotations, writeName } from './workload';
import { type Described, type DescriptionWriter, described } from './writer';

export function describeStatefulSet(statefulSet: Described, related: WorkloadRelated): string {
  const { metadata, spec = {}, status = {} } = statefulSet;
  return described((writer) => {
    writeName(writer, statefulSet);
    writer.field(0, 'CreationTimestamp', rfc1123(metadata.creationTimestamp));
    writer.field(0, 'Selector', plainSelectorText(spec.selector));
    writeLabelsAndAnnotations(writer, statefulSet);
    writer.field(0, 'Replicas', `${spec.replicas ?? 0} desired | ${status.replicas ?? 0} total`);
    writer.field(0, 'Update Strategy', spec.updateStrategy?.type ?? '');
    const { partition, maxUnavailable } = spec.updateStrategy?.rollingUpdate ?? {};
    if (partition !== undefined) {
      writer.field(1, 'Partition', partition);
      if (maxUnavailable !== undefined) writer.field(1, 'MaxUnavailable', maxUnavailable);
    }
    writer.field(0, 'Pods Status', podCountsText(related.pods));
    writePodTemplate(writer, spec.template);
    writeClaimTemplates(writer, spec.volumeClaimTemplates);
    writeEvents(writer, related);
  });
}

function writeClaimTemplates(writer: DescriptionWriter, templates: readonly Described[] = []): void {
  writer.write(0, templates.length === 0 ? 'Volume Claims:\t<none>\n' : 'Volume Claims:\n');
  for (const template of templates) {
    const { metadata, spec = {} } = template;
    writer.field(1, 'Name', metadata.name);
    writer.field(1, 'StorageClass', claimClass(template));
    writeLabels(writer, 'Labels', metadata.labels, '  ');
    writeLabels(writer, 'Annotations', metadata.annotations, '  ');
    const storage = spec.resources?.requests?.storage;
    writer.field(1, 'Capacity', storage === undefined ? '<default>' : quantityText(storage));
    writer.field(1, 'Access Modes', listText(spec.accessModes));
  }
}
