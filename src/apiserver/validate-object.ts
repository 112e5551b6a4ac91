/** Whether an object as a whole may be stored: what its kind's declaration says, and for kinds without one what its schema says. */
import type { FieldError } from '../apimachinery/field-error';
import type { KubeObject } from '../apimachinery/meta';
import type { ServedResource } from './served-resource';

export function validateObject(resource: ServedResource, object: KubeObject, old?: KubeObject): readonly FieldError[] {
  return resource.definition.validate?.(object, old) ?? [];
}
