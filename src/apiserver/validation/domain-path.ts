/** Names that start with a domain: `acme.io/foo` (apimachinery `util/validation`). */
import { type FieldError, invalid, required } from '../../apimachinery/field-error';
import { isDNS1123Subdomain, regexError } from '../../apimachinery/names';
import { complain } from './field-checks';

const PATH = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** IsDomainPrefixedPath. */
export function validateDomainPrefixedPath(field: string, value: string, errors: FieldError[]): void {
  if (value === '') {
    errors.push(required(field));
    return;
  }
  const slash = value.indexOf('/');
  if (slash <= 0 || slash === value.length - 1) {
    errors.push(invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")'));
    return;
  }
  const host = value.slice(0, slash);
  const path = value.slice(slash + 1);
  complain(field, host, isDNS1123Subdomain(host), errors);
  if (!PATH.test(path))
    errors.push(invalid(field, path, regexError('Invalid path', "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+")));
}
