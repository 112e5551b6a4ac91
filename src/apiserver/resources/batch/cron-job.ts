/** Cron jobs (pkg/registry/batch/cronjob/strategy.go, pkg/apis/batch/validation). */
import { parseCronSchedule } from '../../../apimachinery/cron';
import { type FieldError, invalid, notSupported, required } from '../../../apimachinery/field-error';
import { jsonOf } from '../../../apimachinery/json';
import { isTimeZone } from '../../../apimachinery/time-zone';
import type { ResourceDefinition } from '../../resource';
import { validateNonnegative } from '../../validation/field-checks';
import { type JobSpec, validateJobTemplate } from '../../validation/job';
import { podValidationOptions } from '../../validation/pod-update';
import { nameWarnings } from '../../validation/workloads';
import {
  AGE,
  ageOf,
  CONTAINERS,
  column,
  containerCells,
  formatBoolean,
  formatLabelSelector,
  IMAGES,
  NAME,
  nameOf,
  SELECTOR,
} from '../columns';
import { defaultJobSpec, jobWarnings } from './job';

interface CronJobSpec {
  schedule?: string;
  timeZone?: string;
  startingDeadlineSeconds?: number;
  concurrencyPolicy?: string;
  suspend?: boolean;
  jobTemplate?: { metadata?: object; spec?: JobSpec };
  successfulJobsHistoryLimit?: number;
  failedJobsHistoryLimit?: number;
}

const definition: ResourceDefinition = {
  group: 'batch',
  resource: 'cronjobs',
  columns: [
    NAME,
    column('Schedule', { description: 'The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.' }),
    column('Timezone'),
    column('Suspend', { type: 'boolean' }),
    column('Active', { type: 'integer', description: 'A list of pointers to currently running jobs.' }),
    column('Last Schedule'),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  cells(object, now) {
    const spec: CronJobSpec = object.spec ?? {};
    const job = spec.jobTemplate?.spec ?? {};
    const last: string | undefined = object.status?.lastScheduleTime;
    return [
      nameOf(object),
      spec.schedule ?? '',
      spec.timeZone ?? '<none>',
      formatBoolean(spec.suspend),
      object.status?.active?.length ?? 0,
      last ? ageOf({ ...object, metadata: { creationTimestamp: last } }, now) : '<none>',
      ageOf(object, now),
      ...containerCells(job.template?.spec?.containers),
      formatLabelSelector(job.selector),
    ];
  },
  defaults(object) {
    object.spec ??= {};
    const spec: CronJobSpec = object.spec;
    spec.concurrencyPolicy ||= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    spec.jobTemplate ??= {};
    spec.jobTemplate.metadata ??= {};
    spec.jobTemplate.spec ??= {};
    defaultJobSpec(spec.jobTemplate.spec);
  },
  prepareForCreate(object) {
    object.status = {};
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    validateCronJobSpec(object.spec ?? {}, old?.spec, errors);
    const name = object.metadata.name ?? '';
    // The controller appends 11 characters to make a job's name.
    if (!old && name.length > 52) errors.push(invalid('metadata.name', name, 'must be no more than 52 characters'));
    return errors;
  },
  warnings(object, old) {
    const spec: CronJobSpec = object.spec ?? {};
    const warnings = old ? [] : nameWarnings(object);
    if (!old || object.metadata.generation !== old.metadata.generation)
      warnings.push(...jobWarnings('spec.jobTemplate.spec', spec.jobTemplate?.spec ?? {}));
    if (old && spec.schedule?.includes('TZ'))
      warnings.push(
        'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
      );
    return warnings;
  },
};
export default definition;

function validateCronJobSpec(spec: CronJobSpec, old: CronJobSpec | undefined, errors: FieldError[]): void {
  if (!spec.schedule) errors.push(required('spec.schedule'));
  else validateSchedule(spec.schedule, spec.timeZone, old?.schedule?.includes('TZ') ?? false, errors);
  validateNonnegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds, errors);
  if (!old || old.timeZone !== spec.timeZone) validateTimeZone('spec.timeZone', spec.timeZone, errors);
  const policies = ['Allow', 'Forbid', 'Replace'];
  if (!spec.concurrencyPolicy) errors.push(required('spec.concurrencyPolicy'));
  else if (!policies.includes(spec.concurrencyPolicy))
    errors.push(notSupported('spec.concurrencyPolicy', spec.concurrencyPolicy, policies));
  const job = spec.jobTemplate?.spec ?? {};
  const options = podValidationOptions(old?.jobTemplate?.spec?.template?.spec);
  validateJobTemplate('spec.jobTemplate.spec', job, errors, options);
  if (job.selector)
    errors.push(invalid('spec.jobTemplate.spec.selector', jsonOf(job.selector), '`selector` will be auto-generated'));
  if (job.manualSelector)
    errors.push(notSupported('spec.jobTemplate.spec.manualSelector', job.manualSelector, ['nil', 'false']));
  validateNonnegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit, errors);
  validateNonnegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit, errors);
}

function validateSchedule(
  schedule: string,
  timeZone: string | undefined,
  allowsZone: boolean,
  errors: FieldError[],
): void {
  try {
    parseCronSchedule(schedule);
  } catch (error) {
    errors.push(invalid('spec.schedule', schedule, (error as Error).message));
  }
  if (!schedule.includes('TZ')) return;
  if (!allowsZone)
    errors.push(invalid('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  else if (timeZone !== undefined)
    errors.push(invalid('spec.schedule', schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
}

const ZONE_PART = /^[A-Za-z.\-_0-9+]{1,14}$/;

function validateTimeZone(field: string, zone: string | undefined, errors: FieldError[]): void {
  if (zone === undefined) return;
  if (zone === '') {
    errors.push(invalid(field, zone, 'timeZone must be nil or non-empty string'));
    return;
  }
  const isBad = (part: string) => part === '.' || part === '..' || part.startsWith('-') || !ZONE_PART.test(part);
  if (zone.split('/').some(isBad)) {
    errors.push(invalid(field, zone, `unknown time zone ${zone}`));
    return;
  }
  if (zone.toLowerCase() === 'local')
    errors.push(
      invalid(field, zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'),
    );
  if (zone !== 'Local' && !isTimeZone(zone)) errors.push(invalid(field, zone, `unknown time zone ${zone}`));
}
