/** A small schema with one field of each way to merge, for tables that should not need a real kind. */
import type { Schema } from '../../src/schema/schema';

const string: Schema = { type: 'string' };
const integers: Schema = { type: 'array', items: { type: 'integer', format: 'int32' } };
const labels: Schema = { type: 'map', items: string };

/** A struct whose fields may refer to itself. */
function struct(name: string, fields: () => Record<string, Schema>, more: Partial<Schema> = {}): Schema {
  let known: Map<string, Schema> | undefined;
  const all = () => {
    known ??= new Map(Object.entries(fields()));
    return known;
  };
  return {
    type: 'object',
    name,
    ...more,
    get fieldNames() {
      return [...all().keys()];
    },
    field: (field) => all().get(field),
  };
}

function fields(): Record<string, Schema> {
  const byName = { patchStrategy: ['merge'], patchMergeKey: 'name', listType: 'map', listMapKeys: ['name'] } as const;
  return {
    name: string,
    value: string,
    other: string,
    mergingList: { type: 'array', items: mergeItem, ...byName },
    nonMergingList: { type: 'array', items: mergeItem },
    mergingIntList: { ...integers, patchStrategy: ['merge'], listType: 'set' },
    nonMergingIntList: integers,
    simpleMap: labels,
    replacingItem: { type: 'any', name: 'runtime.RawExtension', patchStrategy: ['replace'] },
    retainKeysMap: struct('test.RetainKeysMergeItem', retainFields, { patchStrategy: ['retainKeys'] }),
    retainKeysMergingList: {
      type: 'array',
      items: mergeItem,
      patchStrategy: ['merge', 'retainKeys'],
      patchMergeKey: 'name',
    },
  };
}

function retainFields(): Record<string, Schema> {
  const { name, value, other, simpleMap, mergingIntList, mergingList, nonMergingList } = fields() as Record<
    string,
    Schema
  >;
  return { name, value, other, simpleMap, mergingIntList, mergingList, nonMergingList } as Record<string, Schema>;
}

export const mergeItem: Schema = struct('test.MergeItem', fields);
