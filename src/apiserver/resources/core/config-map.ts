/** Config maps (pkg/registry/core/configmap/strategy.go). */
import { type FieldError, forbiddenField, invalid, tooLong } from '../../../apimachinery/field-error';
import { isConfigMapKey, utf8Length } from '../../../apimachinery/names';
import type { ResourceDefinition } from '../../resource';
import { byteLength } from '../../validation/base64';
import { complain, semanticEqual } from '../../validation/field-checks';
import { AGE, ageOf, column, NAME, nameOf } from '../columns';

/** 1 MiB over all values, of config maps and secrets. */
export const MAX_DATA_SIZE = 1024 * 1024;

const definition: ResourceDefinition = {
  group: '',
  resource: 'configmaps',
  hasGeneration: false,
  columns: [NAME, column('Data'), AGE],
  cells: (object, now) => [
    nameOf(object),
    Object.keys(object.data ?? {}).length + Object.keys(object.binaryData ?? {}).length,
    ageOf(object, now),
  ],
  validate(object) {
    const errors: FieldError[] = [];
    const data: Record<string, string> = object.data ?? {};
    const binaryData: Record<string, string> = object.binaryData ?? {};
    let size = 0;
    for (const key of Object.keys(data)) {
      complain(`data[${key}]`, key, isConfigMapKey(key), errors);
      if (Object.hasOwn(binaryData, key))
        errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
      size += utf8Length(data[key] as string);
    }
    for (const key of Object.keys(binaryData)) {
      complain(`binaryData[${key}]`, key, isConfigMapKey(key), errors);
      size += byteLength(binaryData[key] as string);
    }
    if (size > MAX_DATA_SIZE) errors.push(tooLong('', MAX_DATA_SIZE));
    return errors;
  },
  validateUpdate(object, old) {
    if (old.immutable !== true) return [];
    const text = 'field is immutable when `immutable` is set';
    const errors: FieldError[] = [];
    if (object.immutable !== true) errors.push(forbiddenField('immutable', text));
    for (const field of ['data', 'binaryData'])
      if (!semanticEqual(object[field], old[field])) errors.push(forbiddenField(field, text));
    return errors;
  },
};
export default definition;
