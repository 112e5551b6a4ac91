/** What classes of storage share (pkg/apis/storage/validation/validation.go). */
import { type FieldError, invalid, required, tooLong } from '../../apimachinery/field-error';
import { isQualifiedName, utf8Length } from '../../apimachinery/names';
import { complain } from './field-checks';

/** The name of a driver, of any case. */
export function validateProvisioner(field: string, name: string, errors: FieldError[]): void {
  if (name === '') errors.push(required(field));
  else complain(field, name.toLowerCase(), isQualifiedName(name.toLowerCase()), errors);
}

/** Of drivers: at most 512, of 256 KiB together. */
export function validateParameters(
  field: string,
  parameters: Record<string, string> | undefined,
  mayBeEmpty: boolean,
  errors: FieldError[],
): void {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > 512) {
    errors.push(tooLong(field, 512));
    return;
  }
  let size = 0;
  for (const [key, value] of entries) {
    if (key === '') errors.push(invalid(field, key, 'field can not be empty.'));
    size += utf8Length(key) + utf8Length(value);
  }
  if (size > 262144) errors.push(tooLong(field, 262144));
  if (!mayBeEmpty && entries.length === 0) errors.push(required(field, 'must contain at least one key/value pair'));
}
