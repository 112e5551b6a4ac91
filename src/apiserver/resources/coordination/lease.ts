/** Leases (pkg/registry/coordination/lease/strategy.go, pkg/apis/coordination/validation). */
import { type FieldError, forbiddenField, invalid, notSupported } from '../../../apimachinery/field-error';
import { isQualifiedName } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import { complain } from '../../validation/field-checks';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

const definition: ResourceDefinition = {
  group: 'coordination.k8s.io',
  resource: 'leases',
  hasGeneration: false,
  allowCreateOnUpdate: true,
  requiresResourceVersionOnUpdate: true,
  columns: [NAME, column('Holder'), AGE],
  cells: (object, now) => [nameOf(object), object.spec?.holderIdentity ?? '', ageOf(object, now)],
  defaults(object) {
    object.spec ??= {};
  },
  validate(object) {
    const errors: FieldError[] = [];
    const { leaseDurationSeconds: seconds, leaseTransitions, strategy, preferredHolder } = object.spec ?? {};
    if (seconds !== undefined && seconds <= 0)
      errors.push(invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0'));
    if (leaseTransitions !== undefined && leaseTransitions < 0)
      errors.push(invalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'));
    if (typeof strategy === 'string') {
      if (strategy.includes('/')) complain('spec.strategy.strategy', strategy, isQualifiedName(strategy), errors);
      else if (strategy !== 'OldestEmulationVersion')
        errors.push(notSupported('spec.strategy.strategy', strategy, ['OldestEmulationVersion']));
    }
    if (preferredHolder && !strategy)
      errors.push(forbiddenField('spec.preferredHolder', 'may only be specified if `strategy` is defined'));
    return errors;
  },
};
export default definition;
