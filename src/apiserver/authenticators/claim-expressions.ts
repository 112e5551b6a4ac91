/** Expressions over a token's claims and over the user that is made of them (apiserver `pkg/authentication/cel`). */
import { isObject, type Json, type JsonObject, jsonOf } from '../../apimachinery/json';
import { jsonOfValue, jsonValue } from '../../cel/json-values';
import { compile, environmentOf, type Program } from '../../cel/program';
import { schemaType, structsOf } from '../../cel/schema-types';
import { schemaValue } from '../../cel/schema-values';
import { DYN, mapOf, STRING } from '../../cel/types';
import { CelError, type Value } from '../../cel/values';
import type { JsonSchema } from '../../schema/json-schema';
import type { UserInfo } from '../authentication';

const TEXT: JsonSchema = { type: 'string' };
const TEXTS: JsonSchema = { type: 'array', items: TEXT };
const USER: JsonSchema = {
  type: 'object',
  properties: {
    username: TEXT,
    uid: TEXT,
    groups: TEXTS,
    extra: { type: 'object', additionalProperties: TEXTS },
  },
};

export type Over = 'claims' | 'user';

const environments = new Map<Over, ReturnType<typeof environmentOf>>();

function environment(over: Over) {
  let made = environments.get(over);
  if (made) return made;
  if (over === 'claims') made = environmentOf({ variables: { claims: mapOf(STRING, DYN) } });
  else {
    const type = schemaType(USER, false, 'kubernetes.UserInfo');
    if (!type) throw new Error('the schema of a user has no type');
    made = environmentOf({ variables: { user: type.type }, structs: structsOf(type) });
  }
  environments.set(over, made);
  return made;
}

/** @param kinds what it may evaluate to; `error` says what is wrong with it (compiler.compile) */
export function compileClaimExpression(
  text: string,
  over: Over,
  kinds: readonly string[],
): { program?: Program; error?: string } {
  const compiled = compile(text, environment(over));
  if (!compiled.program) return { error: `compilation failed: ${compiled.issues}` };
  const { kind } = compiled.program.type;
  if (kind !== 'dyn' && !kinds.includes(kind))
    return { error: `must evaluate to ${kinds.length === 1 ? kinds[0] : `one of [${kinds.join(' ')}]`}` };
  const unprepared = compiled.program.prepare();
  return unprepared === undefined
    ? { program: compiled.program }
    : { error: `program instantiation failed: ${unprepared}` };
}

/** @throws Error that says what went wrong */
export function evaluateClaims(text: string, claims: JsonObject, kinds: readonly string[]): Json {
  return evaluated(text, 'claims', jsonValue(claims), kinds);
}

/** @throws Error that says what went wrong */
export function evaluateUser(text: string, { name, uid = '', groups, extra = {} }: UserInfo): Json {
  const user = { username: name, uid, groups: [...groups], extra: jsonOf(extra) };
  return evaluated(text, 'user', schemaValue(user, USER), ['bool']);
}

function evaluated(text: string, over: Over, value: Value, kinds: readonly string[]): Json {
  const { program, error } = compileClaimExpression(text, over, kinds);
  if (!program) throw new Error(error);
  const result = program.evaluate((name) => (name === over ? value : undefined));
  if (result.value instanceof CelError)
    throw new Error(`expression '${text}' resulted in error: ${result.value.message}`);
  return jsonOfValue(result.value);
}

/** Of one text or several; empty ones go (convertCELValueToStringList). */
export function textList(value: Json): string[] {
  const all = value === null ? [] : Array.isArray(value) ? value : [value];
  if (isObject(value) || !all.every((one) => typeof one === 'string'))
    throw new Error('expression must return a string or a list of strings');
  return (all as string[]).filter((one) => one !== '');
}
