/** Deployments (pkg/registry/apps/deployment/strategy.go). */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../../apimachinery/field-error';
import { deepEqual } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import type { ResourceDefinition } from '../../resource';
import type { LabelSelector, PodTemplateSpec } from '../../validation/core-types';
import { validateImmutable, validateNonnegative } from '../../validation/field-checks';
import { selectorValue } from '../../validation/labels';
import { podValidationOptions } from '../../validation/pod-update';
import {
  intOrPercentValue,
  scaleSelector,
  validateAtMostAll,
  validateCollisionCount,
  validateCounts,
  validateIntOrPercent,
  validateLastingTemplate,
  validateSelectorMatches,
  validateWorkloadSelector,
  workloadWarnings,
} from '../../validation/workloads';
import { AGE, ageOf, CONTAINERS, column, containerCells, IMAGES, NAME, nameOf, SELECTOR } from '../columns';
import { defaultPodTemplate } from '../defaults/pod-spec';
import { selectorCell } from './columns';

interface Strategy {
  type?: string;
  rollingUpdate?: { maxUnavailable?: number | string; maxSurge?: number | string };
}
export interface DeploymentSpec {
  replicas?: number;
  selector?: LabelSelector;
  template?: PodTemplateSpec;
  strategy?: Strategy;
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
  progressDeadlineSeconds?: number;
  paused?: boolean;
}

const definition: ResourceDefinition = {
  group: 'apps',
  resource: 'deployments',
  columns: [
    NAME,
    column('Ready', { description: 'Number of the pod with ready state' }),
    column('Up-to-date', {
      description:
        'Total number of non-terminating pods targeted by this deployment that have the desired template spec.',
    }),
    column('Available', {
      description:
        'Total number of available non-terminating pods (ready for at least minReadySeconds) targeted by this deployment.',
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
      `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
      status.updatedReplicas ?? 0,
      status.availableReplicas ?? 0,
      ageOf(object, now),
      names,
      images,
      selectorCell(spec.selector),
    ];
  },
  defaults: defaultDeployment,
  prepareForCreate(object) {
    object.status = {};
  },
  // Annotations are copied to the replica sets, so they count as a change too.
  generationChanged: (object, old) => !deepEqual(object.metadata.annotations ?? {}, old.metadata.annotations ?? {}),
  validate(object, old) {
    const errors: FieldError[] = [];
    validateDeploymentSpec(object.spec ?? {}, old?.spec, errors);
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    validateImmutable('spec.selector', object.spec?.selector, old.spec?.selector, errors);
    return errors;
  },
  warnings: workloadWarnings,
  subresources: {
    status: {
      prepareForUpdate(object, old) {
        if (old.metadata.labels) object.metadata.labels = old.metadata.labels;
        else delete object.metadata.labels;
      },
      validateUpdate(object, old) {
        const errors: FieldError[] = [];
        const status = object.status ?? {};
        const parts = ['updatedReplicas', 'readyReplicas', 'availableReplicas'];
        validateCounts(
          status,
          ['observedGeneration', 'replicas', ...parts, 'unavailableReplicas', 'terminatingReplicas', 'collisionCount'],
          parts,
          errors,
        );
        if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0))
          errors.push(
            invalid('status.availableReplicas', status.availableReplicas, 'cannot be greater than readyReplicas'),
          );
        validateCollisionCount(status, old.status ?? {}, errors);
        return errors;
      },
    },
  },
  scale: { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas', selector: scaleSelector },
};
export default definition;

/** SetDefaults_Deployment. */
function defaultDeployment(object: KubeObject): void {
  object.spec ??= {};
  const spec: DeploymentSpec = object.spec;
  spec.replicas ??= 1;
  spec.strategy ??= {};
  const { strategy } = spec;
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {};
    strategy.rollingUpdate.maxUnavailable ??= '25%';
    strategy.rollingUpdate.maxSurge ??= '25%';
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  if (spec.minReadySeconds === 0) delete spec.minReadySeconds;
  if (spec.paused === false) delete spec.paused;
  defaultPodTemplate(spec);
}

function validateDeploymentSpec(spec: DeploymentSpec, old: DeploymentSpec | undefined, errors: FieldError[]): void {
  const template = spec.template ?? {};
  validateNonnegative('spec.replicas', spec.replicas, errors);
  validateWorkloadSelector('spec.selector', spec.selector, 'deployment', errors);
  if (validateSelectorMatches('spec.template', spec.selector, template, errors))
    validateLastingTemplate('spec.template', template, 'ReplicaSet', errors, podValidationOptions(old?.template?.spec));
  else errors.push(invalid('spec.selector', selectorValue(spec.selector), 'invalid label selector'));
  validateStrategy('spec.strategy', spec.strategy ?? {}, errors);
  validateNonnegative('spec.minReadySeconds', spec.minReadySeconds, errors);
  validateNonnegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit, errors);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline === undefined) return;
  validateNonnegative('spec.progressDeadlineSeconds', deadline, errors);
  if (deadline <= (spec.minReadySeconds ?? 0))
    errors.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
}

function validateStrategy(path: string, strategy: Strategy, errors: FieldError[]): void {
  const rolling = strategy.rollingUpdate;
  if (strategy.type === 'Recreate') {
    if (rolling)
      errors.push(forbiddenField(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'"));
  } else if (strategy.type === 'RollingUpdate') {
    const at = `${path}.rollingUpdate`;
    if (!rolling) {
      errors.push(required(at, 'this should be defaulted and never be nil'));
      return;
    }
    validateIntOrPercent(`${at}.maxUnavailable`, rolling.maxUnavailable, errors);
    validateIntOrPercent(`${at}.maxSurge`, rolling.maxSurge, errors);
    if (intOrPercentValue(rolling.maxUnavailable) === 0 && intOrPercentValue(rolling.maxSurge) === 0)
      errors.push(invalid(`${at}.maxUnavailable`, rolling.maxUnavailable ?? 0, 'may not be 0 when `maxSurge` is 0'));
    validateAtMostAll(`${at}.maxUnavailable`, rolling.maxUnavailable, errors);
  } else {
    // Told with the whole strategy, by the names of its internal type.
    const internal = {
      Type: strategy.type ?? '',
      RollingUpdate: rolling ? { MaxUnavailable: rolling.maxUnavailable ?? 0, MaxSurge: rolling.maxSurge ?? 0 } : null,
    };
    errors.push(notSupported(path, internal, ['Recreate', 'RollingUpdate']));
  }
}
