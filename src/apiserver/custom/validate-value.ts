/**
 * Values against an OpenAPI schema, with kube-openapi's complaints (`pkg/validation/validate`, `errors/schema.go`) as
 * apiextensions-apiserver tells them (`pkg/apiserver/validation/validation.go`, `ratcheting.go`).
 */
import {
  type FieldError,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from '../../apimachinery/field-error';
import { deepEqual, isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { sortStrings, stringifyGo } from '../../apimachinery/json-text';
import { matchesRegexp, regexpComplaint } from '../../apimachinery/regexp';
import { formatCheck } from '../../apimachinery/string-formats';
import { additionalOf, itemsOf, type JsonSchema } from '../../schema/json-schema';
import type { Correlation } from './correlation';
import { supportedFormat } from './formats';
import { numberComplaints } from './number-limits';

export type ComplaintKind = 'required' | 'enum' | 'too long' | 'too many' | 'type' | 'other' | 'plain';

/** One thing that is wrong, before it is told as a FieldError. */
export interface Complaint {
  kind: ComplaintKind;
  /** Where, from the root of the schema: `spec.ports[0]`, `.spec`. Plain complaints don't say. */
  name: string;
  message: string;
  value?: Json;
  /** What would be right: the values of an enum, a limit. */
  valid?: readonly Json[] | number;
}

/** How far a value agreed with a schema: of several schemas, the errors of the one that came closest are told. */
interface Result {
  complaints: Complaint[];
  matches: number;
}

/**
 * Complaints about a value. With a correlation, what did not change since is not complained of.
 * @param path where the complaints stand: '' at the root, `status` for a status by itself.
 */
export function validateValue(
  value: Json | undefined,
  schema: JsonSchema,
  path: string,
  correlation?: Correlation,
): FieldError[] {
  const { complaints } = check(value ?? null, schema, '', correlation);
  return complaints.map((complaint) => fieldErrorOf(complaint, path));
}

function fieldErrorOf({ kind, name, message, value, valid }: Complaint, path: string): FieldError {
  if (kind === 'plain') return invalid(path || '<nil>', '', message);
  const own = name === '.' ? '' : name.replace(/^\./, '');
  const field = (path && own ? `${path}.${own}` : path + own) || '<nil>';
  switch (kind) {
    case 'required':
      return required(field);
    case 'enum':
      return notSupported(
        field,
        value,
        (valid as Json[]).map((one) => (typeof one === 'string' ? one : stringifyGo(one))),
      );
    case 'too long':
      return tooLong(field, valid as number);
    case 'too many':
      return tooMany(field, Number(value), valid as number);
    case 'type':
      return typeInvalid(field, shown(value), message);
    default:
      return invalid(field, shown(value), message);
  }
}

/** As %v prints numbers; keys sorted, as Go's maps have them. */
function shown(value: Json | undefined): Json {
  if (value === undefined || value === null) return '';
  if (typeof value === 'object') return JSON.parse(stringifyGo(value)) as Json;
  return value;
}

class Collector implements Result {
  readonly complaints: Complaint[] = [];
  matches = 0;
  private readonly told = new Set<string>();

  /** The same words are told once. */
  add(complaint: Complaint): void {
    if (this.told.has(complaint.message)) return;
    this.told.add(complaint.message);
    this.complaints.push(complaint);
  }
  merge({ complaints, matches }: Result): void {
    for (const complaint of complaints) this.add(complaint);
    this.matches += matches;
  }
}

/** SchemaValidator.Validate, and ratchetingValueValidator.Validate around it. */
function check(value: Json, schema: JsonSchema, path: string, correlation?: Correlation): Result {
  const result = new Collector();
  if (value === null) {
    checkType(null, schema, path, result);
    checkEnum(null, schema, path, result);
  } else checkPresent(value, schema, path, correlation, result);
  if (result.complaints.length > 0 && correlation?.isUnchanged()) return { complaints: [], matches: result.matches };
  return result;
}

function checkPresent(
  value: Exclude<Json, null>,
  schema: JsonSchema,
  path: string,
  correlation: Correlation | undefined,
  result: Collector,
): void {
  if (typesOf(schema).length > 0 || supportedFormat(schema)) {
    checkType(value, schema, path, result);
    result.matches++;
  }
  result.merge(checkJunctors(value, schema, path));
  result.matches++;
  if (typeof value === 'string') {
    checkString(value, schema, path, result);
    result.matches++;
    if (schema.format && formatCheck(schema.format)) {
      checkFormat(value, schema, path, result);
      result.matches++;
    }
  } else if (typeof value === 'number' || typeof value === 'bigint') {
    for (const complaint of numberComplaints(value, schema, path)) result.add(complaint);
    result.matches += 2;
  } else if (Array.isArray(value)) {
    checkList(value, schema, path, correlation, result);
    result.matches += 2;
  }
  checkEnum(value, schema, path, result);
  result.matches++;
  if (isObject(value)) {
    checkObject(value, schema, path, correlation, result);
    result.matches++;
  }
  result.matches++;
}

function typesOf(schema: JsonSchema): readonly string[] {
  if (schema['x-kubernetes-int-or-string']) return ['integer', 'string'];
  return schema.type ? [schema.type] : [];
}

/** The type of a value, and the format that says how Go holds it. */
function typeOf(value: Exclude<Json, null>): [type: string, format: string] {
  if (typeof value === 'string') return ['string', ''];
  if (typeof value === 'boolean') return ['boolean', ''];
  if (typeof value === 'bigint') return ['integer', 'int64'];
  if (typeof value === 'number') return Number.isInteger(value) ? ['integer', 'int64'] : ['number', 'float64'];
  return [Array.isArray(value) ? 'array' : 'object', ''];
}

function checkType(value: Json, schema: JsonSchema, path: string, result: Collector): void {
  const types = typesOf(schema);
  const mismatch = (wanted: string, given: string) =>
    result.add({
      kind: 'type',
      name: path,
      value: given,
      message: `${path} in body must be of type ${wanted}: ${JSON.stringify(given)}`,
    });
  if (value === null) {
    if (types.length > 0 && !types.includes('null') && !schema.nullable) mismatch(types.join(','), 'null');
    else result.matches++;
    return;
  }
  const [type, held] = typeOf(value);
  const isWhole = type === 'integer' && types.includes('number');
  const format = supportedFormat(schema);
  const isText = typeof value === 'string' || Array.isArray(value);
  if (!isText && format && !(types.includes(type) || held === format || isWhole)) mismatch(format, held);
  else if (isText && format && !types.includes('number') && !types.includes('integer')) result.matches++;
  else if (types.length > 0 && !types.includes(type) && !isWhole) mismatch(types.join(','), type);
  else result.matches++;
}

function checkString(value: string, schema: JsonSchema, path: string, result: Collector): void {
  const { maxLength, minLength, pattern } = schema;
  const length = maxLength === undefined && minLength === undefined ? 0 : [...value].length;
  if (maxLength !== undefined && maxLength !== null && length > maxLength)
    result.add({
      kind: 'too long',
      name: path,
      value,
      valid: maxLength,
      message: `${path} in body should be at most ${maxLength} chars long`,
    });
  else if (minLength !== undefined && minLength !== null && length < minLength)
    result.add({
      kind: 'other',
      name: path,
      value,
      message: `${path} in body should be at least ${minLength} chars long`,
    });
  else if (pattern) {
    const broken = regexpComplaint(pattern);
    if (broken === undefined && matchesRegexp(pattern, value)) return;
    const wanted = broken === undefined ? pattern : `${pattern}, but pattern is invalid: ${broken}`;
    result.add({ kind: 'other', name: path, value, message: `${path} in body should match '${wanted}'` });
  }
}

function checkFormat(value: string, schema: JsonSchema, path: string, result: Collector): void {
  const format = supportedFormat(schema);
  if (!format || formatCheck(format)?.(value)) return;
  result.add({
    kind: 'type',
    name: path,
    value,
    message: `${path} in body must be of type ${format}: ${JSON.stringify(value)}`,
  });
}

/** Null is never among the values, whatever they are. */
function checkEnum(value: Json, schema: JsonSchema, path: string, result: Collector): void {
  const values = schema.enum ?? [];
  if (values.length === 0 || (value !== null && values.some((one) => deepEqual(one, value)))) return;
  const texts = values.map((one) => (typeof one === 'object' ? stringifyGo(one) : String(one))).join(' ');
  result.add({
    kind: 'enum',
    name: path,
    value,
    valid: values,
    message: `${path} in body should be one of [${texts}]`,
  });
}

function checkList(
  value: Json[],
  schema: JsonSchema,
  path: string,
  correlation: Correlation | undefined,
  result: Collector,
): void {
  const items = itemsOf(schema);
  if (items) value.forEach((item, i) => void result.merge(check(item, items, `${path}[${i}]`, correlation?.index(i))));
  const { minItems, maxItems } = schema;
  if (minItems !== undefined && minItems !== null && value.length < minItems)
    result.add({
      kind: 'other',
      name: path,
      value: value.length,
      message: `${path} in body should have at least ${minItems} items`,
    });
  if (maxItems !== undefined && maxItems !== null && value.length > maxItems)
    result.add({
      kind: 'too many',
      name: path,
      value: value.length,
      valid: maxItems,
      message: `${path} in body should have at most ${maxItems} items`,
    });
  if (schema.uniqueItems && value.some((item, i) => value.slice(0, i).some((other) => deepEqual(item, other))))
    result.add({ kind: 'other', name: path, message: `${path} in body shouldn't contain duplicates` });
}

function checkObject(
  value: JsonObject,
  schema: JsonSchema,
  path: string,
  correlation: Correlation | undefined,
  result: Collector,
): void {
  const keys = sortStrings(Object.keys(value));
  const { minProperties, maxProperties } = schema;
  if (minProperties !== undefined && minProperties !== null && keys.length < minProperties)
    result.add({
      kind: 'other',
      name: path,
      value: keys.length,
      message: `${path} in body should have at least ${minProperties} properties`,
    });
  if (maxProperties !== undefined && maxProperties !== null && keys.length > maxProperties)
    result.add({
      kind: 'too many',
      name: path,
      value: keys.length,
      valid: maxProperties,
      message: `${path} in body should have at most ${maxProperties} properties`,
    });
  const properties = schema.properties ?? {};
  const additional = additionalOf(schema);
  // The root's apiVersion and kind are both converted to one version: their changes can't be seen.
  const inner = (key: string) =>
    path === '' && (key === 'apiVersion' || key === 'kind') ? undefined : correlation?.key(key);
  for (const key of keys) {
    if (Object.hasOwn(properties, key)) continue;
    if (schema.additionalProperties === false)
      result.add({ kind: 'other', name: path, value: key, message: `${path}.${key} in body is a forbidden property` });
    else if (additional) result.merge(check(value[key] as Json, additional, `${path}.${key}`, inner(key)));
  }
  for (const key of keys)
    if (Object.hasOwn(properties, key))
      result.merge(
        check(value[key] as Json, properties[key] as JsonSchema, path === '' ? key : `${path}.${key}`, inner(key)),
      );
  for (const key of schema.required ?? [])
    if (!Object.hasOwn(value, key))
      result.add({ kind: 'required', name: `${path}.${key}`, message: `${path}.${key} in body is required` });
}

/** anyOf, oneOf, allOf and not: nothing in them is let pass because it was so before. */
function checkJunctors(value: Json, schema: JsonSchema, path: string): Result {
  const result = new Collector();
  const plain = (message: string) =>
    result.add({ kind: 'plain', name: '', message: `${JSON.stringify(path)} ${message}` });
  const { anyOf, oneOf, allOf, not } = schema;
  if (anyOf?.length) {
    let best: Result | undefined;
    let success: Result | undefined;
    for (const one of anyOf) {
      const outcome = check(value, one, path);
      if (outcome.complaints.length === 0) {
        success = outcome;
        break;
      }
      if (!best || outcome.matches > best.matches) best = outcome;
    }
    if (!success) plain('must validate at least one schema (anyOf)');
    result.merge((success ?? best) as Result);
  }
  if (oneOf?.length) {
    let best: Result | undefined;
    let success: Result | undefined;
    let count = 0;
    for (const one of oneOf) {
      const outcome = check(value, one, path);
      if (outcome.complaints.length === 0) {
        count++;
        best = undefined;
        success ??= outcome;
      } else if (count === 0 && (!best || outcome.matches > best.matches)) best = outcome;
    }
    if (count === 1) result.merge(success as Result);
    else {
      const found = count === 0 ? 'Found none valid' : `Found ${count} valid alternatives`;
      plain(`must validate one and only one schema (oneOf). ${found}`);
      if (best) result.merge(best);
    }
  }
  if (allOf?.length) {
    let count = 0;
    for (const one of allOf) {
      const outcome = check(value, one, path);
      if (outcome.complaints.length === 0) count++;
      result.merge(outcome);
    }
    if (count < allOf.length) plain(`must validate all the schemas (allOf)${count === 0 ? '. None validated' : ''}`);
  }
  if (not && check(value, not, path).complaints.length === 0) plain('must not validate the schema (not)');
  result.matches++;
  return result;
}
