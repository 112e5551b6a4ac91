/** Structs that expressions make: `Object.spec{replicas: 3}` (apiserver `pkg/cel/mutation`). */
import type { Type } from './types';
import { CelError, equal, Opaque, type Value } from './values';

export class StructValue extends Opaque {
  constructor(
    override readonly type: Type,
    readonly fields: ReadonlyMap<string, Value>,
  ) {
    super();
  }
  override equals(other: Value): Value {
    if (!(other instanceof StructValue) || other.type.name !== this.type.name) return false;
    if (other.fields.size !== this.fields.size) return false;
    for (const [name, value] of this.fields) {
      const theirs = other.fields.get(name);
      if (theirs === undefined || equal(value, theirs) !== true) return false;
    }
    return true;
  }
  /** What a field is; an error where it is not set. */
  get(name: string): Value {
    return this.fields.get(name) ?? new CelError(`no such key: ${name}`);
  }
}
