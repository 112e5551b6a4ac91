/** Replica sets (pkg/registry/apps/replicaset/strategy.go). */
import { type FieldError, invalid } from '../../../apimachinery/field-error';
import type { ResourceDefinition } from '../../resource';
import type { LabelSelector, PodTemplateSpec } from '../../validation/core-types';
import { validateImmutable, validateNonnegative } from '../../validation/field-checks';
import { selectorValue } from '../../validation/labels';
import { podValidationOptions } from '../../validation/pod-update';
import {
  scaleSelector,
  validateCounts,
  validateLastingTemplate,
  validateSelectorMatches,
  validateWorkloadSelector,
  workloadWarnings,
} from '../../validation/workloads';
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

export interface ReplicaSetSpec {
  replicas?: number;
  minReadySeconds?: number;
  selector?: LabelSelector;
  template?: PodTemplateSpec;
}

const definition: ResourceDefinition = {
  group: 'apps',
  resource: 'replicasets',
  columns: [
    NAME,
    column('Desired', { type: 'integer', description: 'Replicas is the number of desired pods.' }),
    column('Current', {
      type: 'integer',
      description: 'Replicas is the most recently observed number of non-terminating pods.',
    }),
    column('Ready', {
      type: 'integer',
      description: 'The number of non-terminating pods targeted by this ReplicaSet with a Ready Condition.',
    }),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  cells(object, now) {
    const { spec = {}, status = {} } = object;
    const [names, images] = containerCells(spec.template?.spec?.containers);
    return [
      nameOf(object),
      spec.replicas ?? 0,
      status.replicas ?? 0,
      status.readyReplicas ?? 0,
      ageOf(object, now),
      names,
      images,
      formatLabelSelector(spec.selector),
    ];
  },
  defaults(object) {
    object.spec ??= {};
    object.spec.replicas ??= 1;
    if (object.spec.minReadySeconds === 0) delete object.spec.minReadySeconds;
    defaultPodTemplate(object.spec);
  },
  prepareForCreate(object) {
    object.status = { replicas: 0 };
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    validateReplicaSetSpec(object.spec ?? {}, old?.spec, errors);
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    validateImmutable('spec.selector', object.spec?.selector, old.spec?.selector, errors);
    return errors;
  },
  warnings: workloadWarnings,
  selectableFields: { 'status.replicas': (object) => String(object.status?.replicas ?? 0) },
  subresources: { status: { validateUpdate: (object) => validateReplicaSetStatus(object.status ?? {}) } },
  scale: { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas', selector: scaleSelector },
};
export default definition;

function validateReplicaSetSpec(spec: ReplicaSetSpec, old: ReplicaSetSpec | undefined, errors: FieldError[]): void {
  const template = spec.template ?? {};
  validateNonnegative('spec.replicas', spec.replicas, errors);
  validateNonnegative('spec.minReadySeconds', spec.minReadySeconds, errors);
  // Upstream names the wrong kind for an empty selector.
  validateWorkloadSelector('spec.selector', spec.selector, 'deployment', errors);
  if (validateSelectorMatches('spec.template', spec.selector, template, errors))
    validateLastingTemplate('spec.template', template, 'ReplicaSet', errors, podValidationOptions(old?.template?.spec));
  else errors.push(invalid('spec.selector', selectorValue(spec.selector), 'invalid label selector'));
}

/** Also of a replication controller. */
export function validateReplicaSetStatus(status: Record<string, number | undefined>): FieldError[] {
  const errors: FieldError[] = [];
  const parts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'];
  validateCounts(status, ['replicas', ...parts, 'observedGeneration', 'terminatingReplicas'], parts, errors);
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0))
    errors.push(invalid('status.availableReplicas', status.availableReplicas, 'cannot be greater than readyReplicas'));
  return errors;
}
