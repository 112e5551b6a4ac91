/** Paths inside volumes (validateLocalDescendingPath and its like). */
import { type FieldError, invalid } from '../../apimachinery/field-error';

/** No `..` among the elements. */
export function validatePathNoBacksteps(field: string, path: string, errors: FieldError[]): void {
  if (path.includes('..') && path.split('/').includes('..')) errors.push(invalid(field, path, "must not contain '..'"));
}

/** Relative, and no `..` among the elements. */
export function validateLocalDescendingPath(field: string, path: string, errors: FieldError[]): void {
  if (path.startsWith('/')) errors.push(invalid(field, path, 'must be a relative path'));
  validatePathNoBacksteps(field, path, errors);
}

/** Also does not start with `..`, which the kubelet uses itself. */
export function validateLocalNonReservedPath(field: string, path: string, errors: FieldError[]): void {
  validateLocalDescendingPath(field, path, errors);
  if (path.startsWith('..') && !path.startsWith('../')) errors.push(invalid(field, path, "must not start with '..'"));
}
