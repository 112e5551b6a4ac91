/**
 * What the creator of an object owns. Clusters make many objects of one shape (the pods of a template, the events of a
 * component), and what is owned depends on the shape alone: it is worked out once for each, and then shared.
 */
import { clone, deepEqual, deepFreeze, isObject, type Json, type JsonObject } from '../../apimachinery/json';
import type { FieldSet } from './field-set';
import { entryOf, type Manager, type ManagerIdentity } from './managers';
import type { ValueType } from './value-type';

/** Shapes that are remembered of each kind: the latest. */
const MOST_SHAPES = 8;

export interface Shape {
  readonly fields: FieldSet;
  readonly example: JsonObject;
  /** Who made the last one, and when. */
  creator: Manager | undefined;
}

const shapes = new WeakMap<ValueType, Shape[]>();

/** The shape of an object that was seen before, moved to the front. */
export function shapeOf(object: JsonObject, type: ValueType): Shape | undefined {
  const known = shapes.get(type);
  if (!known) return undefined;
  const at = known.findIndex(({ example }) => isAlike(object, example));
  if (at < 0) return undefined;
  const shape = known[at] as Shape;
  if (at > 0) {
    known.splice(at, 1);
    known.unshift(shape);
  }
  return shape;
}

/** Remembers what the creator of this object owns. */
export function keepShape(object: JsonObject, type: ValueType, fields: FieldSet): Shape {
  const shape: Shape = { example: clone(object), fields: deepFreeze(fields), creator: undefined };
  const known = shapes.get(type);
  if (known) {
    known.unshift(shape);
    if (known.length > MOST_SHAPES) known.pop();
  } else shapes.set(type, [shape]);
  return shape;
}

/** The manager that owns an object of this shape, which it has made just now: one for all that it makes at one instant. */
export function creatorOf(shape: Shape, identity: ManagerIdentity, now: string): Manager {
  const entry = shape.creator?.entry;
  if (
    entry?.time !== now ||
    entry.manager !== identity.manager ||
    entry.operation !== identity.operation ||
    entry.apiVersion !== identity.apiVersion ||
    entry.subresource !== (identity.subresource || undefined)
  ) {
    shape.creator = entryOf(identity, shape.fields, now);
    deepFreeze(shape.creator.entry);
  }
  return shape.creator as Manager;
}

/**
 * Is owned in both what has the same names? A field may go unowned where it holds what Go takes for nothing, and elements of
 * lists are named by what is in them.
 */
function isAlike(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && deepEqual(a, b);
  if (isObject(a)) return isObject(b) && haveLikeFields(a, b);
  return typeof a === typeof b && typeof a !== 'bigint' && !isNothing(a) && !isNothing(b);
}

function haveLikeFields(a: JsonObject, b: JsonObject): boolean {
  let count = 0;
  for (const name in a) {
    if (!Object.hasOwn(b, name) || !isAlike(a[name] as Json, b[name] as Json)) return false;
    count++;
  }
  for (const _ in b) count--;
  return count === 0;
}

/** '0' is a quantity that was not given. A list or map is never like what is no such thing. */
function isNothing(value: Json): boolean {
  return value === '' || value === '0' || value === 0 || value === false || typeof value === 'object';
}
