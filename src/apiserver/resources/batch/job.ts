/** Jobs (pkg/registry/batch/job/strategy.go, pkg/apis/batch). */
import { type FieldError, invalid, required } from '../../../apimachinery/field-error';
import { humanDuration } from '../../../apimachinery/human-duration';
import { jsonOf } from '../../../apimachinery/json';
import { selectorOf } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { isDNS1123Label } from '../../../apimachinery/names';
import { parseTime } from '../../../apimachinery/time';
import type { ResourceDefinition } from '../../resource';
import type { PodTemplateSpec } from '../../validation/core-types';
import { IMMUTABLE, semanticEqual, validateImmutable } from '../../validation/field-checks';
import { type JobSpec, validateJobTemplate } from '../../validation/job';
import { isJobCondition, type JobStatus, validateJobStatusUpdate } from '../../validation/job-status';
import { hasInvalidLabelValues, labelsValue, selectorValue, validateLabelSelector } from '../../validation/labels';
import { podValidationOptions } from '../../validation/pod-update';
import { podWarnings } from '../../validation/pod-warnings';
import { internalOf } from '../../validation/spec-diff';
import { nameWarnings } from '../../validation/workloads';
import {
  AGE,
  ageOf,
  CONTAINERS,
  column,
  containerCells,
  formatLabelSelector,
  IMAGES,
  NAME,
  nameOf,
  SELECTOR,
} from '../columns';
import { defaultPodTemplate } from '../defaults/pod-spec';

/** The labels that tie pods to their job; the old names stand beside the new. */
const NAME_LABELS = ['job-name', 'batch.kubernetes.io/job-name'];
const UID_LABELS = ['controller-uid', 'batch.kubernetes.io/controller-uid'];
const UID_LABEL = 'batch.kubernetes.io/controller-uid';

const definition: ResourceDefinition = {
  group: 'batch',
  resource: 'jobs',
  defaultGarbageCollection: 'orphan',
  columns: [
    NAME,
    column('Status', { description: 'Status of the job.' }),
    column('Completions', { description: 'The number of pods which reached phase Succeeded.' }),
    column('Duration', { description: 'Time required to complete the job.' }),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  cells(object, now) {
    const spec: JobSpec = object.spec ?? {};
    return [
      nameOf(object),
      statusText(object),
      completionsText(spec, object.status ?? {}),
      durationText(object.status ?? {}, now),
      ageOf(object, now),
      ...containerCells(spec.template?.spec?.containers),
      formatLabelSelector(spec.selector),
    ];
  },
  defaults(object) {
    object.spec ??= {};
    const spec: JobSpec = object.spec;
    defaultJobSpec(spec);
    if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
    spec.parallelism ??= 1;
    spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2147483647;
    spec.completionMode ??= 'NonIndexed';
    spec.suspend ??= false;
    spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
    spec.manualSelector ??= false;
    const labels = spec.template?.metadata?.labels;
    if (labels && Object.keys(labels).length > 0 && Object.keys(object.metadata.labels ?? {}).length === 0)
      object.metadata.labels = { ...labels };
  },
  prepareForCreate(object) {
    object.status = {};
    if (!object.spec.manualSelector) generateSelector(object);
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    const spec: JobSpec = object.spec ?? {};
    const { metadata } = object;
    validateGeneratedSelector(object, old, errors);
    validateJobTemplate('spec', spec, errors, podValidationOptions(old?.spec?.template?.spec));
    validateSelector(spec, old?.spec, errors);
    if (spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 0) {
      const hostname = `${metadata.name ?? ''}-${(spec.completions ?? 0) - 1}`;
      if (isDNS1123Label(hostname).length > 0)
        errors.push(
          invalid(
            'metadata.name',
            metadata.name ?? '',
            `will not able to create pod with invalid DNS label: ${hostname}`,
          ),
        );
    }
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    validateJobUpdate(object.spec ?? {}, old, errors);
    return errors;
  },
  warnings(object, old) {
    if (old && object.metadata.generation === old.metadata.generation) return [];
    return [...(old ? [] : nameWarnings(object)), ...jobWarnings('spec', object.spec ?? {})];
  },
  selectableFields: { 'status.successful': (object) => String(object.status?.succeeded ?? 0) },
  subresources: {
    status: {
      validateUpdate(object, old) {
        const errors: FieldError[] = [];
        const state = (job: KubeObject) => ({ spec: job.spec ?? {}, status: job.status ?? {} });
        validateJobStatusUpdate(state(object), state(old), errors);
        return errors;
      },
    },
  },
};
export default definition;

/** What the template of a job gets, also within a cron job. */
export function defaultJobSpec(spec: JobSpec): void {
  defaultPodTemplate(spec);
  for (const rule of spec.podFailurePolicy?.rules ?? [])
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
}

/** Of jobs and of the jobs that cron jobs make (WarningsForJobSpec). */
export function jobWarnings(path: string, spec: JobSpec): string[] {
  const warnings: string[] = [];
  if (spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 100_000 && (spec.parallelism ?? 0) > 10_000)
    warnings.push(
      `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
    );
  const template = spec.template ?? {};
  warnings.push(...podWarnings(`${path}.template.`, template.spec ?? {}, template.metadata?.annotations));
  return warnings;
}

/** Labels the template with the job's name and uid, and selects by the uid. */
function generateSelector(object: KubeObject): void {
  const spec: JobSpec = object.spec;
  const labels: Record<string, string> = { ...spec.template?.metadata?.labels };
  for (const label of NAME_LABELS) labels[label] ??= object.metadata.name ?? '';
  for (const label of UID_LABELS) labels[label] ??= object.metadata.uid ?? '';
  spec.template = { ...spec.template, metadata: { ...spec.template?.metadata, labels } };
  spec.selector = {
    ...spec.selector,
    matchLabels: { [UID_LABEL]: object.metadata.uid ?? '', ...spec.selector?.matchLabels },
  };
}

function validateGeneratedSelector(object: KubeObject, old: KubeObject | undefined, errors: FieldError[]): void {
  const spec: JobSpec = object.spec ?? {};
  const { name = '', uid = '' } = object.metadata;
  if (spec.manualSelector || !spec.selector) return;
  if (uid === '') errors.push(required('metadata.uid'));
  const oldLabels = (old?.spec as JobSpec | undefined)?.template?.metadata?.labels;
  const requiresNewLabels =
    !old || (oldLabels !== undefined && (NAME_LABELS[1] as string) in oldLabels && UID_LABEL in oldLabels);
  const expected: Record<string, string> = { 'controller-uid': uid, 'job-name': name };
  if (requiresNewLabels) {
    expected[UID_LABEL] = uid;
    expected['batch.kubernetes.io/job-name'] = name;
  }
  const labels = spec.template?.metadata?.labels ?? {};
  for (const [label, value] of Object.entries(expected)) {
    const field = `spec.template.metadata.labels[${label}]`;
    if (!Object.hasOwn(labels, label)) errors.push(required(field, `must be '${value}'`));
    else if (labels[label] !== value) errors.push(invalid(field, labelsValue(labels), `must be '${value}'`));
  }
  if (selects(spec, expected) === false)
    errors.push(invalid('spec.selector', selectorValue(spec.selector), '`selector` not auto-generated'));
}

function selects(spec: JobSpec, labels: Record<string, string> | undefined): boolean | undefined {
  try {
    return selectorOf(spec.selector as Parameters<typeof selectorOf>[0]).matches(labels);
  } catch {
    return undefined;
  }
}

function validateSelector(spec: JobSpec, old: JobSpec | undefined, errors: FieldError[]): void {
  if (!spec.selector) errors.push(required('spec.selector'));
  else
    validateLabelSelector('spec.selector', spec.selector, errors, {
      allowInvalidValues: hasInvalidLabelValues(old?.selector),
    });
  const labels = spec.template?.metadata?.labels;
  if (selects(spec, labels) === false)
    errors.push(
      invalid('spec.template.metadata.labels', labelsValue(labels), '`selector` does not match template `labels`'),
    );
}

function validateJobUpdate(spec: JobSpec, oldJob: KubeObject, errors: FieldError[]): void {
  const old: JobSpec = oldJob.spec ?? {};
  if (spec.completionMode !== 'Indexed')
    validateImmutable('spec.completions', spec.completions, old.completions, errors);
  else if (
    spec.completions !== old.completions &&
    spec.completions !== undefined &&
    spec.completions !== spec.parallelism
  )
    errors.push(invalid('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism'));
  validateImmutable(
    'spec.selector',
    spec.selector && selectorValue(spec.selector),
    old.selector && selectorValue(old.selector),
    errors,
  );
  validateTemplateUpdate(spec, old, oldJob.status ?? {}, errors);
  const immutable = (field: 'podFailurePolicy' | 'successPolicy', type: string) => {
    const value = spec[field];
    const was = old[field];
    if (!semanticEqual(value && jsonOf(value), was && jsonOf(was)))
      errors.push(invalid(`spec.${field}`, value && internalOf(type, value), IMMUTABLE));
  };
  validateImmutable('spec.completionMode', spec.completionMode, old.completionMode, errors);
  immutable('podFailurePolicy', 'PodFailurePolicy');
  validateImmutable('spec.backoffLimitPerIndex', spec.backoffLimitPerIndex, old.backoffLimitPerIndex, errors);
  validateImmutable('spec.managedBy', spec.managedBy, old.managedBy, errors);
  immutable('successPolicy', 'SuccessPolicy');
}

/** The template stays, but for where pods run and what they use while the job is suspended and has none. */
function validateTemplateUpdate(spec: JobSpec, old: JobSpec, status: JobStatus, errors: FieldError[]): void {
  const template = spec.template ?? {};
  let oldTemplate = old.template ?? {};
  const idle = !status.startTime || isJobCondition(status, 'Suspended');
  const isMutable = old.suspend === true && idle && (status.active ?? 0) === 0;
  if (isMutable) {
    oldTemplate = withSchedulingOf(template, oldTemplate);
    if (!semanticEqual(jsonOf(template.spec ?? {}), jsonOf(withResourcesOf(template, oldTemplate).spec ?? {})))
      errors.push(invalid('spec.template.spec', internalOf('PodSpec', template.spec ?? {}), IMMUTABLE));
  } else if (!semanticEqual(jsonOf(template), jsonOf(oldTemplate)))
    errors.push(invalid('spec.template', internalOf('PodTemplateSpec', template), IMMUTABLE));
}

function withSchedulingOf(template: PodTemplateSpec, old: PodTemplateSpec): PodTemplateSpec {
  const { nodeSelector, tolerations, schedulingGates, affinity } = template.spec ?? {};
  const { nodeAffinity: _, ...others } = old.spec?.affinity ?? {};
  const merged = affinity?.nodeAffinity ? { ...others, nodeAffinity: affinity.nodeAffinity } : others;
  return {
    metadata: { ...old.metadata, labels: template.metadata?.labels, annotations: template.metadata?.annotations },
    spec: { ...old.spec, nodeSelector, tolerations, schedulingGates, affinity: merged },
  };
}

function withResourcesOf(template: PodTemplateSpec, old: PodTemplateSpec): PodTemplateSpec {
  const adopt = (kind: 'containers' | 'initContainers') => {
    const now = template.spec?.[kind] ?? [];
    const was = old.spec?.[kind];
    if (now.length !== was?.length) return was;
    return was.map((one, i) => (one.name === now[i]?.name ? { ...one, resources: now[i]?.resources } : one));
  };
  return { ...old, spec: { ...old.spec, containers: adopt('containers'), initContainers: adopt('initContainers') } };
}

function statusText(object: KubeObject): string {
  const status: JobStatus = object.status ?? {};
  if (isJobCondition(status, 'Complete')) return 'Complete';
  if (isJobCondition(status, 'Failed')) return 'Failed';
  if (object.metadata.deletionTimestamp) return 'Terminating';
  for (const type of ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'])
    if (isJobCondition(status, type)) return type;
  return 'Running';
}
function completionsText(spec: JobSpec, status: JobStatus): string {
  const succeeded = status.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  return (spec.parallelism ?? 0) > 1 ? `${succeeded}/1 of ${spec.parallelism}` : `${succeeded}/1`;
}
function durationText(status: JobStatus, now: number): string {
  const start = parseTime(status.startTime ?? '');
  if (start === undefined) return '';
  return humanDuration((parseTime(status.completionTime ?? '') ?? now) - start);
}
