/** Roles in the whole cluster (pkg/registry/rbac/clusterrole/strategy.go). */
import { type FieldError, required } from '../../../apimachinery/field-error';
import { nameIsPathSegment } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import type { LabelSelector } from '../../validation/core-types';
import { hasInvalidLabelValues, validateLabelSelector } from '../../validation/labels';
import { RBAC_GROUP, validateRules } from '../../validation/rbac';
import { CREATED_AT, NAME, nameOf } from '../columns';

const definition: ResourceDefinition = {
  group: RBAC_GROUP,
  resource: 'clusterroles',
  validateName: nameIsPathSegment,
  allowCreateOnUpdate: true,
  columns: [NAME, CREATED_AT],
  cells: (object) => [nameOf(object), object.metadata.creationTimestamp ?? ''],
  defaults(object) {
    object.rules ??= null;
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    validateRules(object.rules ?? [], false, errors);
    if (!object.aggregationRule) return errors;
    const path = 'aggregationRule.clusterRoleSelectors';
    const selectors: LabelSelector[] = object.aggregationRule.clusterRoleSelectors ?? [];
    const oldSelectors: LabelSelector[] = old?.aggregationRule?.clusterRoleSelectors ?? [];
    const allowInvalidValues = oldSelectors.some((selector) => hasInvalidLabelValues(selector));
    if (selectors.length === 0)
      errors.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
    selectors.forEach((selector, i) => {
      validateLabelSelector(`${path}[${i}]`, selector, errors, { allowInvalidValues });
    });
    return errors;
  },
};
export default definition;
