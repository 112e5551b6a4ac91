/**
 * Objects as kubectl's own Go types hold them: some commands read what they work on into these, and write it from them. What
 * the types don't have is dropped, what they always write (`status: {}`) appears, and keys stand as they are declared.
 */
import { isObject, type Json, type JsonObject, setKey } from '../apimachinery/json';
import { sortStrings } from '../apimachinery/json-text';
import { asJson, asObject, gvkOf, type KubeObject } from '../apimachinery/meta';
import type { Schema } from '../schema/schema';
import { CommandError } from './command';
import { messageOf } from './errors';

export interface TypedObjects {
  /** A copy that shares nothing. Throws `no kind "Foo" is registered for version …` and json's complaints, with the file's name. */
  read(object: KubeObject, source?: string): KubeObject;
  /** Throws for kinds that kubectl has no type for. */
  schemaOf(object: KubeObject): Schema;
}

/** Loads the types when the first command needs them. */
export async function typedObjects(): Promise<TypedObjects> {
  const { useCompiledSchema } = await import('../host/schema-files');
  const { kindSchema } = await import('../schema/catalog');
  const { decodeValue } = await import('../schema/decode');
  await useCompiledSchema();
  const schemaOf = (object: KubeObject): Schema => {
    const { group, version, kind } = gvkOf(object);
    const schema = kindSchema(group, version, kind);
    if (schema) return schema;
    throw new CommandError(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(object.apiVersion)} in scheme "pkg/scheme/scheme.go:28"`,
    );
  };
  return {
    schemaOf,
    read(object, source = '') {
      try {
        const schema = schemaOf(object);
        const { kind, apiVersion } = object;
        const ordered = inDeclaredOrder(decodeValue(asJson(object), schema).object, schema);
        return asObject({ kind, apiVersion, ...(ordered as JsonObject) });
      } catch (error) {
        if (source === '') throw error;
        throw new CommandError(`unable to decode ${JSON.stringify(source)}: ${messageOf(error)}`);
      }
    },
  };
}

/** Fields as their struct declares them, entries of maps sorted: the order in which Go writes a typed value. */
function inDeclaredOrder(value: Json, schema: Schema | undefined): Json {
  if (Array.isArray(value)) return value.map((item) => inDeclaredOrder(item, schema?.items));
  if (!isObject(value)) return value;
  const ordered: JsonObject = {};
  const names = schema?.type === 'object' ? schema.fieldNames : undefined;
  for (const name of names ?? sortStrings(Object.keys(value))) {
    if (!Object.hasOwn(value, name)) continue;
    setKey(ordered, name, inDeclaredOrder(value[name] as Json, names ? schema?.field?.(name) : schema?.items));
  }
  return ordered;
}
