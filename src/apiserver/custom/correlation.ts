/**
 * A value beside what it was before an update, as far as the two can be told to be the same thing (apiserver
 * `pkg/cel/common/equality.go` CorrelatedObject, `maplist.go`). What did not change is not judged anew: ratcheting.
 */
import { deepEqual, isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { additionalOf, itemsOf, type JsonSchema, propertyOf } from '../../schema/json-schema';

export class Correlation {
  private equal: boolean | undefined;
  private readonly children = new Map<string | number, Correlation>();
  private byKey: MapList | undefined;

  constructor(
    readonly value: Json | undefined,
    readonly old: Json | undefined,
    readonly schema: JsonSchema,
  ) {}

  /** Whether nothing changed; worked out once. */
  isUnchanged(): boolean {
    this.equal ??= this.compare();
    return this.equal;
  }

  /** The order of a list that is a map does not count; what the schema knows nothing of counts as changed. */
  private compare(): boolean {
    const { value = null, old = null } = this;
    if (value === null || old === null) return value === old;
    if (Array.isArray(value) && Array.isArray(old)) {
      if (value.length !== old.length) return false;
      for (let i = 0; i < value.length; i++) {
        const child = this.index(i);
        if (!child) return this.byKey ? false : deepEqual(value, old);
        if (!child.isUnchanged()) return false;
      }
      return true;
    }
    if (!isObject(value) || !isObject(old)) return deepEqual(value, old);
    const names = Object.keys(value);
    return names.length === Object.keys(old).length && names.every((name) => this.key(name)?.isUnchanged() === true);
  }

  /** The value of a key on both sides; undefined where it is not on both. */
  key(name: string): Correlation | undefined {
    const known = this.children.get(name);
    if (known) return known;
    const { value, old } = this;
    if (!isObject(value) || !isObject(old) || !Object.hasOwn(value, name) || !Object.hasOwn(old, name))
      return undefined;
    const schema = propertyOf(this.schema, name) ?? additionalOf(this.schema);
    return schema && this.child(name, value[name] as Json, old[name] as Json, schema);
  }

  /** The element at an index of the new list, with the old one of the same key: only lists that are maps have such. */
  index(i: number): Correlation | undefined {
    const known = this.children.get(i);
    if (known) return known;
    const { value, old } = this;
    if (!Array.isArray(value) || !Array.isArray(old) || i >= value.length) return undefined;
    if (this.schema['x-kubernetes-list-type'] !== 'map') return undefined;
    this.byKey ??= new MapList(this.schema, old);
    const before = this.byKey.get(value[i] as Json);
    const schema = itemsOf(this.schema);
    return before === undefined || !schema ? undefined : this.child(i, value[i] as Json, before, schema);
  }

  private child(key: string | number, value: Json, old: Json, schema: JsonSchema): Correlation {
    const child = new Correlation(value, old, schema);
    this.children.set(key, child);
    return child;
  }
}

/** The elements of a list of type map, found by the keys that they share with another element. */
export class MapList {
  private items: Map<string, JsonObject> | undefined;
  private readonly keys: readonly string[];

  constructor(
    schema: JsonSchema,
    private readonly list: readonly Json[],
  ) {
    const isMap = schema.type === 'array' && schema['x-kubernetes-list-type'] === 'map';
    this.keys = isMap ? (schema['x-kubernetes-list-map-keys'] ?? []) : [];
  }

  get(element: Json): Json | undefined {
    if (this.keys.length === 0 || !isObject(element)) return undefined;
    const key = this.keyOf(element);
    if (key === undefined) return undefined;
    if (!this.items) {
      this.items = new Map();
      for (const item of this.list) {
        const itemKey = isObject(item) ? this.keyOf(item) : undefined;
        if (itemKey !== undefined && !this.items.has(itemKey)) this.items.set(itemKey, item as JsonObject);
      }
    }
    return this.items.get(key);
  }

  /** Undefined where a key is missing or no scalar. */
  private keyOf(element: JsonObject): string | undefined {
    let text = '';
    for (const key of this.keys) {
      const value = Object.hasOwn(element, key) ? element[key] : undefined;
      if (value === undefined || value === null || typeof value === 'object') return undefined;
      text += `\0${typeof value === 'string' ? JSON.stringify(value) : value}`;
    }
    return text;
  }
}
