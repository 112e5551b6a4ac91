/** How much storage a driver has where (pkg/registry/storage/csistoragecapacity/strategy.go). */
import { type FieldError, invalid } from '../../../apimachinery/field-error';
import { nameIsDNSSubdomain } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import { complain, IMMUTABLE, semanticEqual } from '../../validation/field-checks';
import { hasInvalidLabelValues, validateLabelSelector } from '../../validation/labels';
import { validateNonnegativeQuantity } from '../../validation/resources';
import { column, NAME, nameOf } from '../columns';
import { canonicalQuantity } from '../defaults/resource-lists';

const definition: ResourceDefinition = {
  group: 'storage.k8s.io',
  resource: 'csistoragecapacities',
  requiresResourceVersionOnUpdate: true,
  columns: [NAME, column('StorageClassName'), column('Capacity')],
  cells: (object) => [nameOf(object), object.storageClassName ?? '', String(object.capacity ?? '<unset>')],
  defaults(object) {
    for (const field of ['capacity', 'maximumVolumeSize'])
      if (object[field] !== undefined) object[field] = canonicalQuantity(object[field]);
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    validateLabelSelector('nodeTopology', object.nodeTopology, errors, {
      allowInvalidValues: hasInvalidLabelValues(old?.nodeTopology),
    });
    const name: string = object.storageClassName ?? '';
    complain('storageClassName', name, nameIsDNSSubdomain(name, false), errors);
    if (object.capacity !== undefined) validateNonnegativeQuantity('capacity', object.capacity, errors);
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    for (const field of ['nodeTopology', 'storageClassName'])
      if (!semanticEqual(object[field], old[field])) errors.push(invalid(field, object[field], IMMUTABLE));
    return errors;
  },
};
export default definition;
