/** Roles in a namespace (pkg/registry/rbac/role/strategy.go). */
import type { FieldError } from '../../../apimachinery/field-error';
import { nameIsPathSegment } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import { RBAC_GROUP, validateRules } from '../../validation/rbac';
import { CREATED_AT, NAME, nameOf } from '../columns';

const definition: ResourceDefinition = {
  group: RBAC_GROUP,
  resource: 'roles',
  validateName: nameIsPathSegment,
  allowCreateOnUpdate: true,
  columns: [NAME, CREATED_AT],
  cells: (object) => [nameOf(object), object.metadata.creationTimestamp ?? ''],
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
