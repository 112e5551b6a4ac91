/** `Object{…}` and `JSONPatch{…}` in expressions of mutating policies (apiserver `pkg/cel/mutation`). */
import { StructValue } from '../../../cel/struct-values';
import { DYN, STRING, structType, type Type } from '../../../cel/types';
import { CelError, CelMap, List, typeName, type Value } from '../../../cel/values';

export const OBJECT = structType('Object');
export const JSON_PATCH = structType('JSONPatch');

const PATCH_FIELDS: Readonly<Record<string, Type>> = { op: STRING, path: STRING, from: STRING, value: DYN };

/** `Object.spec.containers` is what is in that field of an object. */
function isObjectType(name: string): boolean {
  return name === OBJECT.name || name.startsWith(`${OBJECT.name}.`);
}

export function patchStructType(name: string): Type | undefined {
  if (name === JSON_PATCH.name) return JSON_PATCH;
  return isObjectType(name) ? structType(name) : undefined;
}

/** False for a struct that is none of these; its fields may be anything, but for those of a patch. */
export function patchStructField(struct: string, field: string): Type | undefined | false {
  if (struct === JSON_PATCH.name) return Object.hasOwn(PATCH_FIELDS, field) ? PATCH_FIELDS[field] : undefined;
  return isObjectType(struct) ? DYN : false;
}

export function makePatchStruct(name: string, fields: ReadonlyMap<string, Value>): Value {
  if (name === JSON_PATCH.name)
    for (const field of ['op', 'path', 'from']) {
      const value = fields.get(field);
      if (value !== undefined && typeof value !== 'string')
        return new CelError(`unexpected type ${typeName(value)} for JSONPatchType '${field}' field`);
    }
  return new StructValue(structType(name), fields);
}

/** Whether each struct is named after the field that it is in (CheckTypeNamesMatchFieldPathNames); what is wrong, one a line. */
export function misnamed(value: Value, path = OBJECT.name): string[] {
  if (value instanceof List) return [...value].flatMap((element) => misnamed(element, path));
  if (value instanceof CelMap) return value.keys().flatMap((key) => misnamed(value.find(key) ?? null, path));
  if (!(value instanceof StructValue)) return [];
  const { name } = value.type;
  const wrong =
    name === path
      ? []
      : [
          `unexpected type name ${JSON.stringify(name)}, expected ${JSON.stringify(path)}, which matches field name path from root Object type`,
        ];
  return [...wrong, ...[...value.fields].flatMap(([field, held]) => misnamed(held, `${path}.${field}`))];
}
