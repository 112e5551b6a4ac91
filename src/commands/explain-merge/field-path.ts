/** Paths of fields as people read them: `spec.template.spec.containers[name="web"].image`. */
import { deepEqual, isObject, type Json } from '../../apimachinery/json';
import type { FieldPath, PathElement } from '../../merge/decision';

/** The path as text; names that hold dots stand in brackets. */
export function formatFieldPath(path: FieldPath): string {
  return path.map((step, i) => formatStep(step, i === 0)).join('');
}

function formatStep(step: PathElement, first: boolean): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step === 'string') {
    if (!/^[\w-]+$/.test(step)) return `[${step}]`;
    return first ? step : `.${step}`;
  }
  const keys = Object.keys(step).map((key) => `${key}=${JSON.stringify(step[key], plainNumbers)}`);
  return `[${keys.join(',')}]`;
}

function plainNumbers(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

/** What stands at a path, or undefined. */
export function valueAt(object: Json | undefined, path: FieldPath): Json | undefined {
  let value = object;
  for (const step of path) {
    if (typeof step === 'string') value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
    else if (!Array.isArray(value)) return undefined;
    else if (typeof step === 'number') value = value[step];
    else value = value.find((item) => matches(item, step));
    if (value === undefined) return undefined;
  }
  return value;
}

function matches(item: Json, step: Exclude<PathElement, string | number>): boolean {
  if (Object.hasOwn(step, '')) return deepEqual(item, step['']);
  return isObject(item) && Object.keys(step).every((key) => deepEqual(item[key], step[key]));
}
