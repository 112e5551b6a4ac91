/**
 * What the creator of an object owns. Clusters make many objects of one shape (the pods of a template, the events of a
 * component), and what is owned depends on the shape alone: it is worked out once for each, and then shared.
 */
import { deepFreeze, type JsonObject } from '../../apimachinery/json';
import type { ManagedFieldsEntry } from '../../apimachinery/meta';
import { compare } from './compare';
import { type FieldSet, isEmptySet } from './field-set';
import { type Likeness, likenessOf } from './likeness';
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
    if (!shape.likeness.has(object)) continue;
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
  const shape = new Shape(likenessOf(object, type), deepFreeze(fields));
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
