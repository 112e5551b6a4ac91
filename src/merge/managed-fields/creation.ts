/**
 * What the creator of an object owns. Clusters make many objects of one shape (the pods of a template, the events of a
 * component), and what is owned depends on the shape alone: it is worked out once for each, and then shared.
 */
import { clone, deepEqual, deepFreeze, isObject, type Json, type JsonObject } from '../../apimachinery/json';
import type { ManagedFieldsEntry } from '../../apimachinery/meta';
import { compare } from './compare';
import { type FieldSet, isEmptySet } from './field-set';
import { entryOf, type ManagerIdentity } from './managers';
import { NOTHING, stripped } from './update';
import type { ValueType } from './value-type';

/** Shapes that are remembered of each kind: the latest. */
const MOST_SHAPES = 8;

const shapes = new WeakMap<ValueType, Shape[]>();

/**
 * The managed fields of an object that is made just now and that nobody owned yet; undefined where there is nothing to own. What is
 * made alike by one manager at one instant has the very same.
 * @throws TypedValueError
 */
export function creatorEntries(
  object: JsonObject,
  type: ValueType,
  identity: ManagerIdentity,
  now: string,
): ManagedFieldsEntry[] | undefined {
  const shape = knownShape(object, type) ?? keepShape(object, type);
  return isEmptySet(shape.fields) ? undefined : shape.entriesOf(identity, now);
}

/** The shape of an object that was seen before, moved to the front. */
function knownShape(object: JsonObject, type: ValueType): Shape | undefined {
  const known = shapes.get(type);
  if (!known) return undefined;
  for (let i = 0; i < known.length; i++) {
    const shape = known[i] as Shape;
    if (!isLike(object, shape.likeness)) continue;
    if (i > 0) {
      known.splice(i, 1);
      known.unshift(shape);
    }
    return shape;
  }
  return undefined;
}

function keepShape(object: JsonObject, type: ValueType): Shape {
  const fields = stripped(compare(NOTHING, object, type).changed);
  const shape = new Shape(new Likeness(object), deepFreeze(fields));
  const known = shapes.get(type);
  if (known) {
    known.unshift(shape);
    if (known.length > MOST_SHAPES) known.pop();
  } else shapes.set(type, [shape]);
  return shape;
}

class Shape {
  /** Of who made the last one. */
  private entries: ManagedFieldsEntry[] | undefined;

  constructor(
    readonly likeness: Likeness,
    readonly fields: FieldSet,
  ) {}

  entriesOf(identity: ManagerIdentity, now: string): ManagedFieldsEntry[] {
    const entry = this.entries?.[0];
    if (
      entry?.time !== now ||
      entry.manager !== identity.manager ||
      entry.operation !== identity.operation ||
      entry.apiVersion !== identity.apiVersion ||
      entry.subresource !== (identity.subresource || undefined)
    )
      this.entries = deepFreeze([entryOf(identity, this.fields, now).entry]);
    return this.entries as ManagedFieldsEntry[];
  }
}

/** What an object is held against to see whether it is of a shape: the fields of an example, in their order, and no part of it. */
class Likeness {
  readonly keys: readonly string[];
  /** Of the fields that are objects. */
  readonly inner: readonly (Likeness | undefined)[];
  /** Of the others. */
  readonly values: readonly Json[];

  constructor(example: JsonObject) {
    this.keys = Object.keys(example);
    this.inner = this.keys.map((key) => likenessOf(example[key] as Json));
    this.values = this.keys.map((key, i) => (this.inner[i] ? null : clone(example[key] as Json)));
  }
}

function likenessOf(value: Json): Likeness | undefined {
  return isObject(value) ? new Likeness(value) : undefined;
}

/** Is owned in both what has the same names? In another order it is another shape, which comes to the same. */
function isLike(object: JsonObject, { keys, values, inner }: Likeness): boolean {
  let count = 0;
  for (const key in object) {
    if (key !== keys[count]) return false;
    const value = object[key] as Json;
    const fields = inner[count];
    if (fields ? !isObject(value) || !isLike(value, fields) : !isOwnedLike(value, values[count] as Json)) return false;
    count++;
  }
  return count === keys.length;
}

/** A field may go unowned where it holds what Go takes for nothing, and elements of lists are named by what is in them. */
function isOwnedLike(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && deepEqual(a, b);
  return typeof a === typeof b && typeof a !== 'bigint' && !isNothing(a) && !isNothing(b);
}

/** '0' is a quantity that was not given. A list or map is never like what is no such thing. */
function isNothing(value: Json): boolean {
  return value === '' || value === '0' || value === 0 || value === false || typeof value === 'object';
}
