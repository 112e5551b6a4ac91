/** What an apply is about to hurt somebody with, found beside the fields. */
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import type { FieldPath } from '../../merge/decision';
import type { Schema } from '../../schema/schema';
import type { Info } from '../builder/info';
import { LAST_APPLIED } from '../last-applied';
import type { FieldExplanation, MergeRecord } from './explanation';
import { formatFieldPath } from './field-path';
import { owner } from './why';

export interface ExplainedWarning {
  code:
    | 'missing-last-applied'
    | 'duplicate-merge-key'
    | 'list-replaced'
    | 'replicas-autoscaled'
    | 'annotation-near-limit'
    | 'stays-from-create';
  /** Of the field that it is about. */
  path?: string;
  message: string;
}

/** apimachinery `api/validation/objectmeta.go`, TotalAnnotationSizeLimitB */
const ANNOTATIONS_LIMIT = 262_144;
/** From here on an object is said to be near it. */
const NEAR = Math.floor(ANNOTATIONS_LIMIT * 0.8);

/** What can be told without asking the server. */
export function mergeWarnings(record: MergeRecord, fields: readonly FieldExplanation[]): ExplainedWarning[] {
  const clientSide = record.mode === 'client-side';
  return [
    ...(clientSide ? missingLastApplied(record, fields) : []),
    ...(clientSide ? duplicateKeys(record, fields) : []),
    ...replacedLists(fields),
    ...takenAlong(fields),
    ...(clientSide ? leftByCreate(fields) : []),
    ...annotationSize(record),
  ];
}

function missingLastApplied({ hasLastApplied, live }: MergeRecord, fields: readonly FieldExplanation[]) {
  if (hasLastApplied || !live) return [];
  const kept = fields.filter(({ verb, rule }) => verb === 'kept' && rule === 'kept-other-writer').length;
  const stay =
    kept === 0
      ? 'nothing could be removed'
      : `nothing is removed, and ${kept === 1 ? '1 field stays' : `${kept} fields stay`}`;
  return [
    {
      code: 'missing-last-applied' as const,
      message: `the live object has no last-applied annotation, so apply can't know what an earlier file held: ${stay}. This apply writes the annotation; make objects with apply, or with create --save-config, and it is there from the start.`,
    },
  ];
}

/** Elements of the file, or of the live list that it changes, that share a merge key: strategic merge can't tell them apart. */
function duplicateKeys({ file, live, schema }: MergeRecord, fields: readonly FieldExplanation[]): ExplainedWarning[] {
  const touched = new Set(fields.filter(({ rule }) => rule === 'ambiguous-merge-key').map(({ text }) => text));
  const warnings: ExplainedWarning[] = [];
  const visit = (value: Json, at: Schema | undefined, path: FieldPath): void => {
    if (!at) return;
    if (isObject(value)) {
      for (const key of Object.keys(value)) {
        visit(value[key] as Json, at.type === 'map' ? at.items : at.field?.(key), [...path, key]);
      }
    } else if (Array.isArray(value)) {
      const { patchMergeKey: key, patchStrategy } = at;
      if (key !== undefined && patchStrategy?.includes('merge')) {
        for (const shared of sharedKeys(value, key)) {
          warnings.push({
            code: 'duplicate-merge-key',
            path: formatFieldPath(path),
            message: `${formatFieldPath(path)}: ${shared.count} elements have the merge key ${key}=${shared.key}, by which client-side apply tells them apart: a change to one can overwrite or lose the other. Server-side apply knows more keys${at.listMapKeys ? ` (${at.listMapKeys.join(', ')})` : ''}: use --server-side.`,
          });
        }
      }
      value.forEach((item, i) => {
        const known = key !== undefined && isObject(item) && item[key] !== undefined;
        visit(item, at.items, [...path, known ? { [key]: item[key] as Json } : i]);
      });
    }
  };
  visit(file, schema, []);
  const inFile = new Set(warnings.map(({ path }) => path));
  if (live) visit(asJson(live), schema, []);
  return warnings.filter(({ path }, i) => {
    const first = warnings.findIndex((other) => other.path === path) === i;
    return first && (inFile.has(path) || touched.has(path as string));
  });
}

function sharedKeys(list: readonly Json[], key: string): { key: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const item of list) {
    if (!isObject(item) || item[key] === undefined) continue;
    const text = String(item[key]);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].filter(([, times]) => times > 1).map(([text, times]) => ({ key: text, count: times }));
}

/** Lists that are one value: what others put there goes. */
function replacedLists(fields: readonly FieldExplanation[]): ExplainedWarning[] {
  return fields.flatMap((field) => {
    const { live, result, verb, lastApplied, owners, text } = field;
    if (verb !== 'changed' || !Array.isArray(live) || !Array.isArray(result)) return [];
    if (!WHOLE.has(field.rule)) return [];
    const has = (list: Json | undefined, item: Json) =>
      Array.isArray(list) && list.some((other) => short(other) === short(item));
    const gone = live.filter((item) => !has(result, item));
    if (gone.length === 0) return [];
    const foreign = gone.some((item) => !has(lastApplied, item));
    const by = foreign && owners[0] ? `; ${owner(owners[0])} wrote the list last` : '';
    return [
      {
        code: 'list-replaced' as const,
        path: text,
        message: `${text}: the list is replaced whole, so ${gone.map(short).join(', ')} ${gone.length === 1 ? 'goes' : 'go'}${by}. The file has to hold every element that is wanted.`,
      },
    ];
  });
}

/** What others put into a list or map that the file has no more. */
function takenAlong(fields: readonly FieldExplanation[]): ExplainedWarning[] {
  return fields.flatMap(({ rule, verb, lastApplied, owners, text, live }) => {
    if (rule !== 'dropped-from-file' || verb !== 'removed' || lastApplied !== undefined || !owners[0]) return [];
    return [
      {
        code: 'list-replaced' as const,
        path: text,
        message: `${text}: ${short(live as Json)} goes too, which ${owner(owners[0])} wrote: the file has nothing left of what is around it, so all of that is removed. With one element left in the file, this would stay.`,
      },
    ];
  });
}

const WHOLE = new Set<FieldExplanation['rule']>(['replaced-atomic', 'conflict', 'owned-by-manager']);

/** What create made and no file that was applied has ever held. */
function leftByCreate(fields: readonly FieldExplanation[]): ExplainedWarning[] {
  return fields.flatMap(({ rule, verb, owners, text, live }) => {
    if (rule !== 'kept-other-writer' || verb !== 'kept') return [];
    const maker = owners.find(({ manager, operation }) => operation === 'Update' && MAKERS.test(manager));
    if (!maker) return [];
    return [
      {
        code: 'stays-from-create' as const,
        path: text,
        message: `${text}: ${short(live as Json)} stays, because ${owner(maker)} made it and no applied file has ever held it. To be rid of it, set it to null in the file once.`,
      },
    ];
  });
}

const MAKERS = /^kubectl-(create|replace|run|expose|autoscale)$/;

function annotationSize({ merged }: MergeRecord): ExplainedWarning[] {
  const metadata = (merged.metadata ?? {}) as JsonObject;
  const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
  let total = 0;
  for (const key of Object.keys(annotations)) total += bytes(key) + bytes(String(annotations[key]));
  if (total < NEAR) return [];
  const own = bytes(String(annotations[LAST_APPLIED] ?? ''));
  const over = total > ANNOTATIONS_LIMIT;
  return [
    {
      code: 'annotation-near-limit',
      path: `metadata.annotations[${LAST_APPLIED}]`,
      message: `the annotations hold ${number(total)} bytes of at most ${number(ANNOTATIONS_LIMIT)}, ${number(own)} of them the last-applied configuration: ${over ? 'the server refuses them' : 'when the file grows, apply will fail'}. Server-side apply needs no annotation: use --server-side, or create and replace.`,
    },
  ];
}

const encoder = new TextEncoder();

function bytes(text: string): number {
  return encoder.encode(text).length;
}

function number(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Replicas that an autoscaler sets too. */
export async function autoscalerWarnings(info: Info, fields: readonly FieldExplanation[]): Promise<ExplainedWarning[]> {
  const replicas = fields.find(({ text }) => text === 'spec.replicas');
  if (!replicas || (replicas.file === undefined && !DROPPED.has(replicas.rule))) return [];
  const { client, mapping } = info.reachable();
  const autoscalers = { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' };
  let items: KubeObject[];
  try {
    ({ items } = await client.list(autoscalers, info.namespace));
  } catch {
    // Not served, or not to be seen.
    return [];
  }
  return items
    .filter((each) => targets(each, mapping.group, mapping.kind, info.name))
    .map((autoscaler) => {
      const name = `horizontalpodautoscaler/${autoscaler.metadata.name}`;
      const message =
        replicas.file === undefined
          ? `spec.replicas: the file no longer has it, so it falls to the default, though ${name} had set it: for a moment there are fewer pods. Take it out of last-applied first (apply edit-last-applied), then out of the file.`
          : `spec.replicas: ${name} sets it too. Each apply puts back ${short(replicas.file)}, and the autoscaler changes it again. Leave it to the autoscaler: take it out of last-applied (apply edit-last-applied), then out of the file.`;
      return { code: 'replicas-autoscaled' as const, path: 'spec.replicas', message };
    });
}

const DROPPED = new Set<FieldExplanation['rule']>(['dropped-from-file', 'relinquished']);

function targets(autoscaler: KubeObject, group: string, kind: string, name: string): boolean {
  const target = asJson(autoscaler).spec;
  const ref = isObject(target) ? target.scaleTargetRef : undefined;
  if (!isObject(ref) || ref.kind !== kind || ref.name !== name) return false;
  const apiVersion = String(ref.apiVersion ?? '');
  return (apiVersion.includes('/') ? apiVersion.split('/')[0] : '') === group;
}

function short(value: Json): string {
  const text = JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? Number(inner) : inner));
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
