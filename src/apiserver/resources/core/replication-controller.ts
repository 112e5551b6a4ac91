/** Replication controllers (pkg/registry/core/replicationcontroller/strategy.go). */
import { type FieldError, invalid, required } from '../../../apimachinery/field-error';
import type { ResourceDefinition } from '../../resource';
import type { PodTemplateSpec } from '../../validation/core-types';
import { validateNonnegative } from '../../validation/field-checks';
import { labelsValue } from '../../validation/labels';
import { podValidationOptions } from '../../validation/pod-update';
import { validateLastingTemplate, workloadWarnings } from '../../validation/workloads';
import { validateReplicaSetStatus } from '../apps/replica-set';
import {
  AGE,
  ageOf,
  CONTAINERS,
  column,
  containerCells,
  formatLabels,
  IMAGES,
  NAME,
  nameOf,
  SELECTOR,
} from '../columns';
import { defaultPodTemplate } from '../defaults/pod-spec';

interface ReplicationControllerSpec {
  replicas?: number;
  minReadySeconds?: number;
  selector?: Record<string, string>;
  template?: PodTemplateSpec;
}

const isEmpty = (labels: object | undefined): boolean => Object.keys(labels ?? {}).length === 0;

const definition: ResourceDefinition = {
  group: '',
  resource: 'replicationcontrollers',
  defaultGarbageCollection: 'orphan',
  columns: [
    NAME,
    ...['Desired', 'Current', 'Ready'].map((name) => column(name, { type: 'integer' })),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  cells(object, now) {
    const spec: ReplicationControllerSpec = object.spec ?? {};
    return [
      nameOf(object),
      spec.replicas ?? 0,
      object.status?.replicas ?? 0,
      object.status?.readyReplicas ?? 0,
      ageOf(object, now),
      ...containerCells(spec.template?.spec?.containers),
      formatLabels(spec.selector),
    ];
  },
  defaults(object) {
    object.spec ??= {};
    const spec: ReplicationControllerSpec = object.spec;
    spec.replicas ??= 1;
    if (spec.minReadySeconds === 0) delete spec.minReadySeconds;
    if (spec.template) defaultPodTemplate(spec);
    const labels = spec.template?.metadata?.labels;
    if (!labels || isEmpty(labels)) return;
    if (isEmpty(spec.selector)) spec.selector = { ...labels };
    if (isEmpty(object.metadata.labels)) object.metadata.labels = { ...labels };
  },
  prepareForCreate(object) {
    object.status = { replicas: 0 };
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    const spec: ReplicationControllerSpec = object.spec ?? {};
    validateNonnegative('spec.minReadySeconds', spec.minReadySeconds, errors);
    if (isEmpty(spec.selector)) errors.push(required('spec.selector'));
    if (spec.replicas === undefined) errors.push(required('spec.replicas'));
    else validateNonnegative('spec.replicas', spec.replicas, errors);
    if (!spec.template) {
      errors.push(required('spec.template'));
      return errors;
    }
    const labels = spec.template.metadata?.labels;
    for (const [key, value] of Object.entries(spec.selector ?? {}))
      if (labels?.[key] !== value) {
        errors.push(
          invalid('spec.template.metadata.labels', labelsValue(labels), '`selector` does not match template `labels`'),
        );
        break;
      }
    const options = podValidationOptions(old?.spec?.template?.spec);
    validateLastingTemplate('spec.template', spec.template, 'ReplicationController', errors, options);
    return errors;
  },
  warnings: workloadWarnings,
  selectableFields: { 'status.replicas': (object) => String(object.status?.replicas ?? 0) },
  subresources: { status: { validateUpdate: (object) => validateReplicaSetStatus(object.status ?? {}) } },
  scale: {
    specReplicas: '.spec.replicas',
    statusReplicas: '.status.replicas',
    selector: (object) =>
      Object.entries(object.spec?.selector ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .sort()
        .join(','),
  },
};
export default definition;
