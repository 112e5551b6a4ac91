/** Controller revisions (pkg/registry/apps/controllerrevision/strategy.go). */
import { type FieldError, required } from '../../../apimachinery/field-error';
import { isObject } from '../../../apimachinery/json';
import { controllerOf, parseGroupVersion } from '../../../apimachinery/meta';
import type { ResourceDefinition } from '../../resource';
import { validateImmutable, validateNonnegative } from '../../validation/field-checks';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

const definition: ResourceDefinition = {
  group: 'apps',
  resource: 'controllerrevisions',
  columns: [NAME, column('Controller', { description: 'Controller of the object' }), column('Revision'), AGE],
  cells(object, now) {
    const owner = controllerOf(object);
    const group = owner && parseGroupVersion(owner.apiVersion).group;
    const controller = owner ? `${owner.kind.toLowerCase()}${group ? `.${group}` : ''}/${owner.name}` : '<none>';
    return [nameOf(object), controller, object.revision ?? 0, ageOf(object, now)];
  },
  defaults(object) {
    object.revision ??= 0;
  },
  hasGeneration: false,
  validate(object, old) {
    const errors: FieldError[] = [];
    validateNonnegative('revision', object.revision, errors);
    if (old) return errors;
    if (object.data === undefined || object.data === null) errors.push(required('data', 'data is mandatory'));
    else if (!isObject(object.data)) errors.push(required('data', 'data must be a valid JSON object'));
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    validateImmutable('data', object.data, old.data, errors);
    return errors;
  },
};
export default definition;
