/** PodDisruptionBudget and PriorityClass described (kubectl describe.go describePodDisruptionBudgetV1, describePriorityClass). */
import { formatLabels } from '../table';
import { writeEvents } from './events';
import { selectorText } from './values';
import { writeName } from './workload';
import { type Described, described, type Related } from './writer';

export function describePodDisruptionBudget(budget: Described, related: Related): string {
  const { spec = {}, status = {} } = budget;
  return described((writer) => {
    writeName(writer, budget);
    if (spec.minAvailable !== undefined) writer.field(0, 'Min available', spec.minAvailable);
    else if (spec.maxUnavailable !== undefined) writer.field(0, 'Max unavailable', spec.maxUnavailable);
    writer.field(0, 'Selector', spec.selector ? selectorText(spec.selector) : '<unset>');
    writer.write(0, 'Status:\n');
    writer.field(2, 'Allowed disruptions', status.disruptionsAllowed ?? 0);
    writer.field(2, 'Current', status.currentHealthy ?? 0);
    writer.field(2, 'Desired', status.desiredHealthy ?? 0);
    writer.field(2, 'Total', status.expectedPods ?? 0);
    writeEvents(writer, related);
  });
}

export function describePriorityClass(priorityClass: Described, related: Related): string {
  return described((writer) => {
    writer.field(0, 'Name', priorityClass.metadata.name);
    writer.field(0, 'Value', priorityClass.value ?? 0);
    writer.field(0, 'GlobalDefault', priorityClass.globalDefault ?? false);
    writer.field(0, 'PreemptionPolicy', priorityClass.preemptionPolicy ?? '');
    writer.field(0, 'Description', priorityClass.description ?? '');
    writer.field(0, 'Annotations', formatLabels(priorityClass.metadata.annotations));
    writeEvents(writer, related);
  });
}
