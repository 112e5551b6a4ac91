/**
 * Tells what a merge did, field by field: every path of the live object, the wanted one and the result, with the rule that
 * decided. It reads the outcome of the merge and the same schema facts; it decides nothing itself.
 */
import { deepEqual, isObject, type Json, type JsonObject } from '../apimachinery/json';
import type { Schema } from '../schema/schema';
import type { Decision, FieldPath, PathElement, Rule } from './decision';
import { formatGo } from './go-value';
import { DIRECTIVE, SET_ELEMENT_ORDER } from './patch-list';

/** The sides of a merge that is done. An absent side is undefined. */
export interface MergeSides {
  lastApplied?: Json | undefined;
  live?: Json | undefined;
  /** What the file holds. */
  wanted?: Json | undefined;
  result?: Json | undefined;
}

/** The decisions of a three-way merge. Without a schema (custom kinds) every list is one value. */
export function explainMerge(sides: MergeSides, schema?: Schema): Decision[] {
  const decisions: Decision[] = [];
  walk([], sides, schema, undefined, decisions);
  return decisions;
}

/**
 * The decisions of a patch of any kind: what differs between `live` and `result`. Nothing was last applied, and what the
 * patch did not touch is left out.
 */
export function explainPatch(live: JsonObject, result: JsonObject, schema?: Schema): Decision[] {
  return explainMerge({ live, wanted: result, result }, schema).filter((decision) => decision.action !== 'keep');
}

/** A rule that holds for everything below where it was found. */
type Inherited = Extract<Rule, 'retain-keys' | 'dropped-from-file'> | undefined;

/** A map or list that the file has no more goes with all that others put into it. */
function droppedWhole({ lastApplied, wanted }: MergeSides, inherited: Inherited): Inherited {
  return wanted === undefined && lastApplied !== undefined ? 'dropped-from-file' : inherited;
}

function walk(
  path: FieldPath,
  sides: MergeSides,
  schema: Schema | undefined,
  inherited: Inherited,
  out: Decision[],
): void {
  const present = [sides.lastApplied, sides.live, sides.wanted, sides.result].filter((side) => side !== undefined);
  const filled = present.filter((side) => side !== null);
  const before = out.length;
  if (filled.length > 0 && filled.every((side) => isObject(side))) {
    walkFields(path, sides, schema, inherited, out);
    if (out.length > before) return;
  } else if (
    filled.length > 0 &&
    filled.every((side) => Array.isArray(side)) &&
    walkList(path, sides, schema, inherited, out)
  ) {
    if (out.length > before) return;
  }
  // A value without parts, or a map or list that came or went without any.
  decide(path, sides, Array.isArray(filled[0]) ? 'replaced-atomic' : undefined, inherited, out);
}

function walkFields(
  path: FieldPath,
  sides: MergeSides,
  schema: Schema | undefined,
  inherited: Inherited,
  out: Decision[],
): void {
  const retains =
    schema?.patchStrategy?.includes('retainKeys') && isObject(sides.wanted)
      ? 'retain-keys'
      : droppedWhole(sides, inherited);
  const keys = new Set<string>();
  for (const side of [sides.wanted, sides.live, sides.lastApplied, sides.result]) {
    if (isObject(side)) for (const key of Object.keys(side)) keys.add(key);
  }
  for (const key of keys) {
    if (key === DIRECTIVE || key.startsWith(SET_ELEMENT_ORDER)) continue;
    const inner: MergeSides = {
      lastApplied: fieldOf(sides.lastApplied, key),
      live: fieldOf(sides.live, key),
      wanted: fieldOf(sides.wanted, key),
      result: fieldOf(sides.result, key),
    };
    walk([...path, key], inner, schemaOf(schema, key), retains, out);
  }
}

function fieldOf(side: Json | undefined, key: string): Json | undefined {
  return isObject(side) && Object.hasOwn(side, key) ? side[key] : undefined;
}

function schemaOf(schema: Schema | undefined, key: string): Schema | undefined {
  return schema?.type === 'map' ? schema.items : schema?.field?.(key);
}

/** A list that merges, element by element; false when it is one value. */
function walkList(
  path: FieldPath,
  sides: MergeSides,
  schema: Schema | undefined,
  inherited: Inherited,
  out: Decision[],
): boolean {
  if (!schema?.patchStrategy?.includes('merge')) return false;
  const mergeKey = schema.patchMergeKey;
  if (mergeKey === undefined) {
    decide(path, sides, 'merged-as-set', undefined, out);
    return true;
  }
  const lists = [sides.lastApplied, sides.live, sides.wanted, sides.result].map((side) => elementsOf(side, mergeKey));
  if (lists.includes(null)) return false;
  const [lastApplied, live, wanted, result] = lists as Map<string, JsonObject>[];
  const keys = new Set<string>();
  for (const list of [wanted, live, lastApplied, result]) for (const key of list?.keys() ?? []) keys.add(key);
  if (sides.wanted !== undefined && sides.live !== undefined) {
    decide(path, sides, 'merged-by-key', undefined, out);
    const told = out.at(-1);
    if (told?.path === path) told.mergeKey = mergeKey;
  }
  for (const key of keys) {
    const inner: MergeSides = {
      lastApplied: lastApplied?.get(key),
      live: live?.get(key),
      wanted: wanted?.get(key),
      result: result?.get(key),
    };
    const some = inner.wanted ?? inner.live ?? inner.lastApplied ?? inner.result;
    const element: PathElement = { [mergeKey]: (some as JsonObject)[mergeKey] ?? null };
    const retains = schema.patchStrategy.includes('retainKeys') && inner.wanted !== undefined;
    walk([...path, element], inner, schema.items, retains ? 'retain-keys' : droppedWhole(sides, inherited), out);
  }
  return true;
}

/** A list's elements by merge key; null where one has none, or two have the same. */
function elementsOf(side: Json | undefined, mergeKey: string): Map<string, JsonObject> | null {
  const elements = new Map<string, JsonObject>();
  if (!Array.isArray(side)) return elements;
  for (const element of side) {
    if (!isObject(element) || !Object.hasOwn(element, mergeKey)) return null;
    const key = formatGo(element[mergeKey]);
    if (elements.has(key)) return null;
    elements.set(key, element);
  }
  return elements;
}

function decide(
  path: FieldPath,
  sides: MergeSides,
  how: Rule | undefined,
  inherited: Inherited,
  out: Decision[],
): void {
  const { lastApplied, live, wanted, result } = sides;
  const [before, after] = [live ?? undefined, result ?? undefined];
  const action =
    before === undefined ? (after === undefined ? undefined : 'add') : after === undefined ? 'remove' : undefined;
  const change = action ?? (before === undefined ? undefined : deepEqual(before, after) ? 'keep' : 'change');
  if (change === undefined) return;
  out.push({
    path,
    ...(lastApplied !== undefined ? { lastApplied } : {}),
    ...(live !== undefined ? { live } : {}),
    ...(wanted !== undefined ? { wanted } : {}),
    ...(result !== undefined ? { result } : {}),
    action: change,
    rule: ruleOf(sides, change, how, inherited),
  });
}

function ruleOf(
  { lastApplied, wanted }: MergeSides,
  action: Decision['action'],
  how: Rule | undefined,
  inherited: Inherited,
): Rule {
  if (wanted !== undefined && wanted !== null) {
    if (how === 'merged-by-key' || how === 'merged-as-set') return how;
    if (action === 'keep') return 'unchanged';
    return how === 'replaced-atomic' && action === 'change' ? how : 'set-by-file';
  }
  if (action === 'keep') return 'kept-other-writer';
  if (wanted === null) return 'set-by-file';
  if (lastApplied !== undefined) return 'dropped-from-file';
  return inherited ?? 'directive';
}
