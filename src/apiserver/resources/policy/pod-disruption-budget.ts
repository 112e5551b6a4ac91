/** Pod disruption budgets (pkg/registry/policy/poddisruptionbudget/strategy.go). */
import { type FieldError, invalid, notSupported } from '../../../apimachinery/field-error';
import type { ResourceDefinition } from '../../resource';
import { validateConditions } from '../../validation/conditions';
import type { LabelSelector } from '../../validation/core-types';
import { hasInvalidLabelValues, validateLabelSelector } from '../../validation/labels';
import { internalOf } from '../../validation/spec-diff';
import { validateAtMostAll, validateCounts, validateIntOrPercent } from '../../validation/workloads';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

interface PodDisruptionBudgetSpec {
  minAvailable?: number | string;
  maxUnavailable?: number | string;
  selector?: LabelSelector;
  unhealthyPodEvictionPolicy?: string;
}

const definition: ResourceDefinition = {
  group: 'policy',
  resource: 'poddisruptionbudgets',
  requiresResourceVersionOnUpdate: true,
  columns: [
    NAME,
    column('Min Available', { description: 'The minimum number of pods that must be available.' }),
    column('Max Unavailable', { description: 'The maximum number of pods that may be unavailable.' }),
    column('Allowed Disruptions', {
      type: 'integer',
      description: 'Calculated number of pods that may be disrupted at this time.',
    }),
    AGE,
  ],
  cells(object, now) {
    const spec: PodDisruptionBudgetSpec = object.spec ?? {};
    return [
      nameOf(object),
      String(spec.minAvailable ?? 'N/A'),
      String(spec.maxUnavailable ?? 'N/A'),
      object.status?.disruptionsAllowed ?? 0,
      ageOf(object, now),
    ];
  },
  prepareForCreate(object) {
    object.spec ??= {};
    object.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    const spec: PodDisruptionBudgetSpec = object.spec ?? {};
    const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: policy } = spec;
    if (minAvailable !== undefined && maxUnavailable !== undefined)
      errors.push(
        invalid(
          'spec',
          internalOf('PodDisruptionBudgetSpec', spec),
          'minAvailable and maxUnavailable cannot be both set',
        ),
      );
    validateIntOrPercent('spec.minAvailable', minAvailable, errors);
    validateAtMostAll('spec.minAvailable', minAvailable, errors);
    validateIntOrPercent('spec.maxUnavailable', maxUnavailable, errors);
    validateAtMostAll('spec.maxUnavailable', maxUnavailable, errors);
    validateLabelSelector('spec.selector', spec.selector, errors, {
      allowInvalidValues: hasInvalidLabelValues(old?.spec?.selector),
    });
    const policies = ['AlwaysAllow', 'IfHealthyBudget'];
    if (policy !== undefined && !policies.includes(policy))
      errors.push(notSupported('spec.unhealthyPodEvictionPolicy', policy, policies));
    return errors;
  },
  subresources: {
    status: {
      validateUpdate(object) {
        const errors: FieldError[] = [];
        validateConditions('status.conditions', object.status?.conditions, errors);
        const counts = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'];
        validateCounts(object.status ?? {}, counts, [], errors);
        return errors;
      },
    },
  },
};
export default definition;
