/** Copies of a value that differ in little: what is the same in all of them is shared. */
import { isObject, type Json, type JsonObject } from '../apimachinery/json';

/** Makes copies in which another text stands where one stood. They are frozen. */
export interface Pattern {
  copy(text: string): Json;
}

/** Undefined where the text stands nowhere in the value: a copy would be the value. */
export function patternOf(value: Json, text: string): Pattern | undefined {
  if (value === text) return HOLE;
  if (Array.isArray(value)) {
    const patterns = value.map((item) => patternOf(item, text));
    return patterns.some(Boolean) ? new ListPattern(value, patterns) : undefined;
  }
  if (!isObject(value)) return undefined;
  const fields = new Fields(value);
  const patterns = fields.values.map((field) => patternOf(field, text));
  return patterns.some(Boolean) ? new ObjectPattern(fields, patterns) : undefined;
}

const HOLE: Pattern = { copy: (text) => text };

class ListPattern implements Pattern {
  constructor(
    private readonly items: readonly Json[],
    private readonly patterns: readonly (Pattern | undefined)[],
  ) {}

  copy(text: string): Json {
    const { items, patterns } = this;
    const copy = new Array<Json>(items.length);
    for (let i = 0; i < items.length; i++) copy[i] = patterns[i]?.copy(text) ?? (items[i] as Json);
    return Object.freeze(copy) as Json[];
  }
}

class ObjectPattern implements Pattern {
  constructor(
    private readonly fields: Fields,
    private readonly patterns: readonly (Pattern | undefined)[],
  ) {}

  copy(text: string): Json {
    const copy = this.fields.copy();
    const { keys } = this.fields;
    for (let i = 0; i < keys.length; i++) {
      const pattern = this.patterns[i];
      if (pattern) copy[keys[i] as string] = pattern.copy(text);
    }
    return Object.freeze(copy);
  }
}

/** An object that is copied often: V8 is slow at copying what is frozen by `{ ...object }`. */
export class Fields {
  readonly keys: readonly string[];
  readonly values: readonly Json[];

  /** @param object of a kind whose fields are known: none is called `__proto__` */
  constructor(object: JsonObject) {
    this.keys = Object.keys(object);
    this.values = this.keys.map((key) => object[key] as Json);
  }

  copy(): JsonObject {
    const { keys, values } = this;
    const copy: JsonObject = {};
    for (let i = 0; i < keys.length; i++) copy[keys[i] as string] = values[i] as Json;
    return copy;
  }
}
