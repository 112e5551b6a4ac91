/** Classes of volumes' attributes (pkg/registry/storage/volumeattributesclass/strategy.go). */
import { type FieldError, forbiddenField } from '../../../apimachinery/field-error';
import type { ResourceDefinition } from '../../resource';
import { semanticEqual } from '../../validation/field-checks';
import { validateParameters, validateProvisioner } from '../../validation/storage';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

const definition: ResourceDefinition = {
  group: 'storage.k8s.io',
  resource: 'volumeattributesclasses',
  columns: [NAME, column('DriverName'), AGE],
  cells: (object, now) => [nameOf(object), object.driverName ?? '', ageOf(object, now)],
  validate(object) {
    const errors: FieldError[] = [];
    validateProvisioner('driverName', object.driverName ?? '', errors);
    validateParameters('parameters', object.parameters, false, errors);
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    if (object.driverName !== old.driverName)
      errors.push(forbiddenField('driverName', 'updates to driverName are forbidden.'));
    if (!semanticEqual(object.parameters, old.parameters))
      errors.push(forbiddenField('parameters', 'updates to parameters are forbidden.'));
    return errors;
  },
};
export default definition;
