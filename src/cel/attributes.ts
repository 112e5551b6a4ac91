/** Paths into values: `self.spec.names[0].?first` (cel-go `interpreter/attributes.go`). */
import type { Run } from './run';
import { StructValue } from './struct-values';
import {
  CelError,
  CelMap,
  formatValue,
  List,
  NONE,
  noSuchOverload,
  Optional,
  typeName,
  Uint,
  type Value,
} from './values';

/** A part of an expression that can be evaluated. */
export interface Step {
  evaluate(run: Run): Value;
  /** Its value if that is always the same. */
  readonly constant?: Value;
}

/** One stage of a path. */
interface Qualifier {
  /** What it looks up; an error if that can't be told. */
  key(run: Run): Value;
  /** What is missing is none. */
  readonly optional: boolean;
}

type Root =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'value'; readonly step: Step }
  | { readonly kind: 'choice'; readonly condition: Step; readonly yes: Attribute; readonly no: Attribute };

export class Attribute implements Step {
  private readonly qualifiers: Qualifier[] = [];
  /** Whether it asks only if there is something. */
  private test = false;

  constructor(private readonly root: Root) {}

  /** A variable's. */
  static variable(name: string): Attribute {
    return new Attribute({ kind: 'variable', name });
  }
  /** A step as a path, to go on from. */
  static of(step: Step): Attribute {
    return step instanceof Attribute && !step.test ? step : new Attribute({ kind: 'value', step });
  }

  /** Goes one stage on, by a name or an index. */
  qualify(key: Step, optional: boolean, test = false): this {
    if (this.root.kind === 'choice') {
      this.root.yes.qualify(key, optional, test);
      this.root.no.qualify(key, optional, test);
      return this;
    }
    this.test ||= test;
    const evaluate = key.constant !== undefined ? () => key.constant as Value : keyOf(key);
    this.qualifiers.push({ key: evaluate, optional });
    return this;
  }

  evaluate(run: Run): Value {
    const value = this.resolve(run);
    if (this.root.kind !== 'choice' && !this.test) run.meter.charge(1);
    return value;
  }

  /** Its value, without what it costs to ask for it. */
  resolve(run: Run): Value {
    const root = this.rootValue(run);
    return root instanceof CelError ? root : this.apply(root, run);
  }

  private rootValue(run: Run): Value {
    const { root } = this;
    switch (root.kind) {
      case 'variable': {
        const value = run.variables(root.name);
        return value === undefined ? new CelError(`no such attribute(s): ${root.name}`) : value;
      }
      case 'value':
        return root.step.evaluate(run);
      default: {
        const condition = root.condition.evaluate(run);
        if (typeof condition !== 'boolean') return noSuchOverload(condition);
        return (condition ? root.yes : root.no).resolve(run);
      }
    }
  }

  private apply(root: Value, run: Run): Value {
    let value = root;
    let optional = false;
    if (value instanceof Optional && this.qualifiers.length > 0) {
      if (value.value === undefined) return this.test ? false : value;
      value = value.value;
      optional = true;
    }
    for (const [i, qualifier] of this.qualifiers.entries()) {
      const last = this.test && i === this.qualifiers.length - 1;
      optional ||= qualifier.optional;
      const key = qualifier.key(run);
      if (key instanceof CelError) return key;
      const found = lookUp(value, key, optional || last);
      if (found !== undefined || last) run.meter.charge(1);
      if (found instanceof CelError) return found;
      if (last) return found !== undefined;
      if (found === undefined) return this.test ? false : NONE;
      value = found;
    }
    return optional ? new Optional(value) : value;
  }
}

function keyOf(key: Step): (run: Run) => Value {
  return key instanceof Attribute ? (run) => key.resolve(run) : (run) => key.evaluate(run);
}

/** What a value has under a key; undefined for nothing, if it is allowed to be missing (refQualify). */
function lookUp(value: Value, key: Value, mayLack: boolean): Value | undefined {
  if (value instanceof CelMap) {
    const found = value.find(key);
    if (found !== undefined) return found;
  } else if (value instanceof List) {
    const index = indexOf(key);
    if (index instanceof CelError) return index;
    if (index >= 0 && index < value.size) return value.at(index);
    return mayLack ? undefined : new CelError(`index out of bounds: ${formatValue(key)}`);
  } else if (value instanceof StructValue) {
    const found = value.fields.get(String(key));
    if (found !== undefined) return found;
  }
  return mayLack ? undefined : new CelError(`no such key: ${formatValue(key)}`);
}

function indexOf(key: Value): number | CelError {
  if (typeof key === 'bigint') return Number(key);
  if (key instanceof Uint) return Number(key.value);
  if (typeof key !== 'number') return new CelError(`unsupported index type '${typeName(key)}' in list`);
  return Number.isInteger(key) ? key : new CelError(`unsupported index value ${formatValue(key)} in list`);
}
