/** A Stage of kwok (kwok.x-k8s.io/v1alpha1), read once: whom it selects, after how long, and what it does (kwok `pkg/utils/lifecycle`). */
import { parseDuration } from '../../apimachinery/duration';
import type { Json } from '../../apimachinery/json';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import { parseTime } from '../../apimachinery/time';
import type { Instant } from '../clock';
import type { Random } from '../random';
import { found, parseQuery, type Query } from './jq';

interface ExpressionFrom {
  expressionFrom?: string;
  jq?: { expression?: string };
  cel?: unknown;
}

interface MatchExpression {
  key?: string;
  operator?: string;
  values?: string[];
  jq?: { key: string; operator: string; values?: string[] };
  cel?: unknown;
}

export interface StageEvent {
  type?: string;
  reason?: string;
  message?: string;
}

export interface StagePatch {
  subresource?: string;
  root?: string;
  template?: string;
  type?: 'json' | 'merge' | 'strategic';
}

export interface StageFinalizers {
  add?: { value: string }[];
  remove?: { value: string }[];
  empty?: boolean;
}

export interface StageStep {
  event?: StageEvent;
  finalizers?: StageFinalizers;
  delete?: boolean;
  patch?: StagePatch;
}

interface StageSpec {
  resourceRef?: { apiGroup?: string; kind?: string };
  selector?: {
    matchLabels?: Record<string, string>;
    matchAnnotations?: Record<string, string>;
    matchExpressions?: MatchExpression[];
  };
  weight?: number;
  weightFrom?: ExpressionFrom;
  delay?: {
    durationMilliseconds?: number;
    durationFrom?: ExpressionFrom;
    jitterDurationMilliseconds?: number;
    jitterDurationFrom?: ExpressionFrom;
  };
  next?: StageStep & { patches?: StagePatch[]; statusTemplate?: string; statusSubresource?: string };
  steps?: StageStep[];
  immediateNextStage?: boolean;
}

interface Requirement {
  query: Query;
  operator: string;
  values: readonly string[];
  /** It looks at what an object is from the start, not at how far it has come. */
  isStatic: boolean;
}

export interface Stage {
  name: string;
  kind: string;
  /** Is the object one of those that Stages look after, whatever becomes of it? */
  governs(object: KubeObject): boolean;
  /** Is it this Stage's turn? */
  matches(object: KubeObject): boolean;
  weight(object: KubeObject): number | undefined;
  /** Milliseconds from when it became its turn; undefined: at once. */
  delay(object: KubeObject, now: Instant, random: Random): number | undefined;
  steps: readonly StageStep[];
  immediateNextStage: boolean;
}

/** @throws Error for one that can't be read */
export function readStage({ metadata, spec = {} }: KubeObject): Stage | undefined {
  const {
    resourceRef = {},
    selector,
    delay,
    weight = 0,
    weightFrom,
    next,
    steps,
    immediateNextStage,
  } = spec as StageSpec;
  // A selector that is not there selects nothing.
  if (!selector) return undefined;
  const requirements = (selector.matchExpressions ?? []).map(readRequirement);
  const fits = (object: KubeObject) =>
    hasAll(object.metadata.labels, selector.matchLabels) &&
    hasAll(object.metadata.annotations, selector.matchAnnotations);
  const duration = durationOf(delay?.durationMilliseconds ?? 0, delay?.durationFrom);
  const jitter =
    delay?.jitterDurationMilliseconds !== undefined || delay?.jitterDurationFrom
      ? durationOf(delay.jitterDurationMilliseconds, delay.jitterDurationFrom)
      : undefined;
  const weightQuery = queryOf(weightFrom);
  return {
    name: metadata.name ?? '',
    kind: resourceRef.kind ?? '',
    governs: (object) => fits(object) && requirements.every((one) => !one.isStatic || holds(one, asJson(object))),
    matches: (object) => fits(object) && requirements.every((one) => holds(one, asJson(object))),
    weight: (object) => weightOf(weight, weightQuery, object),
    delay(object, now, random) {
      if (!delay) return undefined;
      const least = duration(object, now);
      if (least === undefined) return undefined;
      const most = jitter?.(object, now);
      if (most === undefined) return least;
      return most <= least ? most : least + random.below(most - least);
    },
    steps: steps && steps.length > 0 ? steps : stepsOf(next),
    immediateNextStage: immediateNextStage === true,
  };
}

/** The older form, as the newer one says it (conversion of kwok's v1alpha1). */
function stepsOf(next: StageSpec['next'] = {}): StageStep[] {
  const { event, finalizers, patches = [], statusTemplate, statusSubresource = 'status' } = next;
  const steps: StageStep[] = [];
  if (event) steps.push({ event });
  if (finalizers) steps.push({ finalizers });
  if (next.delete) steps.push({ delete: true });
  if (statusTemplate)
    steps.push({ patch: { subresource: statusSubresource, root: 'status', template: statusTemplate } });
  for (const patch of patches) steps.push({ patch });
  return steps;
}

function hasAll(
  present: Readonly<Record<string, string>> = {},
  wanted: Readonly<Record<string, string>> = {},
): boolean {
  return Object.entries(wanted).every(([key, value]) => present[key] === value);
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

function readRequirement(expression: MatchExpression): Requirement {
  if (expression.cel) throw new Error('cel expressions are not known, only jq');
  const { key = '', operator = '', values = [] } = expression.jq ?? expression;
  if (!OPERATORS.includes(operator)) throw new Error(`operator ${JSON.stringify(operator)} is not supported`);
  const needsValues = operator === 'In' || operator === 'NotIn';
  if (needsValues && values.length === 0) throw new Error("for 'in', 'notin' operators, values set can't be empty");
  if (!needsValues && values.length > 0) throw new Error('values set must be empty for exists and does not exist');
  const isStatic = /^\s*\.(metadata\.(labels|annotations|name|namespace|ownerReferences)|spec)\b/.test(key);
  return { query: parseQuery(key), operator, values, isStatic };
}

function holds({ query, operator, values }: Requirement, object: Json): boolean {
  const data = found(query, object);
  const isAmong = () => data.some((value) => values.includes(text(value) ?? '\0'));
  switch (operator) {
    case 'In':
      return isAmong();
    case 'NotIn':
      return !isAmong();
    case 'Exists':
      return data.length > 0;
    default:
      return data.length === 0;
  }
}

function text(value: Json): string | undefined {
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
    ? String(value)
    : undefined;
}

function queryOf(from: ExpressionFrom | undefined): Query | undefined {
  if (!from) return undefined;
  if (from.cel) throw new Error('cel expressions are not known, only jq');
  const expression = from.jq?.expression ?? from.expressionFrom;
  return expression === undefined ? undefined : parseQuery(expression);
}

/** A duration, or the time until an instant; what is there but empty is none. */
function durationOf(fallback: number | undefined, from: ExpressionFrom | undefined) {
  const query = queryOf(from);
  return (object: KubeObject, now: Instant): number | undefined => {
    const [value] = query ? found(query, asJson(object)) : [];
    if (typeof value !== 'string') return fallback;
    if (value === '') return undefined;
    const instant = parseTime(value);
    if (instant !== undefined) return instant - now;
    try {
      return parseDuration(value);
    } catch {
      return fallback;
    }
  };
}

function weightOf(fallback: number, query: Query | undefined, object: KubeObject): number | undefined {
  const [value] = query ? found(query, asJson(object)) : [];
  if (value === '') return undefined;
  if (typeof value === 'number') return Math.floor(value);
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : fallback;
}

/** One of those whose turn it is, by their weights (Lifecycle.Match). */
export function choose(stages: readonly Stage[], object: KubeObject, random: Random): Stage | undefined {
  if (stages.length < 2) return stages[0];
  const weighed = stages.map((stage) => ({ stage, weight: stage.weight(object) }));
  const known = weighed.filter(({ weight }) => weight !== undefined) as { stage: Stage; weight: number }[];
  const total = known.reduce((sum, { weight }) => sum + Math.max(0, weight), 0);
  if (total === 0) {
    const among = known.length > 0 ? known : weighed;
    return among[random.below(among.length)]?.stage;
  }
  let at = random.below(total);
  for (const { stage, weight } of known) {
    if (weight <= 0) continue;
    at -= weight;
    if (at < 0) return stage;
  }
  return undefined;
}
