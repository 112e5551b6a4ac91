/**
 * What a field's schema says about strategic merge: its patch strategy, merge key, and the schema to go on with
 * (apimachinery `util/strategicpatch/meta.go`, PatchMetaFromStruct, and `third_party/forked/golang/json/fields.go`).
 */
import type { Schema, SchemaType } from '../schema/schema';
import { PatchError } from './patch-error';

export interface PatchMeta {
  /** The schema of the struct, or of the list's elements. */
  readonly schema: Schema | undefined;
  /** 'merge', 'replace' or '' where nothing is said. */
  readonly strategy: string;
  readonly retainKeys: boolean;
  /** '' where there is none. */
  readonly mergeKey: string;
}

/**
 * The field `key` of `schema`, for a value that is a map.
 * @throws PatchError where the schema has no such field, or is no struct.
 */
export function structMeta(schema: Schema | undefined, key: string): PatchMeta {
  return metaOf(fieldOf(schema, key));
}

/**
 * The field `key` of `schema`, for a value that is a list; `schema` of the answer is that of an element.
 * @throws PatchError where the schema has no such field, or it is no list or a list of lists.
 */
export function sliceMeta(schema: Schema | undefined, key: string): PatchMeta {
  const field = fieldOf(schema, key);
  if (field.type !== 'array') {
    throw new PatchError(`expected slice or array type, but got: ${goKindOfSchema(schema)}`);
  }
  if (field.items?.type === 'array') throw new PatchError('unexpected slice of slice');
  return metaOf(field, field.items);
}

/** The schema of one field; Go matches its name without regard to case where no field has it exactly. */
function fieldOf(schema: Schema | undefined, key: string): Schema {
  const field = schema?.field?.(key);
  if (field) return field;
  if (schema?.type !== 'object' && schema?.type !== 'any') {
    throw new PatchError(
      `merging an object in json but data type is not struct, instead is: ${goKindOfSchema(schema)}`,
    );
  }
  const folded = key.toLowerCase();
  const like = schema.fieldNames?.find((name) => name.toLowerCase() === folded);
  const found = like === undefined ? undefined : schema.field?.(like);
  if (found) return found;
  const name = schema.name?.slice(schema.name.lastIndexOf('.') + 1) ?? 'RawExtension';
  throw new PatchError(`unable to find api field in struct ${name} for the json field ${JSON.stringify(key)}`);
}

// One object per schema node, so that asking again costs a look-up and no garbage.
const metas = new WeakMap<Schema, PatchMeta>();

function metaOf(field: Schema, schema: Schema | undefined = field): PatchMeta {
  let meta = metas.get(field);
  if (meta === undefined) {
    const strategies = field.patchStrategy ?? [];
    const others = strategies.filter((strategy) => strategy !== 'retainKeys');
    if (others.length > 1) throw new PatchError(`unexpected patch strategy: [${strategies.join(' ')}]`);
    meta = {
      schema,
      strategy: others[0] ?? '',
      retainKeys: others.length < strategies.length,
      mergeKey: field.patchMergeKey ?? '',
    };
    metas.set(field, meta);
  }
  return meta;
}

const GO_KINDS: Record<SchemaType, string> = {
  object: 'struct',
  map: 'map',
  array: 'slice',
  string: 'string',
  integer: 'int64',
  number: 'float64',
  boolean: 'bool',
  'int-or-string': 'struct',
  quantity: 'struct',
  any: 'struct',
};

/** The Go kind that upstream's type has where ours has this schema, as its error texts name it. */
export function goKindOfSchema(schema: Schema | undefined): string {
  if (schema === undefined) return 'struct';
  return schema.type === 'integer' && schema.format === 'int32' ? 'int32' : GO_KINDS[schema.type];
}
