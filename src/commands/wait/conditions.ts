/** What can be waited for (kubectl pkg/cmd/wait/{condition,json}.go). */
import type { Json } from '../../apimachinery/json';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import { relaxedPath } from '../../printers/custom-columns';
import { parseJsonPath } from '../../printers/jsonpath';
import { CommandError } from '../command';

export type Condition =
  | { kind: 'create' | 'delete' }
  /** Throws where the question has no answer, e.g. a path that leads to a list. */
  | { kind: 'holds'; holds(object: KubeObject): boolean };

/** Reads --for. Throws in kubectl's words. */
export function readConditions(texts: readonly string[]): Condition[] {
  if (texts.length === 0) throw new CommandError('unrecognized condition: []');
  return texts.map(readCondition);
}

function readCondition(text: string): Condition {
  const word = text.toLowerCase();
  if (word === 'create' || word === 'delete') return { kind: word };
  if (text.startsWith('condition=')) return namedCondition(text.slice('condition='.length));
  if (text.startsWith('jsonpath=')) return pathCondition(text.slice('jsonpath='.length));
  throw new CommandError(`unrecognized condition: ${JSON.stringify(text)}`);
}

function namedCondition(text: string): Condition {
  const equals = text.indexOf('=');
  const name = (equals < 0 ? text : text.slice(0, equals)).toLowerCase();
  const value = (equals < 0 ? 'true' : text.slice(equals + 1)).toLowerCase();
  return {
    kind: 'holds',
    holds(object) {
      const conditions = object['status']?.conditions;
      if (!Array.isArray(conditions)) return false;
      for (const condition of conditions as StatusCondition[]) {
        if (condition.type?.toLowerCase() !== name || typeof condition.status !== 'string') continue;
        return !isOutdated(object, condition) && condition.status.toLowerCase() === value;
      }
      return false;
    },
  };
}

interface StatusCondition {
  type?: string;
  status?: string;
  observedGeneration?: number;
}

/** Does the condition speak of an older generation of the object? */
function isOutdated(object: KubeObject, condition: StatusCondition): boolean {
  const { generation } = object.metadata;
  const observed: number | undefined = condition.observedGeneration ?? object['status']?.observedGeneration;
  return generation !== undefined && observed !== undefined && observed < generation;
}

const FORMAT =
  "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'";

function pathCondition(text: string): Condition {
  const parts = splitAtEquals(text);
  if (parts.length > 2) throw new CommandError(FORMAT);
  const expression = relaxed(parts[0] ?? '');
  const value = parts[1]?.replace(/^['"]+|['"]+$/g, '');
  if (value === '') {
    throw new CommandError(
      "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
    );
  }
  if (expression === '') throw new CommandError('jsonpath expression cannot be empty');
  const path = parsed(expression);
  return {
    kind: 'holds',
    holds(object) {
      const results = path.find(asJson(object));
      const [first] = results;
      if (!first || first.length === 0) return false;
      if (results.length > 1) throw new CommandError('given jsonpath expression matches more than one list');
      if (first.length > 1) throw new CommandError('given jsonpath expression matches more than one value');
      return value === undefined || textOf(first[0] as Json).trim() === value.trim();
    },
  };
}

function relaxed(text: string): string {
  try {
    return relaxedPath(text);
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}

function parsed(expression: string): ReturnType<typeof parseJsonPath> {
  try {
    return parseJsonPath(expression);
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}

/** Splits at `=`, but not within `==`, which belongs to filters. */
function splitAtEquals(text: string): string[] {
  return text.split(/(?<!=)=(?!=)/);
}

function textOf(value: Json): string {
  if (typeof value === 'object' && value !== null)
    throw new CommandError('jsonpath leads to a nested object or list which is not supported');
  return value === null ? '<nil>' : String(value);
}
