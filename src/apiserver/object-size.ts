/** How large an object may be: what etcd takes in one request (etcd `server/embed/config.go` DefaultMaxRequestBytes). */
import type { Json, JsonObject } from '../apimachinery/json';
import { stringifyJson } from '../apimachinery/json-text';
import { ApiError } from '../apimachinery/status';
import type { ServedResource } from './served-resource';

const LARGEST = 1.5 * 1024 * 1024;
/** What is estimated to be smaller is not measured. */
const WORTH_MEASURING = LARGEST / 4;

/**
 * A promise only where the object has to be measured.
 * @throws ApiError with etcd's complaint, which the API server hands on as it is.
 */
export function checkSize(value: Json, resource: ServedResource | undefined): Promise<void> | undefined {
  return estimate(value) < WORTH_MEASURING ? undefined : measure(value as JsonObject, resource);
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

/** Roughly, and never less than a quarter of what it is; stops where it is enough. */
function estimate(value: Json): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 2;
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
