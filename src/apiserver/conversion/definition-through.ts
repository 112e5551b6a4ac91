/** A declaration written for the stored version of a kind, used for another version of the same kind. */
import type { KubeObject } from '../../apimachinery/meta';
import type { ResourceDefinition } from '../resource';
import type { Conversion } from './conversion';

/** What the declaration reads it is shown converted; what it writes into is converted there and back. */
export function definitionThrough(definition: ResourceDefinition, conversion: Conversion): ResourceDefinition {
  const { fromStored, toStored } = conversion;
  const { defaults, prepareForCreate, prepareForUpdate, validate, validateUpdate, warnings, cells, selectableFields } =
    definition;
  const writeBack = (object: KubeObject, stored: KubeObject) => void Object.assign(object, fromStored(stored));
  return {
    ...definition,
    ...(defaults && {
      defaults(object: KubeObject) {
        const stored = toStored(object);
        defaults(stored);
        writeBack(object, stored);
      },
    }),
    ...(prepareForCreate && {
      async prepareForCreate(object, context) {
        const stored = toStored(object);
        await prepareForCreate(stored, context);
        writeBack(object, stored);
      },
    }),
    ...(prepareForUpdate && {
      async prepareForUpdate(object, old, context) {
        const stored = toStored(object);
        await prepareForUpdate(stored, toStored(old), context);
        writeBack(object, stored);
      },
    }),
    ...(validate && { validate: (object, old) => validate(toStored(object), old && toStored(old)) }),
    ...(validateUpdate && { validateUpdate: (object, old) => validateUpdate(toStored(object), toStored(old)) }),
    ...(warnings && { warnings: (object, old) => warnings(toStored(object), old && toStored(old)) }),
    ...(cells && { cells: (object, now) => cells(toStored(object), now) }),
    ...(selectableFields && {
      selectableFields: Object.fromEntries(
        Object.entries(selectableFields).map(([field, value]) => [
          field,
          (object: KubeObject) => value(toStored(object)),
        ]),
      ),
    }),
  };
}
