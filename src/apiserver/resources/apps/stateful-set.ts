/** Stateful sets (pkg/registry/apps/statefulset/strategy.go). */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../../apimachinery/field-error';
import type { Json } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { nameIsDNSLabel } from '../../../apimachinery/names';
import { type FeatureGates, isEnabled } from '../../feature-gates';
import type { ResourceDefinition } from '../../resource';
import type { PodValidationOptions } from '../../validation/containers';
import type { LabelSelector, PodTemplateSpec, Volume } from '../../validation/core-types';
import { semanticEqual, validateDNS1123Label, validateNonnegative } from '../../validation/field-checks';
import { selectorValue, validateAnnotations, validateLabels } from '../../validation/labels';
import { type ClaimTemplate, validateClaimSpec } from '../../validation/persistent-volume-claim';
import { validatePodAnnotations } from '../../validation/pod-annotations';
import { validatePodTemplateSpec } from '../../validation/pod-template';
import { podValidationOptions } from '../../validation/pod-update';
import {
  intOrPercentValue,
  scaleSelector,
  validateAtMostAll,
  validateCollisionCount,
  validateCounts,
  validateIntOrPercent,
  validateLastingPolicy,
  validateSelectorMatches,
  validateWorkloadSelector,
  withoutFields,
  workloadWarnings,
} from '../../validation/workloads';
import { AGE, ageOf, CONTAINERS, column, containerCells, IMAGES, NAME, nameOf } from '../columns';
import { defaultPodTemplate } from '../defaults/pod-spec';
import { defaultClaimSpec } from '../defaults/volumes';

interface RollingUpdate {
  partition?: number;
  maxUnavailable?: number | string;
}
interface StatefulSetSpec {
  replicas?: number;
  selector?: LabelSelector;
  template?: PodTemplateSpec;
  serviceName?: string;
  podManagementPolicy?: string;
  updateStrategy?: { type?: string; rollingUpdate?: RollingUpdate };
  persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string };
  volumeClaimTemplates?: (ClaimTemplate & { apiVersion?: string; kind?: string; status?: object })[];
  revisionHistoryLimit?: number;
  minReadySeconds?: number;
  ordinals?: { start?: number };
}

const UPDATABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

const definition: ResourceDefinition = {
  group: 'apps',
  resource: 'statefulsets',
  validateName: nameIsDNSLabel,
  columns: [NAME, column('Ready', { description: 'Number of the pod with ready state' }), AGE, CONTAINERS, IMAGES],
  cells(object, now) {
    const { spec = {}, status = {} } = object;
    return [
      nameOf(object),
      `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
      ageOf(object, now),
      ...containerCells(spec.template?.spec?.containers),
    ];
  },
  defaults: defaultStatefulSet,
  prepareForCreate(object, { featureGates }) {
    object.status = { availableReplicas: 0, replicas: 0 };
    dropDisabledFields(object, undefined, featureGates);
  },
  prepareForUpdate(object, old, { featureGates }) {
    dropDisabledFields(object, old, featureGates);
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    const options: SpecOptions = { pod: podValidationOptions(old?.spec?.template?.spec) };
    if (old) {
      // What can't be changed, or was wrong before, is not held against an update.
      options.updating = true;
      const before: FieldError[] = [];
      validateStatefulSetSpec(old.spec ?? {}, before, options);
      options.skipTemplate = before.length > 0;
    }
    validateStatefulSetSpec(object.spec ?? {}, errors, options);
    return errors;
  },
  validateUpdate(object, old) {
    if (semanticEqual(withoutFields(object.spec, UPDATABLE), withoutFields(old.spec, UPDATABLE))) return [];
    const fields = `${UPDATABLE.slice(0, -1)
      .map((field) => `'${field}'`)
      .join(', ')} and 'minReadySeconds'`;
    return [forbiddenField('spec', `updates to statefulset spec for fields other than ${fields} are forbidden`)];
  },
  warnings(object, old) {
    const warnings = workloadWarnings(object, old ?? { ...object, metadata: { ...object.metadata, generation: 0 } });
    if ((object.spec?.revisionHistoryLimit ?? 0) < 0)
      warnings.push(
        'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
      );
    return warnings;
  },
  subresources: {
    status: {
      validateUpdate(object, old) {
        const errors: FieldError[] = [];
        const status = object.status ?? {};
        const parts = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'];
        validateCounts(status, ['replicas', ...parts, 'observedGeneration', 'collisionCount'], parts, errors);
        if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0))
          errors.push(
            invalid(
              'status.availableReplicas',
              status.availableReplicas,
              'cannot be greater than status.readyReplicas',
            ),
          );
        validateCollisionCount(status, old.status ?? {}, errors);
        return errors;
      },
    },
  },
  scale: { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas', selector: scaleSelector },
};
export default definition;

/** SetDefaults_StatefulSet; the claims in it are objects of their own, with kind and status. */
function defaultStatefulSet(object: KubeObject): void {
  object.spec ??= {};
  const spec: StatefulSetSpec = object.spec;
  spec.podManagementPolicy ||= 'OrderedReady';
  spec.updateStrategy ??= {};
  if (!spec.updateStrategy.type) {
    spec.updateStrategy.type = 'RollingUpdate';
    spec.updateStrategy.rollingUpdate ??= {};
  }
  if (spec.updateStrategy.type === 'RollingUpdate' && spec.updateStrategy.rollingUpdate)
    spec.updateStrategy.rollingUpdate.partition ??= 0;
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  // Go writes it out even when it is empty.
  spec.serviceName ??= '';
  defaultPodTemplate(spec);
  for (const template of spec.volumeClaimTemplates ?? []) {
    template.apiVersion ??= 'v1';
    template.kind ??= 'PersistentVolumeClaim';
    template.metadata ??= {};
    template.spec ??= {};
    defaultClaimSpec(template.spec);
    template.status ??= { phase: 'Pending' };
  }
}

/** dropStatefulSetDisabledFields: a field of a feature that is off is dropped, unless it was in use before. */
function dropDisabledFields(object: KubeObject, old: KubeObject | undefined, gates: FeatureGates): void {
  const spec: StatefulSetSpec = object['spec'] ?? {};
  const rolling = spec.updateStrategy?.rollingUpdate;
  if (rolling?.maxUnavailable === undefined || isEnabled(gates, 'MaxUnavailableStatefulSet')) return;
  if (old?.['spec']?.updateStrategy?.rollingUpdate?.maxUnavailable !== undefined) return;
  const { maxUnavailable: _, ...rest } = rolling;
  spec.updateStrategy = { ...spec.updateStrategy, rollingUpdate: rest };
}

interface SpecOptions {
  pod: PodValidationOptions;
  /** An update: service name and claim templates can't change, so they are not judged. */
  updating?: boolean;
  skipTemplate?: boolean;
}

function validateStatefulSetSpec(spec: StatefulSetSpec, errors: FieldError[], options: SpecOptions): void {
  const policy = spec.podManagementPolicy;
  if (!policy) errors.push(required('spec.podManagementPolicy'));
  else if (policy !== 'OrderedReady' && policy !== 'Parallel')
    errors.push(invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
  validateUpdateStrategy(spec.updateStrategy ?? {}, errors);
  for (const when of ['whenDeleted', 'whenScaled'] as const) {
    const value = spec.persistentVolumeClaimRetentionPolicy?.[when];
    if (spec.persistentVolumeClaimRetentionPolicy && value !== 'Retain' && value !== 'Delete')
      errors.push(notSupported(`spec.persistentVolumeClaimRetentionPolicy.${when}`, value ?? '', ['Retain', 'Delete']));
  }
  if (!options.updating)
    (spec.volumeClaimTemplates ?? []).forEach((template, i) => {
      validateClaimSpec(`spec.volumeClaimTemplates[${i}].spec`, template.spec ?? {}, errors);
    });
  validateNonnegative('spec.replicas', spec.replicas, errors);
  validateNonnegative('spec.minReadySeconds', spec.minReadySeconds, errors);
  validateNonnegative('spec.ordinals.start', spec.ordinals?.start, errors);
  if (!options.updating && spec.serviceName) validateDNS1123Label('spec.serviceName', spec.serviceName, errors);
  validateWorkloadSelector('spec.selector', spec.selector, 'statefulset', errors);
  validateTemplate(spec, errors, options);
  validateLastingPolicy('spec.template', spec.template ?? {}, 'StatefulSet', errors);
}

function validateUpdateStrategy(strategy: NonNullable<StatefulSetSpec['updateStrategy']>, errors: FieldError[]): void {
  const path = 'spec.updateStrategy';
  const rolling = strategy.rollingUpdate;
  if (!strategy.type) errors.push(required(path));
  else if (strategy.type === 'OnDelete') {
    if (rolling)
      errors.push(
        invalid(
          `${path}.rollingUpdate`,
          internalRollingUpdate(rolling),
          "only allowed for updateStrategy 'RollingUpdate'",
        ),
      );
  } else if (strategy.type === 'RollingUpdate') {
    if (!rolling) return;
    validateNonnegative(`${path}.rollingUpdate.partition`, rolling.partition, errors);
    const most = rolling.maxUnavailable;
    if (most === undefined) return;
    const field = `${path}.rollingUpdate.maxUnavailable`;
    validateIntOrPercent(field, most, errors);
    if (intOrPercentValue(most) === 0) errors.push(invalid(field, most, 'cannot be 0'));
    validateAtMostAll(field, most, errors);
  } else {
    const internal = { Type: strategy.type, RollingUpdate: rolling ? internalRollingUpdate(rolling) : null };
    errors.push(invalid(path, internal, "must be 'RollingUpdate' or 'OnDelete'"));
  }
}

const internalRollingUpdate = (rolling: RollingUpdate): Json => ({
  Partition: rolling.partition ?? 0,
  MaxUnavailable: rolling.maxUnavailable ?? null,
});

/** The template as the controller will use it: with the claims as volumes, and names of its own. */
function validateTemplate(spec: StatefulSetSpec, errors: FieldError[], options: SpecOptions): void {
  const template = spec.template ?? {};
  if (!validateSelectorMatches('spec.template', spec.selector, template, errors)) {
    errors.push(invalid('spec.selector', selectorValue(spec.selector), ''));
    return;
  }
  const { subdomain: _subdomain, hostname: _hostname, ...podSpec } = template.spec ?? {};
  const claims = (spec.volumeClaimTemplates ?? []).map((claim): Volume => {
    const name = claim.metadata?.name ?? '';
    return { name, persistentVolumeClaim: { claimName: name } };
  });
  if (claims.length > 0) {
    const own = (podSpec.volumes ?? []).filter((volume) => !claims.some((claim) => claim.name === volume.name));
    podSpec.volumes = [...claims, ...own];
  }
  if (!options.skipTemplate)
    validatePodTemplateSpec('spec.template', { ...template, spec: podSpec }, errors, options.pod);
  validateLabels('spec.template.labels', template.metadata?.labels, errors);
  validateAnnotations('spec.template.annotations', template.metadata?.annotations, errors);
  validatePodAnnotations('spec.template.annotations', template.metadata?.annotations, podSpec, errors);
}
