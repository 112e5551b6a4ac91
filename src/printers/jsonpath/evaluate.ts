/** Finds what a JSONPath template asks for, and prints it (client-go util/jsonpath/jsonpath.go). */
import type { Json } from '../../apimachinery/json';
import { compareStrings, sortStrings, stringifyGo } from '../../apimachinery/json-text';
import { goString } from '../go-format';
import { basicKind, GoNumber, type GoValue, goNumber, goType, isGoMap } from '../go-values';
import { type PathNode, parseJsonPath } from './parse';

export interface JsonPathOptions {
  allowMissingKeys?: boolean;
  /** jsonpath-as-json: every result list as a JSON array. */
  asJson?: boolean;
}

/**
 * A parsed template. Like client-go's it keeps its place in ranges between runs, so that a template with a range is good
 * for one run only.
 */
export class JsonPath {
  private nodes: PathNode[];
  private beginRange = 0;
  private inRange = 0;
  private endRange = 0;
  private lastEnd: PathNode | undefined;
  private readonly allowMissingKeys: boolean;
  private readonly asJson: boolean;

  /** @throws Error of the parser */
  constructor(template: string, options: JsonPathOptions = {}) {
    this.nodes = parseJsonPath(template);
    this.allowMissingKeys = options.allowMissingKeys ?? false;
    this.asJson = options.asJson ?? false;
  }

  /** The text of what is found. @throws Error: `nosuch is not found`, `array index out of bounds: index 3, length 2`, … */
  execute(data: Json): string {
    return this.findResults(data)
      .map((results) => this.print(results))
      .join('');
  }

  /** The values found, one list for each part of the template. */
  findResults(data: GoValue): GoValue[][] {
    const { nodes } = this;
    const all: GoValue[][] = [];
    for (let i = 0; i < nodes.length; i++) {
      const results = this.walk([data], nodes[i] as PathNode);
      if (this.endRange > 0 && this.endRange <= this.inRange) {
        this.endRange--;
        this.lastEnd = nodes[i];
        break;
      }
      if (this.beginRange === 0) {
        all.push(results);
        continue;
      }
      this.beginRange--;
      this.inRange++;
      // Without results the body is still walked, to find where it ends.
      for (const value of results.length > 0 ? results : [undefined]) {
        this.nodes = nodes.slice(i + 1);
        const inner = this.findResults(value);
        if (results.length > 0) all.push(...inner);
      }
      this.inRange--;
      const end = nodes.findIndex((node, k) => k > i && node === this.lastEnd);
      if (end > 0) i = end;
    }
    return all;
  }

  private walk(input: GoValue[], node: PathNode): GoValue[] {
    switch (node.type) {
      case 'list':
        return this.list(input, node.nodes);
      case 'text':
        return [node.text];
      case 'field':
        return this.field(input, node.name);
      case 'array':
        return slice(input, node);
      case 'filter':
        return this.filter(input, node);
      case 'int':
        return input.map(() => new GoNumber('int', node.value));
      case 'float':
        return input.map(() => new GoNumber('float64', node.value));
      case 'bool':
        return input.map(() => node.value);
      case 'wildcard':
        return input.flatMap(children);
      case 'recursive':
        return descendants(input);
      case 'union':
        return withPartial(input, () => node.lists.flatMap((list) => this.list(input, list)));
      case 'identifier':
        return this.identifier(input, node.name);
    }
  }

  private list(input: GoValue[], nodes: readonly PathNode[]): GoValue[] {
    let current = input;
    for (const node of nodes) current = this.walk(current, node);
    return current;
  }

  private identifier(input: GoValue[], name: string): GoValue[] {
    if (name === 'range') {
      this.beginRange++;
      return input;
    }
    if (name !== 'end') throw new PathError(`unrecognized identifier ${name}`, input);
    if (this.inRange === 0) throw new PathError('not in range, nothing to end', []);
    this.endRange++;
    return [];
  }

  private field(input: GoValue[], name: string): GoValue[] {
    if (input.length === 0) return [];
    const results: GoValue[] = [];
    for (const value of input) if (isGoMap(value) && Object.hasOwn(value, name)) results.push(value[name]);
    // A null has no fields, and so none that could be missing, but that is no excuse.
    if (results.length === 0 && !this.allowMissingKeys) throw new PathError(`${name} is not found`, []);
    return results;
  }

  private filter(input: GoValue[], node: PathNode & { type: 'filter' }): GoValue[] {
    const results: GoValue[] = [];
    for (const value of input) {
      if (!Array.isArray(value))
        throw new PathError(`${printed(value)} is not array or slice and cannot be filtered`, input);
      for (const item of value) {
        if (node.operator === 'exists') {
          if (this.exists(item, node.left)) results.push(item);
          continue;
        }
        const left = withPartial(input, () => single(this.list([item], node.left)));
        if (left === NONE) continue;
        const right = withPartial(input, () => single(this.list([item], node.right)));
        if (right === NONE) continue;
        if (withPartial(results, () => compare(node.operator, left, right))) results.push(item);
      }
    }
    return results;
  }

  /** Whether a path leads somewhere. What it had found when it failed counts too, as client-go looks at no error here. */
  private exists(item: Json, path: readonly PathNode[]): boolean {
    try {
      return this.list([item], path).length > 0;
    } catch (error) {
      if (error instanceof PathError) return error.partial.length > 0;
      throw error;
    }
  }

  private print(results: GoValue[]): string {
    if (this.asJson) return `${stringifyGo(results.map(toJson), { indent: '    ' })}\n`;
    return results.map(formatResult).join(' ');
  }
}

/** A failure, with what client-go's evaluator returns beside the error. */
class PathError extends Error {
  constructor(
    message: string,
    readonly partial: readonly GoValue[],
  ) {
    super(message);
  }
}

function withPartial<T>(partial: readonly GoValue[], run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof PathError ? new PathError(error.message, partial) : error;
  }
}

const NONE = Symbol('none');

function single(found: GoValue[]): GoValue | typeof NONE {
  if (found.length > 1) throw new PathError('can only compare one element at a time', []);
  return found.length === 0 ? NONE : found[0];
}

function slice(input: GoValue[], node: PathNode & { type: 'array' }): GoValue[] {
  const results: GoValue[] = [];
  for (const value of input) {
    if (value === null || value === undefined) continue;
    if (!Array.isArray(value)) throw new PathError(`${goType(value)} is not array or slice`, input);
    const [start, end, step] = node.params;
    const { length } = value;
    let from = start.known ? start.value : 0;
    if (from < 0) from += length;
    let to = end.known ? end.value : length;
    if (to < 0 || (to === 0 && end.derived)) to += length;
    // Nothing asked for is nothing found, and ends the search.
    if (to === from) return results;
    if (from >= length || from < 0)
      throw new PathError(`array index out of bounds: index ${from}, length ${length}`, input);
    if (to > length || to < 0)
      throw new PathError(`array index out of bounds: index ${to - 1}, length ${length}`, input);
    if (from > to) throw new PathError(`starting index ${from} is greater than ending index ${to}`, input);
    if (step.known && step.value <= 0) throw new PathError('step must be > 0', input);
    for (let i = from; i < to; i += step.known ? step.value : 1) results.push(value[i]);
  }
  return results;
}

/** All that a value holds. Go walks a map in any order; here keys are sorted. */
function children(value: GoValue): GoValue[] {
  if (Array.isArray(value)) return value;
  if (isGoMap(value)) return sortStrings(Object.keys(value)).map((key) => value[key]);
  if (typeof value === 'string')
    return Array.from(new TextEncoder().encode(value), (byte) => new GoNumber('uint8', byte));
  return [];
}

function descendants(input: readonly GoValue[]): GoValue[] {
  const results: GoValue[] = [];
  for (const value of input) {
    const inner = children(value);
    if (inner.length > 0) results.push(value, ...descendants(inner));
  }
  return results;
}

function compare(operator: string, left: GoValue, right: GoValue): boolean {
  switch (operator) {
    case '==':
      return equal(left, right);
    case '!=':
      return !equal(left, right);
    case '<':
      return less(left, right);
    case '<=':
      return less(left, right) || equal(left, right);
    case '>':
      return !(less(left, right) || equal(left, right));
    case '>=':
      return !less(left, right);
    default:
      throw new PathError(`unrecognized filter operator ${operator}`, []);
  }
}

function equal(left: GoValue, right: GoValue): boolean {
  sameKind(left, right);
  const a = goNumber(left);
  // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number may be the same integer
  return a ? a.value == (goNumber(right)?.value as number) : left === right;
}

function less(left: GoValue, right: GoValue): boolean {
  const kind = sameKind(left, right);
  if (kind === 'bool') throw new PathError('invalid type for comparison', []);
  if (kind === 'string') return compareStrings(left as string, right as string) < 0;
  return (goNumber(left)?.value as number) < (goNumber(right)?.value as number);
}

function sameKind(left: GoValue, right: GoValue): string {
  const a = basicKind(left);
  const b = basicKind(right);
  if (a === undefined || b === undefined) throw new PathError('invalid type for comparison', []);
  const whole = (kind: string) => kind === 'int' || kind === 'uint';
  if (a !== b && !(whole(a) && whole(b))) throw new PathError('incompatible types for comparison', []);
  return a;
}

/** A result as JSON. */
export function toJson(value: GoValue): Json {
  return value instanceof GoNumber ? value.value : (value ?? null);
}

/** A result as text: what is no scalar as JSON. */
export function formatResult(value: GoValue): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value) || isGoMap(value)) return stringifyGo(value);
  return goString(value);
}

function printed(value: GoValue): string {
  return value === undefined ? '<invalid reflect.Value>' : goString(value);
}
