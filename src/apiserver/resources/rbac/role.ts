/** Roles in a namespace (pkg/registry/rbac/role/strategy.go). */
import type { FieldError } from '../../../apimachinery/field-error';
import { nameIsPathSegment } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import { RBAC_GROUP, validateRules } from '../../validation/rbac';

const definition: ResourceDefinition = {
  group: RBAC_GROUP,
  resource: 'roles',
  validateName: nameIsPathSegment,
  allowCreateOnUpdate: true,
  defaults(object) {
    object.rules ??= null;
  },
  validate(object) {
    const errors: FieldError[] = [];
    validateRules(object.rules ?? [], true, errors);
    return errors;
  },
};
export default definition;
