/** What is wrong with an expression though its types are right (cel-go `cel/validator.go`, `ext/formatting.go`). */
import { regexpComplaint } from '../apimachinery/regexp';
import { type Call, childrenOf, type Expr, type ListExpr } from './ast';
import { type Clause, COMPLAINTS, expand, formatError, type Verb } from './library/format';
import type { Issue } from './source';
import { parseCelDuration, parseTimestamp } from './time';
import { equivalentType, formatType, isOptional, type Type } from './types';
import { CelError } from './values';

export function validate(expr: Expr): Issue[] {
  const calls: Call[] = [];
  const literals: { expr: Expr; exempt: boolean }[] = [];
  const visit = (node: Expr, exempt: boolean): void => {
    if (node.kind === 'call') calls.push(node);
    literals.push({ expr: node, exempt });
    const within = exempt || (node.kind === 'call' && node.function === 'format');
    for (const child of childrenOf(node)) visit(child, within);
  };
  visit(expr, false);
  const mixed = literals.filter(({ exempt }) => !exempt).map((literal) => literal.expr);
  return [
    ...calls.flatMap((call) => argumentIssues(call, 'duration', isDuration)),
    ...calls.flatMap((call) => argumentIssues(call, 'timestamp', isTimestamp)),
    ...calls.flatMap((call) => argumentIssues(call, 'matches', isRegexp)),
    ...mixed.flatMap(listIssues),
    ...mixed.flatMap(mapIssues),
    ...calls.flatMap(formatIssues),
  ];
}

const isDuration = (value: unknown) => typeof value === 'string' && parseCelDuration(value) !== undefined;
const isRegexp = (value: unknown) => typeof value === 'string' && regexpComplaint(value) === undefined;
function isTimestamp(value: unknown): boolean {
  if (typeof value === 'bigint') return value >= -62135596800n && value <= 253402300799n;
  const parsed = typeof value === 'string' ? parseTimestamp(value) : undefined;
  return parsed !== undefined && !(parsed instanceof CelError);
}

/** Literal arguments that the function would refuse. */
function argumentIssues({ function: name, args: [arg] }: Call, wanted: string, check: (value: unknown) => boolean) {
  if (name !== wanted || arg?.kind !== 'literal' || check(arg.value)) return [];
  return [{ message: `invalid ${wanted} argument`, offset: arg.offset }];
}

function listIssues(list: Expr): Issue[] {
  if (list.kind !== 'list') return [];
  let first: Type | undefined;
  for (const [i, element] of list.elements.entries()) {
    const type = heldType(element, list.optional.has(i));
    first ??= type;
    if (!equivalentType(first, type)) return [mismatch(element, first, type)];
  }
  return [];
}

function mapIssues(map: Expr): Issue[] {
  if (map.kind !== 'map') return [];
  const [first, ...others] = map.entries;
  if (!first) return [];
  const keyType = first.key.type as Type;
  const valueType = heldType(first.value, first.optional);
  return others.flatMap(({ key, value, optional }) => [
    ...(equivalentType(keyType, key.type as Type) ? [] : [mismatch(key, keyType, key.type as Type)]),
    ...(equivalentType(valueType, heldType(value, optional))
      ? []
      : [mismatch(value, valueType, heldType(value, optional))]),
  ]);
}

function heldType({ type }: Expr, optional: boolean): Type {
  return optional && type && isOptional(type) ? (type.params[0] as Type) : (type as Type);
}

function mismatch({ offset }: Expr, expected: Type, actual: Type): Issue {
  return { message: `expected type '${formatType(expected)}' but found '${formatType(actual)}'`, offset };
}

/** A format and its arguments, where both are written down. */
function formatIssues({ function: name, target, args, offset }: Call): Issue[] {
  const [list] = args;
  if (name !== 'format' || target?.kind !== 'literal' || typeof target.value !== 'string') return [];
  if (args.length !== 1 || list?.kind !== 'list') return [];
  let bad: Expr | undefined;
  let seen = 0;
  try {
    expand(target.value, list.elements.length, (index, clause) => {
      seen++;
      bad = badArgument((list as ListExpr).elements[index] as Expr, clause);
      if (bad) throw formatError(`${COMPLAINTS[clause.verb]}, was given ${bad.type?.name}`);
      return '';
    });
  } catch (error) {
    return [{ message: (error as Error).message, offset: bad?.offset ?? offset }];
  }
  if (list.elements.length <= seen) return [];
  const counts = `expected ${seen}, got ${list.elements.length}`;
  return [{ message: `too many arguments supplied to string.format (${counts})`, offset }];
}

const ALLOWED: Readonly<Record<Verb, readonly Type['kind'][]>> = {
  s: ['list', 'map', 'int', 'uint', 'double', 'bool', 'string', 'timestamp', 'bytes', 'duration', 'type', 'null'],
  d: ['int', 'uint'],
  f: ['double', 'string'],
  e: ['double', 'string'],
  b: ['int', 'uint', 'bool'],
  x: ['int', 'uint', 'string', 'bytes'],
  X: ['int', 'uint', 'string', 'bytes'],
  o: ['int', 'uint'],
};

/** The argument, or what it is made of, that a clause can't print. */
function badArgument(arg: Expr, clause: Clause): Expr | undefined {
  const kind = arg.type?.kind ?? 'dyn';
  if (kind !== 'dyn' && !ALLOWED[clause.verb].includes(kind)) return arg;
  if (clause.verb !== 's') return undefined;
  if (arg.kind === 'list') return firstBad(arg.elements, clause);
  return arg.kind === 'map'
    ? firstBad(
        arg.entries.flatMap(({ key, value }) => [key, value]),
        clause,
      )
    : undefined;
}

function firstBad(parts: readonly Expr[], clause: Clause): Expr | undefined {
  for (const part of parts) {
    const bad = badArgument(part, clause);
    if (bad) return bad;
  }
  return undefined;
}
