/** Templates of claims of devices (pkg/registry/resource/resourceclaimtemplate/strategy.go). */
import { type FieldError, invalid } from '../../../apimachinery/field-error';
import type { ResourceDefinition } from '../../resource';
import { IMMUTABLE, semanticEqual } from '../../validation/field-checks';
import { AGE, ageOf, NAME, nameOf } from '../columns';
import { checkAdminAccess, defaultDeviceClaim } from './device-claims';

const definition: ResourceDefinition = {
  group: 'resource.k8s.io',
  resource: 'resourceclaimtemplates',
  hasGeneration: false,
  columns: [NAME, AGE],
  cells: (object, now) => [nameOf(object), ageOf(object, now)],
  defaults(object) {
    object.spec ??= {};
    object.spec.spec ??= {};
    defaultDeviceClaim(object.spec.spec);
  },
  prepareForCreate: (object, context) => checkAdminAccess(object, object.spec.spec, context),
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    if (!semanticEqual(object.spec, old.spec)) errors.push(invalid('spec', object.spec, IMMUTABLE));
    return errors;
  },
};
export default definition;
