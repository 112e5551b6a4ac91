/** Names of finalizers: qualified, or one of the few old ones (validateKubeFinalizerName). */
import { type FieldError, invalid } from '../../apimachinery/field-error';
import { isQualifiedName } from '../../apimachinery/names';
import { complain } from './field-checks';

const standard = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** Of `spec.finalizers` of a namespace. */
export function validateFinalizerName(field: string, name: string, errors: FieldError[]): void {
  complain(field, name, isQualifiedName(name), errors);
  if (!name.includes('/') && !standard.includes(name))
    errors.push(invalid(field, name, 'name is neither a standard finalizer name nor is it fully qualified'));
}
