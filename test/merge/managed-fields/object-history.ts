/** An object and its managed fields over several writes, as an API server would make them, for tests. */
import { clone, deepFreeze, isObject, type Json, type JsonObject } from '../../../src/apimachinery/json';
import { asJson, asObject, type KubeObject } from '../../../src/apimachinery/meta';
import { applyMergePatch } from '../../../src/merge/json-merge-patch';
import { type ApplyResult, applyManaged, updateManagedFields } from '../../../src/merge/managed-fields/manager';
import type { Schema } from '../../../src/schema/schema';

export interface WriteOptions {
  subresource?: string;
  resetFields?: readonly (readonly string[])[];
  force?: boolean;
}

export class ObjectHistory {
  live: KubeObject | undefined;
  /** Each write is a second after the one before. */
  private second = 0;

  constructor(
    readonly schema: Schema,
    readonly apiVersion: string,
    /** What a server does to an object before it stores it: defaults. */
    private readonly complete: (object: KubeObject) => void = () => {},
  ) {}

  private now(): string {
    return new Date(Date.UTC(2026, 0, 1, 0, 0, this.second++)).toISOString().replace('.000Z', 'Z');
  }

  apply(manager: string, applied: JsonObject, options: WriteOptions = {}): ApplyResult {
    const { force = false, ...rest } = options;
    const result = applyManaged({
      live: this.live,
      applied: deepFreeze(asObject(applied)),
      schema: this.schema,
      manager,
      force,
      apiVersion: this.apiVersion,
      now: this.now(),
      ...rest,
    });
    this.store(result.object);
    return result;
  }

  update(manager: string, change: (object: KubeObject) => void, options: WriteOptions = {}): void {
    const object = asObject(clone(asJson(this.live ?? asObject({ apiVersion: this.apiVersion, metadata: {} }))));
    change(object);
    this.complete(object);
    const { force: _, ...rest } = options;
    const entries = updateManagedFields({
      live: this.live,
      object: deepFreeze(object),
      schema: this.schema,
      manager,
      apiVersion: this.apiVersion,
      now: this.now(),
      ...rest,
    });
    const { managedFields: __, ...metadata } = object.metadata;
    this.store({ ...object, metadata: entries ? { ...metadata, managedFields: entries } : metadata });
  }

  patch(manager: string, patch: JsonObject, options: WriteOptions = {}): void {
    this.update(
      manager,
      (object) => {
        const patched = applyMergePatch(asJson(object), patch);
        for (const key of Object.keys(object)) if (!(key in patched)) delete object[key];
        Object.assign(object, patched);
      },
      options,
    );
  }

  private store(object: KubeObject): void {
    const stored = asObject(withoutNulls(clone(asJson(object))));
    this.complete(stored);
    stored.metadata.uid ??= 'e5d1f7a2';
    this.live = deepFreeze(stored);
  }

  /** `kubectl Apply {"f:data":{"f:one":{}}}`: as the transcripts print them, keys sorted. */
  get managers(): string[] {
    return (this.live?.metadata.managedFields ?? []).map(({ manager, operation, subresource, fieldsV1 }) =>
      [manager, operation, subresource, JSON.stringify(sorted(fieldsV1))].filter(Boolean).join(' '),
    );
  }
}

function sorted(value: Json): Json {
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] as Json)]),
  );
}

/** What decoding does to nulls. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
}
