/** Addresses in use (pkg/registry/networking/ipaddress/strategy.go). */
import { type FieldError, required } from '../../../apimachinery/field-error';
import { validateIP } from '../../../apimachinery/ip';
import { isDNS1123Subdomain, isPathSegmentName } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import { complain, validateImmutable } from '../../validation/field-checks';
import { validateSegment } from '../../validation/references';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

interface ParentReference {
  group?: string;
  resource?: string;
  namespace?: string;
  name?: string;
}

const definition: ResourceDefinition = {
  group: 'networking.k8s.io',
  resource: 'ipaddresses',
  hasGeneration: false,
  validateName(name) {
    const errors: FieldError[] = [];
    validateIP('', name, errors);
    return errors.map((error) => error.body.slice(`Invalid value: ${JSON.stringify(name)}: `.length));
  },
  columns: [NAME, column('ParentRef'), AGE],
  cells(object, now) {
    const parent: ParentReference | undefined = object.spec?.parentRef;
    return [nameOf(object), parent ? formatParent(parent) : '<none>', ageOf(object, now)];
  },
  validate(object) {
    const errors: FieldError[] = [];
    const parent: ParentReference | undefined = object.spec?.parentRef;
    const path = 'spec.parentRef';
    if (!parent) {
      errors.push(required(path));
      return errors;
    }
    if (parent.group) complain(`${path}.group`, parent.group, isDNS1123Subdomain(parent.group), errors);
    validateSegment(`${path}.resource`, parent.resource, errors);
    validateSegment(`${path}.name`, parent.name, errors);
    if (parent.namespace) complain(`${path}.namespace`, parent.namespace, isPathSegmentName(parent.namespace), errors);
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    validateImmutable('spec.parentRef', object.spec?.parentRef, old.spec?.parentRef, errors);
    return errors;
  },
};
export default definition;

function formatParent({ group, resource = '', namespace, name = '' }: ParentReference): string {
  const qualified = (group ? `${resource}.${group}` : resource).toLowerCase();
  return [qualified, ...(namespace ? [namespace] : []), name].join('/');
}
