/** Ranges of service addresses (pkg/registry/networking/servicecidr/strategy.go). */
import { type FieldError, invalid, required } from '../../../apimachinery/field-error';
import { parseCIDR, validateCIDR } from '../../../apimachinery/ip';
import type { ResourceDefinition } from '../../resource';
import { IMMUTABLE } from '../../validation/field-checks';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

const FIELD = 'spec.cidrs';

const definition: ResourceDefinition = {
  group: 'networking.k8s.io',
  resource: 'servicecidrs',
  hasGeneration: false,
  columns: [NAME, column('CIDRs'), AGE],
  cells: (object, now) => [nameOf(object), (object.spec?.cidrs ?? []).join(','), ageOf(object, now)],
  prepareForCreate(object) {
    object.spec ??= {};
    object.status = {};
  },
  validate(object, old) {
    const errors: FieldError[] = [];
    if (!old) validateCIDRs(object.spec?.cidrs, errors);
    return errors;
  },
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    const now: string[] = object.spec?.cidrs ?? [];
    const was: string[] = old.spec?.cidrs ?? [];
    const becomesDual = was.length === 1 && now.length === 2;
    if (was.length !== now.length && !becomesDual) {
      errors.push(invalid(FIELD, now, IMMUTABLE));
      return errors;
    }
    was.forEach((cidr, i) => {
      if (cidr !== now[i]) errors.push(invalid(`${FIELD}[${i}]`, now[i], IMMUTABLE));
    });
    if (becomesDual) validateCIDRs(now, errors);
    return errors;
  },
};
export default definition;

function validateCIDRs(cidrs: readonly string[] | undefined, errors: FieldError[]): void {
  if (!cidrs?.length) {
    errors.push(required(FIELD, 'at least one CIDR required'));
    return;
  }
  if (cidrs.length > 2) {
    errors.push(invalid(FIELD, { CIDRs: [...cidrs] }, 'may only hold up to 2 values'));
    return;
  }
  cidrs.forEach((cidr, i) => {
    validateCIDR(`${FIELD}[${i}]`, cidr, errors);
  });
  const [first, second] = cidrs.map((cidr) => parseCIDR(cidr)?.address.family);
  if (first !== undefined && first === second)
    errors.push(
      invalid(
        FIELD,
        [...cidrs],
        'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
      ),
    );
}
