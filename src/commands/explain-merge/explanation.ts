/**
 * What became of one object in an apply, field by field. What was merged, and by which rule, are the decisions of the merge
 * itself (`src/merge/`); here they are told together with what the server then made of it.
 */
import { deepEqual, isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { asJson, type KubeObject, type ManagedFieldsEntry } from '../../apimachinery/meta';
import type { Decision, FieldPath, PathElement, Rule } from '../../merge/decision';
import { explainPatch } from '../../merge/explain-merge';
import { FieldOwners } from '../../merge/managed-fields/field-owners';
import type { Schema } from '../../schema/schema';
import { LAST_APPLIED } from '../last-applied';
import { formatFieldPath, valueAt } from './field-path';

/** What an apply of one object went by, as it hands it to who explains it. */
export interface MergeRecord {
  mode: 'client-side' | 'server-side';
  /** Absent where the object is made. */
  live?: KubeObject | undefined;
  file: JsonObject;
  /** False where there is no last-applied annotation to go by. */
  hasLastApplied: boolean;
  decisions: readonly Decision[];
  /** What the merge makes of the live object, before the server adds to it. */
  merged: JsonObject;
  /** Absent for kinds whose fields are not known here. */
  schema?: Schema | undefined;
  fieldManager: string;
}

export type Verb = 'added' | 'changed' | 'removed' | 'kept' | 'unchanged';

/** The rules of the merge, and what the server has a part in. */
export type ExplainedRule =
  | Rule
  | 'defaulted-by-server'
  | 'set-by-server'
  | 'set-by-admission' // an admission plugin of the server
  | 'ambiguous-merge-key' // elements share the key by which they would be matched
  | 'remembered' // the last-applied annotation
  | 'immutable'
  | 'refused';

export interface FieldExplanation {
  path: FieldPath;
  text: string;
  lastApplied?: Json;
  live?: Json;
  file?: Json;
  result?: Json;
  verb: Verb;
  rule: ExplainedRule;
  mergeKey?: string;
  /** Who owned it before, the last to write it first. */
  owners: ManagedFieldsEntry[];
  /** What the server said against it. */
  refusal?: string;
  /** The admission plugin that made it so. */
  admission?: string;
}

/** What came back: the object as the server has it now, or why it has nothing of it. */
export interface Outcome {
  /** Absent where the server was not asked. */
  answer?: KubeObject | undefined;
  refused?: { message: string; causes: readonly { field?: string; message?: string }[] } | undefined;
}

/** The fields of one object, in the order in which the file and then the live object have them. */
export function explainFields(record: MergeRecord, { answer, refused }: Outcome): FieldExplanation[] {
  const owners = FieldOwners.of(record.live?.metadata.managedFields);
  const fields = record.decisions.map((decision) => explainDecision(decision, owners));
  if (record.mode === 'client-side') markAmbiguous(fields, record.schema);
  if (answer) addServerChanges(fields, record, answer, owners);
  if (refused) markRefused(fields, refused.causes);
  return withoutKeys(fields.filter((field) => !isBookkeeping(field, record)));
}

/** Without the merge keys that the paths of an element's other fields tell anyway. */
function withoutKeys(fields: readonly FieldExplanation[]): FieldExplanation[] {
  const elements = new Map<string, number>();
  const elementOf = ({ path }: FieldExplanation): string | undefined => {
    const [step, key] = [path.at(-2), path.at(-1)];
    if (typeof step !== 'object' || typeof key !== 'string' || !Object.hasOwn(step, key)) return undefined;
    return formatFieldPath(path.slice(0, -1));
  };
  for (const field of fields) {
    const at = field.path.findLastIndex((step) => typeof step === 'object');
    if (at >= 0 && elementOf(field) === undefined) {
      const element = formatFieldPath(field.path.slice(0, at + 1));
      elements.set(element, (elements.get(element) ?? 0) + 1);
    }
  }
  return fields.filter((field) => !elements.has(elementOf(field) ?? ''));
}

function explainDecision(decision: Decision, owners: FieldOwners): FieldExplanation {
  const { path, lastApplied, live, wanted, result, action, rule, mergeKey } = decision;
  const at = owners.at(path);
  const own = at.here();
  const field: FieldExplanation = {
    path,
    text: formatFieldPath(path),
    ...(lastApplied === undefined ? {} : { lastApplied }),
    ...(live === undefined ? {} : { live }),
    ...(wanted === undefined ? {} : { file: wanted }),
    ...(result === undefined ? {} : { result }),
    verb: verbOf(action, wanted),
    rule,
    ...(mergeKey === undefined ? {} : { mergeKey }),
    owners: own.length > 0 ? own : at.within(),
  };
  if (field.text === ANNOTATION) field.rule = 'remembered';
  return field;
}

/** Lists that merge by a key which elements of theirs share: the merge takes them whole, and not always right. */
function markAmbiguous(fields: readonly FieldExplanation[], schema: Schema | undefined): void {
  for (const field of fields) {
    if (field.verb === 'kept' || !Array.isArray(field.file ?? field.live)) continue;
    const facts = schemaAt(schema, field.path);
    if (facts?.patchMergeKey === undefined || !facts.patchStrategy?.includes('merge')) continue;
    if (field.rule === 'merged-by-key') continue;
    field.mergeKey = facts.patchMergeKey;
    if (field.live !== undefined) field.rule = 'ambiguous-merge-key';
  }
}

/** What is known of the field at a path. */
function schemaAt(schema: Schema | undefined, path: FieldPath): Schema | undefined {
  return path.reduce<Schema | undefined>((at, step) => {
    if (typeof step === 'string') return at?.type === 'map' ? at.items : at?.field?.(step);
    return at?.items;
  }, schema);
}

const ANNOTATION = formatFieldPath(['metadata', 'annotations', LAST_APPLIED]);

/** True for the row of the last-applied annotation itself. */
export function isAnnotation({ text }: FieldExplanation): boolean {
  return text === ANNOTATION;
}

function verbOf(action: Decision['action'], wanted: Json | undefined): Verb {
  if (action === 'add') return 'added';
  if (action === 'change') return 'changed';
  if (action === 'remove') return 'removed';
  return wanted === undefined ? 'kept' : 'unchanged';
}

/** What the server made of the merge: defaults, counters, what it puts back. */
function addServerChanges(
  fields: FieldExplanation[],
  { merged, schema, live }: MergeRecord,
  answer: KubeObject,
  owners: FieldOwners,
): void {
  const whole = fields.filter(({ rule }) => rule === 'ambiguous-merge-key');
  for (const { path, result, rule } of explainPatch(merged, asJson(answer), schema)) {
    // The list as a whole: what changed in it has rows of its own.
    if (rule === 'merged-by-key') continue;
    const text = formatFieldPath(path);
    const around = whole.find((field) => text.startsWith(`${field.text}[`));
    if (around) {
      around.result = valueAt(asJson(answer), around.path) ?? null;
      continue;
    }
    const before = valueAt(live && asJson(live), path);
    let field = fields.find((known) => isSamePlace(known.path, path));
    if (!field) {
      field = {
        path,
        text,
        ...(before === undefined ? {} : { live: before }),
        verb: 'added',
        rule: 'defaulted-by-server',
        owners: owners.at(path).here(),
      };
      fields.push(field);
    }
    if (result === undefined) delete field.result;
    else field.result = result;
    field.verb = verbBetween(before, result, field.file);
    field.rule = serverRule(field);
  }
}

/** Two ways to name one field: a port by its number, or by number and protocol. */
function isSamePlace(a: FieldPath, b: FieldPath): boolean {
  return a.length === b.length && a.every((step, i) => isSameStep(step, b[i] as PathElement));
}

function isSameStep(a: PathElement, b: PathElement): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return Object.keys(a).every((key) => !Object.hasOwn(b, key) || deepEqual(a[key], b[key]));
}

function verbBetween(before: Json | undefined, after: Json | undefined, file: Json | undefined): Verb {
  if (after === undefined) return 'removed';
  if (before === undefined) return 'added';
  if (!deepEqual(before, after)) return 'changed';
  return file === undefined ? 'kept' : 'unchanged';
}

function serverRule({ rule, verb, text, file }: FieldExplanation): ExplainedRule {
  if (rule === 'remembered') return rule;
  if (file !== undefined || text === 'metadata.generation') return 'set-by-server';
  const dropped = (rule === 'dropped-from-file' || rule === 'relinquished') && verb !== 'kept';
  return dropped ? rule : 'defaulted-by-server';
}

/** The fields that the server would not have changed: they are as they were. */
function markRefused(fields: FieldExplanation[], causes: readonly { field?: string; message?: string }[]): void {
  for (const { field: place, message = '' } of causes) {
    if (!place) continue;
    for (const field of fields) {
      if (field.verb === 'kept' || field.verb === 'unchanged' || !isWithin(dotted(field.path), place)) continue;
      field.rule = /immutable|may not be changed|updates to .* forbidden/i.test(message) ? 'immutable' : 'refused';
      field.refusal = message;
      field.verb = 'kept';
      if (field.live === undefined) delete field.result;
      else field.result = field.live;
    }
  }
}

/** `spec.template.spec.containers[0].image` is within `spec.template.spec`; lists are told by place there, here by key. */
function isWithin(path: string, place: string): boolean {
  const outer = place.replace(/\[[^\]]*\]/g, '');
  return path === outer || path.startsWith(`${outer}.`);
}

function dotted(path: FieldPath): string {
  return path.filter((step) => typeof step === 'string').join('.');
}

/** What names the object, and what the server alone keeps: nobody merges it. */
function isBookkeeping(field: FieldExplanation, { live }: MergeRecord): boolean {
  const { path, file, verb } = field;
  const [first, second] = path;
  // An empty map or list in the file, of which the server makes nothing.
  if (file !== undefined && field.live === undefined && field.result === undefined && isEmpty(file)) return true;
  if (first === 'apiVersion' || first === 'kind') return true;
  if (first === 'status') return file === undefined;
  if (first !== 'metadata') return false;
  if (second === 'generation') return verb !== 'changed' || live === undefined;
  return BOOKKEEPING.has(second as string) || path.length === 1;
}

function isEmpty(value: Json): boolean {
  return value === null || (typeof value === 'object' && sizeOf(value) === 0);
}

const BOOKKEEPING = new Set(['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp', 'managedFields']);

/**
 * Finds the fields that nobody chose: the server has filled them in, and would do so again. `defaulted` is the file's object
 * as the server would make it, were it put in the place of the live one.
 */
export function markDefaults(fields: readonly FieldExplanation[], defaulted: KubeObject): void {
  for (const field of undecided(fields)) {
    if (deepEqual(valueAt(asJson(defaulted), field.path), field.live)) field.rule = 'defaulted-by-server';
  }
}

/** Kept fields that may be defaults: whom they belong to does not tell. */
export function undecided(fields: readonly FieldExplanation[]): FieldExplanation[] {
  return fields.filter(({ rule, verb }) => rule === 'kept-other-writer' && verb === 'kept');
}

/** Fields whose owner tells that they are defaults: nobody, or the applier, who has never named them. */
export function markOwnDefaults(
  fields: readonly FieldExplanation[],
  { mode, fieldManager, hasLastApplied }: MergeRecord,
): void {
  const tells = mode === 'client-side' && hasLastApplied;
  for (const field of undecided(fields)) {
    const { owners, lastApplied } = field;
    const own = tells && lastApplied === undefined && owners.every(({ manager }) => manager === fieldManager);
    if (owners.length === 0 || own) field.rule = 'defaulted-by-server';
  }
}

/** True for what nobody needs to read about: it is as it was, and nothing but the file or a default holds it there. */
export function isQuiet({ verb, rule, text }: FieldExplanation): boolean {
  if (verb === 'unchanged') return true;
  return verb === 'kept' && (text === ANNOTATION || rule === 'defaulted-by-server' || rule === 'merged-by-key');
}

/** A change that an admission plugin made. */
export interface AdmissionChange {
  plugin: string;
  path: FieldPath;
}

/** Names the plugins whose doing it is that fields are not as the merge made them; the last to write one counts. */
export function markAdmission(fields: readonly FieldExplanation[], changes: readonly AdmissionChange[]): void {
  for (const field of fields) {
    const { rule, verb } = field;
    if (verb === 'kept' || verb === 'unchanged') continue;
    if (rule !== 'defaulted-by-server' && rule !== 'set-by-server') continue;
    const change = changes.findLast(({ path }) => isAround(path, field.path) || isAround(field.path, path));
    if (!change) continue;
    field.rule = 'set-by-admission';
    field.admission = change.plugin;
  }
}

function isAround(outer: FieldPath, inner: FieldPath): boolean {
  return outer.length <= inner.length && isSamePlace(outer, inner.slice(0, outer.length));
}

/** The number of parts that a list or map has. */
export function sizeOf(value: Json | undefined): number {
  return Array.isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : 0;
}
