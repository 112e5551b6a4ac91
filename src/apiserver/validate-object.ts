/** Whether an object as a whole may be stored: what its kind's declaration says, and for kinds without one what its schema says. */
import type { FieldError } from '../apimachinery/field-error';
import { asJson, type KubeObject } from '../apimachinery/meta';
import type { FeatureGates } from './feature-gates';
import type { ServedResource } from './served-resource';
import { validateBySchema } from './validate-by-schema';

export function validateObject(
  { definition, schema }: ServedResource,
  object: KubeObject,
  old: KubeObject | undefined,
  warn: (text: string) => void,
  gates: FeatureGates,
): readonly FieldError[] {
  if (definition.validate) return definition.validate(object, old, warn, gates);
  // What was allowed in stays allowed.
  return old ? [] : validateBySchema(asJson(object), schema);
}
