/** Which questions an authorizer is asked at all, told by expressions (apiserver `pkg/authorization/cel`). */
import type { JsonObject } from '../../apimachinery/json';
import { compile, environmentOf, type Program } from '../../cel/program';
import { schemaType, structsOf } from '../../cel/schema-types';
import { schemaValue } from '../../cel/schema-values';
import { CelError } from '../../cel/values';
import type { JsonSchema } from '../../schema/json-schema';

const TEXT: JsonSchema = { type: 'string' };
const TEXTS: JsonSchema = { type: 'array', items: TEXT };
const object = (properties: Record<string, JsonSchema>): JsonSchema => ({ type: 'object', properties });
const SELECTOR = object({
  rawSelector: TEXT,
  requirements: { type: 'array', items: object({ key: TEXT, operator: TEXT, values: TEXTS }) },
});

/** A SubjectAccessReviewSpec (buildRequestType). */
const REQUEST = object({
  resourceAttributes: object({
    namespace: TEXT,
    verb: TEXT,
    group: TEXT,
    version: TEXT,
    resource: TEXT,
    subresource: TEXT,
    name: TEXT,
    fieldSelector: SELECTOR,
    labelSelector: SELECTOR,
  }),
  nonResourceAttributes: object({ path: TEXT, verb: TEXT }),
  user: TEXT,
  groups: TEXTS,
  extra: { type: 'object', additionalProperties: TEXTS },
  uid: TEXT,
});

let environment: ReturnType<typeof environmentOf> | undefined;

function requestEnvironment() {
  if (environment) return environment;
  const type = schemaType(REQUEST, false, 'kubernetes.SubjectAccessReviewSpec');
  if (!type) throw new Error('the schema of a review has no type');
  environment = environmentOf({ variables: { request: type.type }, structs: structsOf(type) });
  return environment;
}

/** Compiles a condition; `error` says what is wrong with it (CompileCELExpression). */
export function compileCondition(text: string): { program?: Program; error?: string } {
  const { program, issues } = { program: undefined, issues: undefined, ...compile(text, requestEnvironment()) };
  if (!program) return { error: `compilation failed: ${issues}` };
  if (program.type.kind !== 'bool') return { error: `must evaluate to bool but got ${program.type.name}` };
  const unprepared = program.prepare();
  return unprepared === undefined ? { program } : { error: `program instantiation failed: ${unprepared}` };
}

export type Match = { matches: boolean; error?: undefined } | { matches?: undefined; error: string };

/** One that says no is enough; otherwise one that fails is an error (CELMatcher.Eval). */
export function matchAll(conditions: readonly { text: string; program: Program }[], spec: JsonObject): Match {
  const request = schemaValue(spec, REQUEST);
  const errors: string[] = [];
  for (const { text, program } of conditions) {
    const { value } = program.evaluate((name) => (name === 'request' ? request : undefined));
    if (value === false) return { matches: false };
    if (value instanceof CelError)
      errors.push(`cel evaluation error: expression '${text}' resulted in error: ${value.message}`);
  }
  if (errors.length === 0) return { matches: true };
  return { error: errors.length === 1 ? (errors[0] as string) : `[${errors.join(', ')}]` };
}
