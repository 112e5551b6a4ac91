/** A DaemonSet described (kubectl describe.go describeDaemonSet). */
import { formatLabels } from '../table';
import { writeEvents } from './events';
import { writePodTemplate } from './pod-template';
import { plainSelectorText } from './values';
import { podCountsText, type WorkloadRelated, writeLabelsAndAnnotations, writeName } from './workload';
import { type Described, described } from './writer';

export function describeDaemonSet(daemonSet: Described, related: WorkloadRelated): string {
  const { spec = {}, status = {} } = daemonSet;
  return described((writer) => {
    writeName(writer, daemonSet);
    writer.field(0, 'Selector', plainSelectorText(spec.selector));
    writer.field(0, 'Node-Selector', formatLabels(spec.template?.spec?.nodeSelector));
    writeLabelsAndAnnotations(writer, daemonSet);
    const count = (title: string, value: number | undefined) => writer.write(0, `${title}: ${value ?? 0}\n`);
    count('Desired Number of Nodes Scheduled', status.desiredNumberScheduled);
    count('Current Number of Nodes Scheduled', status.currentNumberScheduled);
    count('Number of Nodes Scheduled with Up-to-date Pods', status.updatedNumberScheduled);
    count('Number of Nodes Scheduled with Available Pods', status.numberAvailable);
    count('Number of Nodes Misscheduled', status.numberMisscheduled);
    writer.field(0, 'Pods Status', podCountsText(related.pods));
    writePodTemplate(writer, spec.template);
    writeEvents(writer, related);
  });
}
