/** Claims of devices (pkg/registry/resource/resourceclaim/strategy.go). */
import { type FieldError, invalid } from '../../../apimachinery/field-error';
import type { ResourceDefinition } from '../../resource';
import { IMMUTABLE, semanticEqual } from '../../validation/field-checks';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';
import { checkAdminAccess, checkAllocatedAdminAccess, defaultDeviceClaim } from './device-claims';

const definition: ResourceDefinition = {
  group: 'resource.k8s.io',
  resource: 'resourceclaims',
  hasGeneration: false,
  columns: [
    NAME,
    column('State', { description: 'A summary of the current state (allocated, pending, reserved, etc.).' }),
    AGE,
  ],
  cells(object, now) {
    const states: string[] = [];
    const isDeleted = object.metadata.deletionTimestamp !== undefined;
    if (isDeleted) states.push('deleted');
    if (object.status?.allocation) {
      states.push('allocated');
      if (object.status.reservedFor?.length) states.push('reserved');
    } else if (!isDeleted) states.push('pending');
    return [nameOf(object), states.join(','), ageOf(object, now)];
  },
  defaults(object) {
    object.spec ??= {};
    defaultDeviceClaim(object.spec);
  },
  async prepareForCreate(object, context) {
    object.status = {};
    await checkAdminAccess(object, object.spec, context);
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    if (!semanticEqual(object.spec, old.spec)) errors.push(invalid('spec', object.spec, IMMUTABLE));
    return errors;
  },
  subresources: { status: { prepareForUpdate: checkAllocatedAdminAccess } },
};
export default definition;
