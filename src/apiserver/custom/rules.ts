/**
 * Objects against the rules of x-kubernetes-validations, level by level (apiextensions-apiserver
 * `pkg/apiserver/schema/cel/validation.go`). Loaded for schemas that have rules.
 */
import { type FieldError, formatBadValue, invalid } from '../../apimachinery/field-error';
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import type { Program } from '../../cel/program';
import { escapeName } from '../../cel/property-names';
import type { Variables } from '../../cel/run';
import { type SchemaType, schemaType, withMeta } from '../../cel/schema-types';
import { schemaValue } from '../../cel/schema-values';
import { CelError, NONE, Optional, type Value } from '../../cel/values';
import { additionalOf, itemsOf, type JsonSchema, propertyOf, type ValidationRule } from '../../schema/json-schema';
import { type Correlation, MapList } from './correlation';
import { type CompiledRule, compileRules } from './rule-compiler';

/** What all rules of one object may cost together. */
const BUDGET = 10_000_000;
const LONGEST_MESSAGE = 5 * 1024;

export interface RuleOptions {
  /** Where the value stands; at the root if not told. */
  readonly path?: string;
  /** The object beside what it was; what did not change only leads to warnings. */
  readonly correlation: Correlation | undefined;
  readonly warn: ((text: string) => void) | undefined;
}

export interface SchemaRules {
  validate(value: Json, old: Json | undefined, options: RuleOptions): FieldError[];
}

/** @param root whether the schema is a whole object's */
export function compileSchemaRules(schema: JsonSchema, root = true): SchemaRules {
  const level = levelOf(schema, schema, root, schemaType(schema, root));
  return {
    validate(value, old, { path = '', correlation, warn }) {
      const evaluation = new Evaluation(warn);
      if (level) evaluation.judge(level, path, value, old, { current: correlation, nearest: undefined });
      return evaluation.errors;
    },
  };
}

/** The rules of a schema and of what is in it. */
interface Level {
  readonly schema: JsonSchema;
  readonly isRoot: boolean;
  readonly rules: readonly CompiledRule[];
  /** Why its rules could not be compiled at all. */
  readonly failure?: string;
  readonly items: Level | undefined;
  readonly additional: Level | undefined;
  readonly properties: ReadonlyMap<string, Level>;
  readonly allOf: readonly Level[];
}

/** @param schema where the types come from, where `rules` is part of an allOf */
function levelOf(
  rules: JsonSchema,
  schema: JsonSchema,
  isRoot: boolean,
  type: SchemaType | undefined,
): Level | undefined {
  const inner = (of: JsonSchema | undefined, node: JsonSchema | undefined) =>
    of && node && levelOf(of, node, node['x-kubernetes-embedded-resource'] === true, type?.element);
  const own = rules['x-kubernetes-validations'] ?? [];
  const level: Level = {
    schema,
    isRoot,
    rules: type && own.length > 0 ? compileRules(own, schema, type) : [],
    ...(own.length > 0 && !type ? { failure: 'failed to convert to declType for CEL validation rules' } : {}),
    items: inner(itemsOf(rules), itemsOf(schema)),
    additional: inner(additionalOf(rules), additionalOf(schema)),
    properties: propertyLevels(rules, schema, type),
    allOf: (rules.allOf ?? []).flatMap((part) => levelOf(part, schema, isRoot, type) ?? []),
  };
  const isEmpty =
    own.length === 0 && !level.items && !level.additional && level.properties.size === 0 && level.allOf.length === 0;
  return isEmpty ? undefined : level;
}

function propertyLevels(rules: JsonSchema, schema: JsonSchema, type: SchemaType | undefined): Map<string, Level> {
  const levels = new Map<string, Level>();
  for (const [name, of] of Object.entries(rules.properties ?? {})) {
    const node = propertyOf(schema, name);
    if (!node) continue;
    const isRoot = node['x-kubernetes-embedded-resource'] === true;
    const escaped = escapeName(name);
    const field = escaped === undefined ? schemaType(node, isRoot) : type?.fields?.get(escaped);
    const level = field && levelOf(of, node, isRoot, field);
    if (level) levels.set(name, level);
  }
  return levels;
}

/** Where a value stands beside its old self, or the closest around it that does. */
interface Ratchet {
  readonly current: Correlation | undefined;
  readonly nearest: Correlation | undefined;
}

class Evaluation {
  readonly errors: FieldError[] = [];
  private budget = BUDGET;
  /** No more rules are run once the budget is spent. */
  private spent = false;

  constructor(private readonly warn: ((text: string) => void) | undefined) {}

  judge(level: Level, path: string, value: Json, old: Json | undefined, ratchet: Ratchet): void {
    if (value === null || this.spent) return;
    this.judgeOwn(level, path, value, old ?? undefined, ratchet);
    for (const part of level.allOf)
      this.judge(part, path, value, old, { current: undefined, nearest: ratchet.nearest });
    if (Array.isArray(value)) this.judgeItems(level, path, value, Array.isArray(old) ? old : [], ratchet);
    else if (isObject(value)) this.judgeFields(level, path, value, isObject(old) ? old : {}, ratchet);
  }

  private judgeItems(level: Level, path: string, list: readonly Json[], old: readonly Json[], ratchet: Ratchet): void {
    if (!level.items) return;
    const before = new MapList(level.schema, old);
    for (const [i, item] of list.entries()) {
      const within = ratchet.current ? { current: ratchet.current.index(i), nearest: ratchet.current } : ratchet;
      this.judge(level.items, `${path}[${i}]`, item, before.get(item), within);
    }
  }

  private judgeFields(level: Level, path: string, object: JsonObject, old: JsonObject, ratchet: Ratchet): void {
    const before = (name: string) => (Object.hasOwn(old, name) ? (old[name] as Json) : undefined);
    for (const [name, value] of Object.entries(object)) {
      if (level.additional)
        this.judge(level.additional, `${path}[${name}]`, value as Json, before(name), fieldRatchet(ratchet, name));
      const property = level.properties.get(name);
      if (property)
        this.judge(property, path ? `${path}.${name}` : name, value as Json, before(name), fieldRatchet(ratchet, name));
    }
  }

  private judgeOwn(level: Level, path: string, value: Json, old: Json | undefined, ratchet: Ratchet): void {
    const { schema, rules } = level;
    const type = schema.type ?? '';
    const complain = (detail: string) => this.errors.push(invalid(path || '<nil>', type, detail));
    if (level.failure) {
      complain(`rule compiler initialization error: ${level.failure}`);
      return;
    }
    if (rules.length === 0) return;
    if (this.budget <= 0) {
      complain(OUT_OF_BUDGET);
      this.spent = true;
      return;
    }
    const known = level.isRoot ? withMeta(schema) : schema;
    const self = schemaValue(value, known);
    const comparing = rules.some(({ usesOldSelf }) => usesOldSelf);
    const oldSelf = comparing && old !== undefined ? schemaValue(old, known) : undefined;
    const plain = variables(self, oldSelf);
    const optional = comparing ? variables(self, oldSelf === undefined ? NONE : new Optional(oldSelf)) : plain;
    for (const compiled of rules) {
      const { rule, program, usesOldSelf } = compiled;
      if (compiled.error !== undefined) complain(`rule compile error: ${compiled.error}`);
      if (!program || (usesOldSelf && old === undefined && !rule.optionalOldSelf)) continue;
      const result = this.run(program, rule.optionalOldSelf ? optional : plain);
      if (this.spent) {
        complain(OUT_OF_BUDGET);
        return;
      }
      if (result instanceof CelError) {
        complain(failureOf(result, rule));
        this.spent = result.message.startsWith(TOO_EXPENSIVE);
        if (this.spent) return;
      } else if (result !== true) {
        this.fail(compiled, path, value, type, plain, ratchet);
        if (this.spent) return;
      }
    }
  }

  private run(program: Program, values: Variables): Value {
    const { value, cost } = program.evaluate(values);
    this.spent = cost > this.budget;
    if (!this.spent) this.budget -= cost;
    return value;
  }

  private fail(
    { rule, message, usesOldSelf, fieldPath }: CompiledRule,
    path: string,
    value: Json,
    type: string,
    values: Variables,
    { current, nearest }: Ratchet,
  ): void {
    const field = (fieldPath ? joined(path, fieldPath) : path) || '<nil>';
    const told = message ? this.message(message, rule, values) : undefined;
    const error = this.spent
      ? invalid(field, type, told ?? '')
      : errorFor(
          field,
          type === 'object' || type === 'array' ? undefined : value,
          told ?? messageOf(rule),
          rule.reason,
        );
    const unchanged = (current ?? nearest)?.isUnchanged() === true;
    if (!usesOldSelf && unchanged) this.warn?.(`${error.field}: ${error.body}`);
    else this.errors.push(error);
  }

  /** What the message's expression says; undefined where it fails. With the budget spent, why that is. */
  private message(program: Program, { messageExpression }: ValidationRule, values: Variables): string | undefined {
    const value = this.run(program, values);
    if (this.spent)
      return 'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run';
    if (value instanceof CelError && value.message.startsWith(TOO_EXPENSIVE)) {
      this.spent = true;
      return `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${JSON.stringify(messageExpression)}`;
    }
    const text = typeof value === 'string' ? value.trim() : '';
    const isFit = text !== '' && !text.includes('\n') && new TextEncoder().encode(text).length <= LONGEST_MESSAGE;
    return isFit ? text : undefined;
  }
}

const OUT_OF_BUDGET = 'validation failed due to running out of cost budget, no further validation rules will be run';
const TOO_EXPENSIVE = 'operation cancelled: actual cost limit exceeded';

function variables(self: Value, oldSelf: Value | undefined): Variables {
  return (name) => (name === 'self' ? self : name === 'oldSelf' ? oldSelf : undefined);
}

function fieldRatchet(ratchet: Ratchet, name: string): Ratchet {
  if (!ratchet.current) return ratchet;
  // Old and new are of the same version and kind, whatever they were.
  if (!ratchet.nearest && (name === 'apiVersion' || name === 'kind')) return { current: undefined, nearest: undefined };
  return { current: ratchet.current.key(name), nearest: ratchet.current };
}

function failureOf({ message }: CelError, rule: ValidationRule): string {
  if (message.startsWith('no such overload'))
    return `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${ruleText(rule)}`;
  if (message.startsWith(TOO_EXPENSIVE))
    return `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${ruleText(rule)}`;
  return `${message} evaluating rule: ${ruleText(rule)}`;
}

function ruleText({ message, rule }: ValidationRule): string {
  return (message || rule).trim();
}

function messageOf(rule: ValidationRule): string {
  return rule.message ? rule.message.trim() : `failed rule: ${ruleText(rule)}`;
}

function joined(path: string, fieldPath: string): string {
  return path ? `${path}.${fieldPath}` : fieldPath;
}

/** fieldErrorForReason; without a value where that would be an object or a list. */
function errorFor(field: string, value: Json | undefined, detail: string, reason: string | undefined): FieldError {
  const shown = value === undefined ? '' : `: ${formatBadValue(value)}`;
  switch (reason) {
    case 'FieldValueForbidden':
      return { type: reason, field, body: `Forbidden: ${detail}` };
    case 'FieldValueRequired':
      return { type: reason, field, body: `Required value: ${detail}` };
    case 'FieldValueDuplicate':
      return { type: reason, field, body: `Duplicate value${shown}` };
    default:
      return { type: 'FieldValueInvalid', field, body: `Invalid value${shown}: ${detail}` };
  }
}
