/** Fills in what a schema defaults (apiextensions-apiserver `pkg/apiserver/schema/defaulting/algorithm.go`). */
import { clone, isObject, type Json, setKey } from '../../apimachinery/json';
import { additionalOf, itemsOf, type JsonSchema, propertyOf } from '../../schema/json-schema';
import { hasDefault } from '../../schema/prune';

/** The value is changed: a field that is not there, or null where none may be, becomes its default. */
export function applyDefaults(value: Json, schema: JsonSchema | undefined): void {
  if (!schema || !mayDefault(schema)) return;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    for (let i = 0; i < value.length; i++) {
      if (isForbiddenNull(value[i] as Json, items)) value[i] = clone(items?.default ?? null);
      applyDefaults(value[i] as Json, items);
    }
    return;
  }
  if (!isObject(value)) return;
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (!hasDefault(field)) continue;
    if (!Object.hasOwn(value, name) || isForbiddenNull(value[name] as Json, field))
      setKey(value, name, clone(field.default as Json));
  }
  const additional = additionalOf(schema);
  for (const name of Object.keys(value)) {
    const field = propertyOf(schema, name);
    if (!field && additional && isForbiddenNull(value[name] as Json, additional))
      setKey(value, name, clone(additional.default ?? null));
    applyDefaults(value[name] as Json, field ?? additional);
  }
}

function isForbiddenNull(value: Json, schema: JsonSchema | undefined): boolean {
  return value === null && schema !== undefined && !schema.nullable && hasDefault(schema);
}

const known = new WeakMap<JsonSchema, boolean>();

/** Whether there is a default anywhere below: most of a schema need not be walked. */
function mayDefault(schema: JsonSchema): boolean {
  let may = known.get(schema);
  if (may === undefined) {
    const inner = [itemsOf(schema), additionalOf(schema), ...Object.values(schema.properties ?? {})];
    may = inner.some((one) => one !== undefined && (hasDefault(one) || mayDefault(one)));
    known.set(schema, may);
  }
  return may;
}
