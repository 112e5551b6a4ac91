/**
 * The annotation of client-side apply under server-side apply: who goes over from one to the other keeps what the annotation
 * says was theirs, and the annotation is kept up to date (apimachinery `util/managedfields/internal/lastappliedmanager.go`,
 * `lastappliedupdater.go`). Only for the manager `kubectl`.
 */
import { isObject, type JsonObject } from '../../apimachinery/json';
import { JsonSyntaxError, parseJson, stringifyGo } from '../../apimachinery/json-text';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import type { Schema } from '../../schema/schema';
import { compare } from './compare';
import type { Conflict } from './conflict';
import { difference, type FieldSet, hasPath } from './field-set';
import { fieldsOf } from './typed-value';
import { withoutManagedFields } from './update';
import { validateTyped } from './validate-typed';
import { TypedValueError, typeOf } from './value-type';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** apimachinery `api/validation/objectmeta.go`, TotalAnnotationSizeLimitB */
const MAX_ANNOTATIONS_BYTES = 256 * 1024;

/** The conflicts that the annotation does not explain; undefined where there is no annotation to go by. */
export function conflictsWithoutLastApplied(
  conflicts: readonly Conflict[],
  live: KubeObject,
  schema: Schema,
  apiVersion: string,
): Conflict[] | undefined {
  const allowed = allowedFields(live, schema, apiVersion);
  return allowed && conflicts.filter(({ path }) => !hasPath(allowed, path));
}

/** The fields that were last applied and still have the applied value. */
function allowedFields(live: KubeObject, schema: Schema, apiVersion: string): FieldSet | undefined {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  if (!text) return undefined;
  try {
    const lastApplied = parseJson(text);
    if (!isObject(lastApplied) || lastApplied['apiVersion'] !== apiVersion) return undefined;
    if (validateTyped(lastApplied, schema).length > 0) return undefined;
    const type = typeOf(schema);
    const { changed, removed } = compare(lastApplied, withoutManagedFields(live), type);
    return difference(difference(fieldsOf(lastApplied, type), changed), removed);
  } catch (error) {
    if (error instanceof TypedValueError || error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
}

/** `object` with the annotation telling what has now been applied; itself where it has none. An annotation that got too long goes. */
export function withLastApplied(object: KubeObject, applied: KubeObject): KubeObject {
  const annotations = object.metadata.annotations;
  if (!annotations?.[LAST_APPLIED]) return object;
  const text = `${stringifyGo(withoutLastApplied(applied))}\n`;
  const { [LAST_APPLIED]: _, ...others } = annotations;
  const next = { ...others, [LAST_APPLIED]: text };
  const size = Object.entries(next).reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0);
  const { annotations: __, ...metadata } = object.metadata;
  const kept = size > MAX_ANNOTATIONS_BYTES ? others : next;
  return { ...object, metadata: Object.keys(kept).length > 0 ? { ...metadata, annotations: kept } : metadata };
}

function withoutLastApplied(applied: KubeObject): JsonObject {
  if (applied.metadata.annotations?.[LAST_APPLIED] === undefined) return asJson(applied);
  const { annotations, ...metadata } = applied.metadata;
  const { [LAST_APPLIED]: _, ...others } = annotations ?? {};
  const kept = Object.keys(others).length > 0 ? { annotations: others } : {};
  return { ...asJson(applied), metadata: { ...metadata, ...kept } as JsonObject };
}

function byteLength(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
