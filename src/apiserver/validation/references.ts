/** References to other objects by group, kind and name. */
import { type FieldError, required } from '../../apimachinery/field-error';
import { isDNS1123Subdomain, isPathSegmentName } from '../../apimachinery/names';
import { complain } from './field-checks';

export interface TypedReference {
  apiGroup?: string | null;
  kind?: string;
  name?: string;
  scope?: string;
  namespace?: string;
}

/** A field that must be there and fit into a path. */
export function validateSegment(field: string, value: string | undefined, errors: FieldError[]): void {
  if (!value) errors.push(required(field));
  else complain(field, value, isPathSegmentName(value), errors);
}

/** The group if told, and kind and name (validateIngressTypedLocalObjectReference). */
export function validateTypedReference(path: string, reference: TypedReference, errors: FieldError[]): void {
  const { apiGroup, kind, name } = reference;
  // A pointer that is never left out is null where nobody has set it.
  if (apiGroup !== undefined && apiGroup !== null)
    complain(`${path}.apiGroup`, apiGroup, isDNS1123Subdomain(apiGroup), errors);
  validateSegment(`${path}.kind`, kind, errors);
  validateSegment(`${path}.name`, name, errors);
}
