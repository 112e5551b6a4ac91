/** Daemon sets (pkg/registry/apps/daemonset/strategy.go). */
import { type FieldError, invalid, notSupported, required } from '../../../apimachinery/field-error';
import { jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import type { ResourceDefinition } from '../../resource';
import type { LabelSelector, PodTemplateSpec } from '../../validation/core-types';
import { semanticEqual, validateImmutable, validateNonnegative } from '../../validation/field-checks';
import { hasInvalidLabelValues, isEmptySelector, selectorValue, validateLabelSelector } from '../../validation/labels';
import { podValidationOptions } from '../../validation/pod-update';
import {
  intOrPercentValue,
  validateAtMostAll,
  validateCollisionCount,
  validateCounts,
  validateIntOrPercent,
  validateLastingTemplate,
  validateSelectorMatches,
  workloadWarnings,
} from '../../validation/workloads';
import {
  AGE,
  ageOf,
  CONTAINERS,
  column,
  containerCells,
  formatLabelSelector,
  formatLabels,
  IMAGES,
  NAME,
  nameOf,
  SELECTOR,
} from '../columns';
import { defaultPodTemplate } from '../defaults/pod-spec';

interface DaemonSetSpec {
  selector?: LabelSelector;
  template?: PodTemplateSpec;
  updateStrategy?: {
    type?: string;
    rollingUpdate?: { maxUnavailable?: number | string; maxSurge?: number | string };
  };
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
}

/** Where the counter of template changes is kept since apps/v1 has no field for it. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

const definition: ResourceDefinition = {
  group: 'apps',
  resource: 'daemonsets',
  columns: [
    NAME,
    ...['Desired', 'Current', 'Ready', 'Up-to-date', 'Available'].map((name) => column(name, { type: 'integer' })),
    column('Node Selector'),
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
      status.desiredNumberScheduled ?? 0,
      status.currentNumberScheduled ?? 0,
      status.numberReady ?? 0,
      status.updatedNumberScheduled ?? 0,
      status.numberAvailable ?? 0,
      formatLabels(spec.template?.spec?.nodeSelector),
      ageOf(object, now),
      names,
      images,
      formatLabelSelector(spec.selector),
    ];
  },
  defaults: defaultDaemonSet,
  prepareForCreate(object) {
    object.status = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };
    setTemplateGeneration(object, Math.max(templateGeneration(object), 1));
  },
  prepareForUpdate(object, old) {
    const changed = !semanticEqual(jsonOf(object.spec?.template ?? {}), jsonOf(old.spec?.template ?? {}));
    setTemplateGeneration(object, templateGeneration(old) + (changed ? 1 : 0));
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    validateDaemonSetSpec(object.spec ?? {}, old?.spec, errors);
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    validateImmutable('spec.selector', object.spec?.selector, old.spec?.selector, errors);
    return errors;
  },
  warnings: (object, old) =>
    workloadWarnings(object, old ?? { ...object, metadata: { ...object.metadata, generation: 0 } }),
  subresources: {
    status: {
      validateUpdate(object, old) {
        const errors: FieldError[] = [];
        const counts = [
          'currentNumberScheduled',
          'numberMisscheduled',
          'desiredNumberScheduled',
          'numberReady',
          'observedGeneration',
          'updatedNumberScheduled',
          'numberAvailable',
          'numberUnavailable',
          'collisionCount',
        ];
        validateCounts(object.status ?? {}, counts, [], errors);
        validateCollisionCount(object.status ?? {}, old.status ?? {}, errors);
        return errors;
      },
    },
  },
};
export default definition;

function templateGeneration(object: KubeObject): number {
  return Number.parseInt(object.metadata.annotations?.[TEMPLATE_GENERATION] ?? '', 10) || 0;
}
function setTemplateGeneration(object: KubeObject, generation: number): void {
  object.metadata.annotations = { ...object.metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
}

/** SetDefaults_DaemonSet. */
function defaultDaemonSet(object: KubeObject): void {
  object.spec ??= {};
  const spec: DaemonSetSpec = object.spec;
  spec.updateStrategy ??= {};
  const strategy = spec.updateStrategy;
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {};
    strategy.rollingUpdate.maxUnavailable ??= 1;
    strategy.rollingUpdate.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
  if (spec.minReadySeconds === 0) delete spec.minReadySeconds;
  defaultPodTemplate(spec);
}

function validateDaemonSetSpec(spec: DaemonSetSpec, old: DaemonSetSpec | undefined, errors: FieldError[]): void {
  const template = spec.template ?? {};
  validateLabelSelector('spec.selector', spec.selector, errors, {
    allowInvalidValues: hasInvalidLabelValues(old?.selector),
  });
  validateSelectorMatches('spec.template', spec.selector, template, errors);
  if (spec.selector && isEmptySelector(spec.selector))
    errors.push(invalid('spec.selector', selectorValue(spec.selector), 'empty selector is invalid for daemonset'));
  validateLastingTemplate('spec.template', template, 'DaemonSet', errors, podValidationOptions(old?.template?.spec));
  validateNonnegative('spec.minReadySeconds', spec.minReadySeconds, errors);
  validateUpdateStrategy('spec.updateStrategy', spec.updateStrategy ?? {}, errors);
  validateNonnegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit, errors);
}

function validateUpdateStrategy(
  path: string,
  strategy: NonNullable<DaemonSetSpec['updateStrategy']>,
  errors: FieldError[],
): void {
  if (strategy.type === 'OnDelete') return;
  const rolling = strategy.rollingUpdate;
  if (strategy.type !== 'RollingUpdate') {
    const internal = {
      Type: strategy.type ?? '',
      RollingUpdate: rolling ? { MaxUnavailable: rolling.maxUnavailable ?? 0, MaxSurge: rolling.maxSurge ?? 0 } : null,
    };
    errors.push(notSupported(path, internal, ['RollingUpdate', 'OnDelete']));
    return;
  }
  if (!rolling) {
    errors.push(required(`${path}.rollingUpdate`));
    return;
  }
  const { maxUnavailable, maxSurge } = rolling;
  const at = `${path}.rollingUpdate`;
  validateIntOrPercent(`${at}.maxUnavailable`, maxUnavailable, errors);
  validateIntOrPercent(`${at}.maxSurge`, maxSurge, errors);
  validateAtMostAll(`${at}.maxUnavailable`, maxUnavailable, errors);
  validateAtMostAll(`${at}.maxSurge`, maxSurge, errors);
  const hasUnavailable = intOrPercentValue(maxUnavailable) !== 0;
  const hasSurge = intOrPercentValue(maxSurge) !== 0;
  if (hasUnavailable && hasSurge)
    errors.push(invalid(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  else if (!hasUnavailable && !hasSurge)
    errors.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
}
