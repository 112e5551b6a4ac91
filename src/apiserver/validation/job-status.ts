/** What a job's status may become (pkg/apis/batch/validation ValidateJobStatusUpdate, pkg/registry/batch/job/strategy.go). */
import { duplicate, type FieldError, invalid, required } from '../../apimachinery/field-error';
import { jsonOf } from '../../apimachinery/json';
import { parseTime } from '../../apimachinery/time';
import { IMMUTABLE, semanticEqual, validateNonnegative } from './field-checks';
import { invalidWithoutValue, type JobSpec } from './job';
import { overlapOf, parseIndexes } from './job-indexes';

export interface JobStatus {
  conditions?: { type: string; status: string }[];
  startTime?: string;
  completionTime?: string;
  active?: number;
  succeeded?: number;
  failed?: number;
  terminating?: number;
  ready?: number;
  completedIndexes?: string;
  failedIndexes?: string;
  uncountedTerminatedPods?: { succeeded?: string[]; failed?: string[] };
}
interface JobState {
  spec: JobSpec;
  status: JobStatus;
}

/** True where the status holds the condition as true. */
export function isJobCondition(status: JobStatus, type: string, value = 'True'): boolean {
  return status.conditions?.some((condition) => condition.type === type && condition.status === value) ?? false;
}

/** Most rules hold only where what they look at changes, so that other writes go on. */
export function validateJobStatusUpdate(job: JobState, old: JobState, errors: FieldError[]): void {
  const { spec, status } = job;
  for (const field of ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const)
    validateNonnegative(`status.${field}`, status[field], errors);
  validateUncounted(status, errors);
  validateConditions(job, old.status, errors);
  validateFinished(job, old.status, errors);
  validateIndexes(job, old.status, errors);
  const changedPods = status.ready !== old.status.ready || (status.active ?? 0) !== (old.status.active ?? 0);
  if (isFinished(status) && (status.terminating ?? 0) > 0 && changes(isFinished, status, old.status, 'terminating'))
    errors.push(invalid('status.terminating', status.terminating, 'terminating>0 is invalid for finished job'));
  if (changedPods && status.ready !== undefined && status.ready > (status.active ?? 0))
    errors.push(invalid('status.ready', status.ready, 'cannot set more ready pods than active'));
  const met = isJobCondition(status, 'SuccessCriteriaMet');
  const complaint = (text: string) => errors.push(invalidWithoutValue('status.conditions', text));
  if (met && isJobCondition(status, 'Failed'))
    complaint('cannot set SuccessCriteriaMet=True and Failed=true conditions');
  if (met && isJobCondition(status, 'FailureTarget'))
    complaint('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions');
  if (spec.successPolicy && !met && isJobCondition(status, 'Complete'))
    complaint('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True');
  validateChange(job, old, errors);
}

function isFinished(status: JobStatus): boolean {
  return isJobCondition(status, 'Complete') || isJobCondition(status, 'Failed');
}
function changes(
  what: (status: JobStatus) => boolean,
  status: JobStatus,
  old: JobStatus,
  ...fields: (keyof JobStatus)[]
): boolean {
  return what(status) !== what(old) || fields.some((field) => !same(status, old, field));
}
function same(status: JobStatus, old: JobStatus, field: keyof JobStatus): boolean {
  const value = jsonOf(status)[field];
  const was = jsonOf(old)[field];
  return semanticEqual(value === 0 ? undefined : value, was === 0 ? undefined : was);
}

function validateUncounted(status: JobStatus, errors: FieldError[]): void {
  const seen = new Set<string>();
  for (const kind of ['succeeded', 'failed'] as const)
    (status.uncountedTerminatedPods?.[kind] ?? []).forEach((uid, i) => {
      const field = `status.uncountedTerminatedPods.${kind}[${i}]`;
      if (uid === '') errors.push(invalid(field, uid, 'must not be empty'));
      else if (seen.has(uid)) errors.push(duplicate(field, uid));
      seen.add(uid);
    });
}

function validateConditions({ status }: JobState, old: JobStatus, errors: FieldError[]): void {
  const is = (type: string) => isJobCondition(status, type);
  const changed = (...types: string[]) => types.some((type) => is(type) !== isJobCondition(old, type));
  const complaint = (text: string) => errors.push(invalidWithoutValue('status.conditions', text));
  const complete = is('Complete');
  if (changed('Complete', 'Failed') && complete && is('Failed'))
    complaint('cannot set Complete=True and Failed=true conditions');
  if (changed('Complete', 'FailureTarget') && complete && is('FailureTarget'))
    complaint('cannot set Complete=True and FailureTarget=true conditions');
  if (changed('Complete') || !same(status, old, 'completionTime')) {
    if (status.completionTime && !complete)
      errors.push(
        invalid(
          'status.completionTime',
          status.completionTime,
          'cannot set completionTime when there is no Complete=True condition',
        ),
      );
    if (!status.completionTime && complete)
      errors.push(required('status.completionTime', 'completionTime is required for Complete jobs'));
  }
  if (!same(status, old, 'startTime') || !same(status, old, 'completionTime')) {
    const { startTime, completionTime } = status;
    if (startTime && completionTime && (parseTime(completionTime) ?? 0) < (parseTime(startTime) ?? 0))
      errors.push(invalid('status.completionTime', completionTime, 'must be equal to or after `startTime`'));
  }
  if ((changed('Failed') || !same(status, old, 'failedIndexes')) && is('Failed') && !is('FailureTarget'))
    complaint('cannot set Failed=True condition without the FailureTarget=true condition');
  if (changed('Complete', 'SuccessCriteriaMet') && complete && !is('SuccessCriteriaMet'))
    complaint('cannot set Complete=True condition without the SuccessCriteriaMet=true condition');
}

function validateFinished({ spec, status }: JobState, old: JobStatus, errors: FieldError[]): void {
  if (!isFinished(status)) return;
  if ((status.active ?? 0) > 0 && changes(isFinished, status, old, 'active'))
    errors.push(invalid('status.active', status.active, 'active>0 is invalid for finished job'));
  const hasNothingToDo = spec.suspend === true && spec.completions === 0;
  if (!status.startTime && !hasNothingToDo && changes(isFinished, status, old, 'startTime'))
    errors.push(required('status.startTime', 'startTime is required for finished job'));
  const { failed = [], succeeded = [] } = status.uncountedTerminatedPods ?? {};
  if (failed.length + succeeded.length > 0 && changes(isFinished, status, old, 'uncountedTerminatedPods'))
    errors.push(
      invalid(
        'status.uncountedTerminatedPods',
        { Succeeded: succeeded, Failed: failed },
        'must be empty for finished job',
      ),
    );
}

function validateIndexes({ spec, status }: JobState, old: JobStatus, errors: FieldError[]): void {
  const { completedIndexes = '', failedIndexes } = status;
  const { completions } = spec;
  const completedChanged = !same(status, old, 'completedIndexes');
  const failedChanged = failedIndexes !== old.failedIndexes;
  const completed = parseIndexes(completedIndexes, completions ?? 0);
  const failed = parseIndexes(failedIndexes ?? '', completions ?? 0);
  if (completedChanged && completions !== undefined && typeof completed === 'string')
    errors.push(invalid('status.completedIndexes', completedIndexes, `error parsing completedIndexes: ${completed}`));
  if (
    failedChanged &&
    completions !== undefined &&
    spec.backoffLimitPerIndex !== undefined &&
    typeof failed === 'string'
  )
    errors.push(invalid('status.failedIndexes', failedIndexes, `error parsing failedIndexes: ${failed}`));
  if (completedChanged && completedIndexes !== '' && spec.completionMode !== 'Indexed')
    errors.push(
      invalid(
        'status.completedIndexes',
        completedIndexes,
        'cannot set non-empty completedIndexes when non-indexed completion mode',
      ),
    );
  if (failedChanged && failedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    errors.push(
      invalid(
        'status.failedIndexes',
        failedIndexes,
        'cannot set non-null failedIndexes when backoffLimitPerIndex is null',
      ),
    );
  if (!(failedChanged || completedChanged) || typeof completed === 'string' || typeof failed === 'string') return;
  const overlap = overlapOf(completed, failed);
  if (overlap !== undefined)
    errors.push(
      invalid('status.failedIndexes', failedIndexes, `failedIndexes and completedIndexes overlap at index: ${overlap}`),
    );
}

/** What is done is not undone. */
function validateChange({ spec, status }: JobState, { status: old }: JobState, errors: FieldError[]): void {
  const complaint = (text: string) => errors.push(invalidWithoutValue('status.conditions', text));
  for (const type of ['Failed', 'Complete', 'FailureTarget'])
    if (isJobCondition(old, type) && !isJobCondition(status, type))
      complaint(`cannot disable the terminal ${type}=True condition`);
  if ((status.failed ?? 0) < (old.failed ?? 0))
    errors.push(invalid('status.failed', status.failed ?? 0, 'cannot decrease the failed counter'));
  const mayShrink = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  if (!mayShrink && (status.succeeded ?? 0) < (old.succeeded ?? 0))
    errors.push(invalid('status.succeeded', status.succeeded ?? 0, 'cannot decrease the succeeded counter'));
  if (status.completionTime && old.completionTime && status.completionTime !== old.completionTime)
    errors.push(invalid('status.completionTime', status.completionTime, IMMUTABLE));
  const resumes = isJobCondition(old, 'Suspended') && isJobCondition(status, 'Suspended', 'False');
  if (old.startTime && status.startTime !== old.startTime && !resumes && !spec.suspend)
    errors.push(invalid('status.startTime', status.startTime, 'field is immutable for unsuspended job once set'));
  const met = isJobCondition(status, 'SuccessCriteriaMet');
  const wasMet = isJobCondition(old, 'SuccessCriteriaMet');
  if (wasMet && !met) complaint('cannot disable the SuccessCriteriaMet=True condition');
  if (isJobCondition(old, 'Complete') && !wasMet && met)
    complaint('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions');
}
