/** How large an object may be: what etcd takes in one request (etcd `server/embed/config.go` DefaultMaxRequestBytes). */
import { isObject, type Json, type JsonObject } from '../apimachinery/json';
import { stringifyJson } from '../apimachinery/json-text';
import { isSharedPart } from '../apimachinery/shared-part';
import { ApiError } from '../apimachinery/status';
import type { ServedResource } from './served-resource';
import { rememberSize, sizeOf } from './stored';

const LARGEST = 1.5 * 1024 * 1024;
/** What is estimated to be smaller is not measured. */
const WORTH_MEASURING = LARGEST / 4;

/**
 * A promise only where the object has to be measured.
 * @param before what is stored under the same key; parts that are shared with it need not be looked at
 * @throws ApiError with etcd's complaint, which the API server hands on as it is.
 */
export function checkSize(
  value: Json,
  resource: ServedResource | undefined,
  before: Json | undefined,
): Promise<void> | undefined {
  const grown = before === undefined ? undefined : estimateChanged(value as JsonObject, before as JsonObject);
  const size = grown ?? estimateWhole(value as JsonObject);
  rememberSize(value, size);
  return size < WORTH_MEASURING ? undefined : measure(value as JsonObject, resource);
}

async function measure(value: JsonObject, resource: ServedResource | undefined): Promise<void> {
  if ((await storedSize(value, resource)) <= LARGEST) return;
  throw new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'etcdserver: request is too large',
    code: 500,
  });
}

/** What it was before, and what is not shared with that; undefined where that is unknown, or enough to look closer. */
function estimateChanged(value: JsonObject, before: JsonObject): number | undefined {
  let size = sizeOf(before);
  if (size === 0) return undefined;
  for (const key in value) {
    const part = value[key] as Json;
    const old = before[key];
    if (part === old) continue;
    if (!isObject(part) || !isObject(old)) size += key.length + 2 + estimate(part);
    else
      for (const field in part)
        if (part[field] !== old[field]) size += field.length + 2 + added(part[field], old[field]);
  }
  return size < WORTH_MEASURING ? size : undefined;
}

/** Lists are looked through one by one: most managers of an object stay as they are. */
function added(part: Json | undefined, old: Json | undefined): number {
  if (!Array.isArray(part) || !Array.isArray(old)) return estimate(part as Json);
  if (isSharedPart(part)) return estimateOnce(part);
  let size = 0;
  for (const item of part) if (!old.includes(item)) size += estimate(item);
  return size;
}

/** Of parts that many objects share: objects that are made alike have one entry of who made them. */
const estimates = new WeakMap<object, number>();

function estimateWhole(value: JsonObject): number {
  let size = 0;
  for (const key in value) {
    const part = value[key] as Json;
    if (key !== 'metadata' || !isObject(part)) size += key.length + 2 + estimate(part);
    else for (const field in part) size += field.length + 2 + estimateMeta(field, part[field] as Json);
    if (size >= WORTH_MEASURING) break;
  }
  return size;
}

function estimateMeta(field: string, part: Json): number {
  if (field !== 'managedFields' || !Array.isArray(part)) return estimate(part);
  let size = 0;
  for (const entry of part) {
    if (!isObject(entry)) continue;
    size += estimateOnce(entry);
  }
  return size;
}

function estimateOnce(part: JsonObject | Json[]): number {
  let known = estimates.get(part);
  if (known === undefined) {
    known = estimateNow(part);
    estimates.set(part, known);
  }
  return known;
}

/** Roughly, and never less than a quarter of what it is; stops where it is enough. */
function estimate(value: Json): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 2;
  return isSharedPart(value) ? estimateOnce(value) : estimateNow(value);
}

function estimateNow(value: JsonObject | Json[]): number {
  let size = 0;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && size < WORTH_MEASURING; i++) size += estimate(value[i] as Json);
    return size;
  }
  for (const key in value) {
    size += key.length + 2 + estimate(value[key] as Json);
    if (size >= WORTH_MEASURING) break;
  }
  return size;
}

/** Built-in kinds are stored in protobuf, custom ones in JSON. */
async function storedSize(value: JsonObject, resource: ServedResource | undefined): Promise<number> {
  if (!resource?.custom) {
    const [{ encodeProtobuf }, { NotMarshalableError }] = await Promise.all([
      import('../schema/protobuf-object'),
      import('../schema/protobuf-message'),
    ]);
    try {
      return encodeProtobuf(value).length;
    } catch (error) {
      if (!(error instanceof NotMarshalableError)) throw error;
    }
  }
  return new TextEncoder().encode(stringifyJson(value)).length;
}
