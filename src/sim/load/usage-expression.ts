/**
 * Expressions of ResourceUsages: how much a container uses, of its node, its pod and itself (kwok `pkg/kwok/metrics/evaluator.go`).
 * What can't be compiled or evaluated is nothing, as kwok has it.
 */

import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { parseQuantity, quantityOf } from '../../apimachinery/quantity';
import { remembered } from '../../apimachinery/remembered';
import { kwokFunctions, type Moment } from '../../cel/library/kwok';
import { QuantityValue } from '../../cel/library/quantity';
import { compile, environmentOf, type Program } from '../../cel/program';
import { parseTimestamp } from '../../cel/time';
import { DYN } from '../../cel/types';
import { ArrayList, CelError, CelMap, Duration, Timestamp, Uint, type Value } from '../../cel/values';

let moment: Moment = { now: 0, random: () => 0 };
let environment: ReturnType<typeof environmentOf> | undefined;

/** Undefined where it is no expression. */
const programOf = remembered(1000, (text): Program | undefined => {
  environment ??= environmentOf({
    variables: { node: DYN, pod: DYN, container: DYN },
    functions: kwokFunctions(() => moment),
  });
  return compile(text, environment).program;
});

export interface Subjects {
  node: KubeObject;
  pod: KubeObject;
  container: JsonObject;
}

export function evaluateUsage(text: string, subjects: Subjects, at: Moment): number {
  const program = programOf(text);
  if (!program) return 0;
  moment = at;
  const known = subjects as unknown as Record<string, JsonObject>;
  const { value } = program.evaluate((name) =>
    Object.hasOwn(known, name) ? objectValue(known[name] as JsonObject) : undefined,
  );
  return amountOf(value);
}

/** AsFloat64 */
function amountOf(value: Value): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Uint) return Number(value.value);
  if (value instanceof Duration) return Number(value.nanos);
  return value instanceof QuantityValue ? value.quantity.toNumber() : 0;
}

/** Objects are frozen, and looked at again and again. */
const values = new WeakMap<JsonObject, CelMap>();

function objectValue(object: JsonObject): CelMap {
  let value = values.get(object);
  if (!value) {
    value = new FieldMap(object);
    values.set(object, value);
  }
  return value;
}

/** Lists of resources, whose amounts are quantities; one that is not in them is 0 (ResourceList.Get). */
const RESOURCE_LISTS = new Set(['requests', 'limits', 'capacity', 'allocatable']);
/** Where nothing is said, these are empty, as Go has them. */
const EMPTY_MAPS = new Set(['annotations', 'labels', 'resources', ...RESOURCE_LISTS]);
const TIMES = /(Timestamp|Time)$/;
const NOTHING: JsonObject = Object.freeze({});
const ZERO = new QuantityValue(quantityOf(0));

class FieldMap extends CelMap {
  constructor(protected readonly fields: JsonObject) {
    super();
  }
  override get size(): number {
    return Object.keys(this.fields).length;
  }
  override keys(): readonly Value[] {
    return Object.keys(this.fields);
  }
  override find(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    const field = Object.hasOwn(this.fields, key) ? this.fields[key] : undefined;
    if (RESOURCE_LISTS.has(key) && (field === undefined || isObject(field))) return new AmountMap(field ?? NOTHING);
    if (field === undefined) return EMPTY_MAPS.has(key) ? objectValue(NOTHING) : undefined;
    if (typeof field === 'string' && TIMES.test(key)) return timeOf(field);
    return valueOfJson(field);
  }
}

class AmountMap extends FieldMap {
  override find(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    const text = Object.hasOwn(this.fields, key) ? this.fields[key] : undefined;
    if (text === undefined) return ZERO;
    try {
      return new QuantityValue(parseQuantity(String(text)));
    } catch (error) {
      return new CelError((error as Error).message);
    }
  }
}

function timeOf(text: string): Value {
  const time = parseTimestamp(text);
  return time instanceof Timestamp ? time : text;
}

function valueOfJson(json: Json): Value {
  if (typeof json === 'number') return Number.isInteger(json) ? BigInt(json) : json;
  if (Array.isArray(json)) return new ArrayList(json.map(valueOfJson));
  return isObject(json) ? objectValue(json) : (json as Value);
}
