/** A Job, and a CronJob, described (kubectl describe.go describeJob, describeCronJob). */
import { humanDuration } from '../../apimachinery/human-duration';
import { parseTime } from '../../apimachinery/time';
import { writeEvents } from './events';
import { writePodTemplate } from './pod-template';
import { controllerText, optionalBoolText, plainSelectorText, rfc1123 } from './values';
import { writeLabelsAndAnnotations, writeName } from './workload';
import { type Described, type DescriptionWriter, described, type Related } from './writer';

const MOST_OF_INDEXES = 50;

export function describeJob(job: Described, related: Related): string {
  const { spec = {}, status = {} } = job;
  return described((writer) => {
    writeName(writer, job);
    writer.field(0, 'Selector', jobSelectorText(spec.selector));
    writeLabelsAndAnnotations(writer, job);
    const controlledBy = controllerText(job);
    if (controlledBy) writer.field(0, 'Controlled By', controlledBy);
    const given = (title: string, value: unknown) => {
      if (value !== undefined && value !== null) writer.field(0, title, value);
    };
    given('Parallelism', spec.parallelism);
    writer.field(0, 'Completions', spec.completions ?? '<unset>');
    given('Completion Mode', spec.completionMode);
    given('Suspend', spec.suspend);
    given('Backoff Limit', spec.backoffLimit);
    given('TTL Seconds After Finished', spec.ttlSecondsAfterFinished);
    const { startTime, completionTime } = status;
    if (startTime) writer.field(0, 'Start Time', rfc1123(startTime));
    if (completionTime) writer.field(0, 'Completed At', rfc1123(completionTime));
    if (startTime && completionTime)
      writer.field(0, 'Duration', humanDuration((parseTime(completionTime) ?? 0) - (parseTime(startTime) ?? 0)));
    if (spec.activeDeadlineSeconds !== undefined)
      writer.field(0, 'Active Deadline Seconds', `${spec.activeDeadlineSeconds}s`);
    const ready = status.ready === undefined ? '' : ` (${status.ready} Ready)`;
    writer.field(
      0,
      'Pods Statuses',
      `${status.active ?? 0} Active${ready} / ${status.succeeded ?? 0} Succeeded / ${status.failed ?? 0} Failed`,
    );
    if (spec.completionMode === 'Indexed')
      writer.field(0, 'Completed Indexes', indexesText(status.completedIndexes ?? ''));
    writePodTemplate(writer, spec.template);
    writeEvents(writer, related);
  });
}

export function describeCronJob(cronJob: Described, related: Related): string {
  const { spec = {}, status = {} } = cronJob;
  return described((writer) => {
    writeName(writer, cronJob);
    writeLabelsAndAnnotations(writer, cronJob);
    writer.field(0, 'Schedule', spec.schedule);
    writer.field(0, 'Concurrency Policy', spec.concurrencyPolicy ?? '');
    writer.field(0, 'Suspend', optionalBoolText(spec.suspend));
    writer.field(0, 'Time Zone', spec.timeZone ?? '<unset>');
    writer.field(0, 'Successful Job History Limit', spec.successfulJobsHistoryLimit ?? '<unset>');
    writer.field(0, 'Failed Job History Limit', spec.failedJobsHistoryLimit ?? '<unset>');
    const deadline = spec.startingDeadlineSeconds;
    writer.field(0, 'Starting Deadline Seconds', deadline === undefined ? '<unset>' : `${deadline}s`);
    writeJobTemplate(writer, spec.jobTemplate?.spec ?? {});
    writer.field(0, 'Last Schedule Time', status.lastScheduleTime ? rfc1123(status.lastScheduleTime) : '<unset>');
    const active = (status.active ?? []).map(({ name }: Described) => name).join(', ');
    writer.field(0, 'Active Jobs', active || '<none>');
    writeEvents(writer, related);
  });
}

function writeJobTemplate(writer: DescriptionWriter, spec: Described): void {
  writer.field(0, 'Selector', spec.selector ? jobSelectorText(spec.selector) : '<unset>');
  writer.field(0, 'Parallelism', spec.parallelism ?? '<unset>');
  writer.field(0, 'Completions', spec.completions ?? '<unset>');
  if (spec.activeDeadlineSeconds !== undefined)
    writer.field(0, 'Active Deadline Seconds', `${spec.activeDeadlineSeconds}s`);
  writePodTemplate(writer, spec.template);
}

function jobSelectorText(selector: Described): string {
  try {
    return plainSelectorText(selector);
  } catch (error) {
    return `Failed to get selector: ${(error as Error).message}`;
  }
}

/** Cut off at the first comma behind the limit (capIndexesListOrNone). */
function indexesText(indexes: string): string {
  if (indexes === '') return '<none>';
  const comma = indexes.indexOf(',', MOST_OF_INDEXES);
  return comma < 0 ? indexes : `${indexes.slice(0, comma + 1)}...`;
}
