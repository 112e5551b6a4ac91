/** The rules of one schema, compiled (apiextensions-apiserver `pkg/apiserver/schema/cel/compilation.go`). */
import type { Environment } from '../../cel/environment';
import { compile, environmentOf, type Program } from '../../cel/program';
import { MAX_REQUEST, pathSizes, type SchemaType, structsOf } from '../../cel/schema-types';
import { optionalOf } from '../../cel/types';
import type { JsonSchema, ValidationRule } from '../../schema/json-schema';
import { resolveFieldPath } from './field-path';

export interface CompiledRule {
  readonly rule: ValidationRule;
  /** Absent for an empty rule, and for one that is wrong. */
  readonly program?: Program;
  /** What is wrong with the rule. */
  readonly error?: string;
  /** Whether it compares with what was before. */
  readonly usesOldSelf: boolean;
  readonly maxCost: bigint;
  /** How often what it judges can occur in one object. */
  readonly maxCardinality: bigint;
  readonly message?: Program;
  readonly messageError?: string;
  readonly messageMaxCost: bigint;
  /** The field that it complains of, from the one that has the rule. */
  readonly fieldPath: string;
}

export function compileRules(
  rules: readonly ValidationRule[],
  schema: JsonSchema,
  type: SchemaType,
): readonly CompiledRule[] {
  const structs = structsOf(type);
  const environment = (optional: boolean) =>
    environmentOf({ variables: { self: type.type, oldSelf: optional ? optionalOf(type.type) : type.type }, structs });
  const [plain, optional] = [environment(false), environment(true)];
  return rules.map((rule) => compileRule(rule, schema, type, rule.optionalOldSelf ? optional : plain));
}

function compileRule(
  rule: ValidationRule,
  schema: JsonSchema,
  type: SchemaType,
  environment: Environment,
): CompiledRule {
  const nothing = {
    rule,
    usesOldSelf: false,
    maxCost: 0n,
    maxCardinality: 0n,
    messageMaxCost: 0n,
    fieldPath: '',
  };
  if (rule.rule.trim() === '') return nothing;
  const { program, error } = compiled(rule.rule, 'bool', environment);
  if (!program) return { ...nothing, error: error?.('') ?? '' };
  const usesOldSelf = program.uses('oldSelf');
  const unprepared = program.prepare();
  if (unprepared !== undefined)
    return { ...nothing, usesOldSelf, error: `program instantiation failed: ${unprepared}` };
  const known = {
    ...nothing,
    program,
    usesOldSelf,
    maxCost: program.estimate(pathSizes(type)).max,
    maxCardinality: BigInt(Math.floor(MAX_REQUEST / (type.smallest + 1))),
  };
  const message = rule.messageExpression ? compiledMessage(rule.messageExpression, type, environment) : {};
  if (message.messageError !== undefined) return { ...known, ...message };
  return { ...known, ...message, fieldPath: rule.fieldPath ? normalized(rule.fieldPath, schema) : '' };
}

function compiledMessage(
  text: string,
  type: SchemaType,
  environment: Environment,
): Partial<Pick<CompiledRule, 'message' | 'messageError' | 'messageMaxCost'>> {
  const { program, error } = compiled(text, 'string', environment);
  if (!program) return { messageError: error?.('message') ?? '' };
  const unprepared = program.prepare();
  if (unprepared !== undefined) return { messageError: `messageExpression instantiation failed: ${unprepared}` };
  return { message: program, messageMaxCost: program.estimate(pathSizes(type)).max };
}

/** An expression of a type; or what is wrong, told of a rule or of its message. */
function compiled(
  text: string,
  kind: 'bool' | 'string',
  environment: Environment,
): { program?: Program; error?: (of: string) => string } {
  const { program, issues } = { program: undefined, issues: undefined, ...compile(text, environment) };
  if (issues !== undefined)
    return { error: (of) => `${of ? 'messageExpression compilation' : 'compilation'} failed: ${issues}` };
  if (program?.type.kind === kind) return { program };
  return {
    error: (of) => (of ? 'messageExpression must evaluate to a string' : 'cel expression must evaluate to a bool'),
  };
}

function normalized(fieldPath: string, schema: JsonSchema): string {
  try {
    return resolveFieldPath(fieldPath, schema).path;
  } catch {
    return '';
  }
}
