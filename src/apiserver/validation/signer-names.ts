/** Names of certificate signers, `example.com/signer` (pkg/apis/core/validation/names.go ValidateSignerName). */
import { type FieldError, invalid, required, tooLong } from '../../apimachinery/field-error';
import { isDNS1123Label, isDNS1123Subdomain, utf8Length } from '../../apimachinery/names';

export function validateSignerName(field: string, name: string, errors: FieldError[]): void {
  if (name === '') {
    errors.push(required(field));
    return;
  }
  const [domain = '', path = '', ...more] = name.split('/');
  if (!name.includes('/') || more.length > 0) {
    errors.push(
      invalid(field, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'"),
    );
    return;
  }
  if (utf8Length(domain) > 253) errors.push(tooLong(field, 253));
  complainOfFirst(field, domain, isDNS1123Label, errors);
  if (!domain.includes('.'))
    errors.push(invalid(field, domain, 'should be a domain with at least two segments separated by dots'));
  complainOfFirst(field, path, isDNS1123Subdomain, errors);
  if (utf8Length(name) > 571) errors.push(tooLong(field, 571));
}

/** Tells of the first part between dots that is wrong, and no other. */
function complainOfFirst(
  field: string,
  segment: string,
  judge: (part: string) => readonly string[],
  errors: FieldError[],
): void {
  for (const part of segment.split('.')) {
    const complaints = judge(part);
    for (const complaint of complaints)
      errors.push(invalid(field, segment, `validating label ${JSON.stringify(part)}: ${complaint}`));
    if (complaints.length > 0) return;
  }
}
