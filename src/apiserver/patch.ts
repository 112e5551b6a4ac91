/**
 * PATCH: what is stored, changed by a document of one of four types (apiserver `endpoints/handlers/patch.go`). Retried on the
 * newest object when somebody else wrote first, unless the patch itself names a resourceVersion.
 */
import { invalid, invalidObject } from '../apimachinery/field-error';
import { isObject, type Json, type JsonObject } from '../apimachinery/json';
import { stringifyJson } from '../apimachinery/json-text';
import { asJson, type KubeObject } from '../apimachinery/meta';
import { badRequest, notFound } from '../apimachinery/status';
import type { ApiResponse } from '../client/transport';
import { DecodeError } from '../schema/decode';
import { addStrictWarnings, decodeObjectOf, strictDecodingError } from './decode-object';
import { unsupportedMediaType } from './encoding/negotiate';
import { manageApply, manageUpdate } from './field-manager';
import { checkName, ensureNamespace } from './object-life';
import { resetUntouchable } from './replacement';
import { type RequestContext, requireName } from './request-context';
import { respondObject } from './responses';
import { updateObject } from './update';
import { type WriteOptions, writeOptions } from './write-options';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

export async function handlePatch(context: RequestContext): Promise<ApiResponse> {
  const { info, resource } = context;
  const name = requireName(context);
  const { type, body, options, patch } = await patchFunction(context);
  const { object, created } = await updateObject(context, {
    name,
    options,
    allowCreate: type === 'apply' && info.subresource === '',
    updated: (existing, whole) => {
      if (!existing && patch) throw notFound(resource.groupResource, name);
      const object = patch
        ? patch(existing as KubeObject, whole)
        : manageApply(context, existing, body as JsonObject, options, whole);
      ensureNamespace(object, resource.info.namespaced ? info.namespace : '');
      checkName(object, name);
      if (patch && existing) {
        resetUntouchable(resource, info.subresource, object, existing);
        manageUpdate(context, existing, object, options);
      }
      return object;
    },
  });
  return respondObject(created ? 201 : 200, object, context.warnings);
}

export interface PatchRequest {
  type: PatchType;
  options: WriteOptions;
  body: Json;
  /** The patched object, decoded and defaulted; see UpdateRequest.updated. Absent for an apply, which needs to know who owns what. */
  patch: ((existing: KubeObject, whole?: boolean) => KubeObject) | undefined;
}

/** What a PATCH wants done. @throws ApiError 415, 400, 422. */
export async function patchFunction(context: RequestContext): Promise<PatchRequest> {
  const type = patchType(context);
  const options = writeOptions(context, 'PatchOptions', type);
  const body = context.request.body ?? null;
  if (type === 'apply') {
    if (!isObject(body)) throw badRequest(notAMap(body));
    checkDuplicates(context, options);
    return { type, options, body, patch: undefined };
  }
  const apply = await mergeFunction(context, type, body);
  const ofThePatch = await patchErrors(context, type, body);
  const patch = (existing: KubeObject, whole = false): KubeObject => {
    const { value, shown } = apply(asJson(existing));
    return decodePatched(context, value, shown, ofThePatch, options, whole ? undefined : existing);
  };
  return { type, options, body, patch };
}

/** What is to be said against the patch itself: keys that stand twice, fields of operations that nobody knows. */
async function patchErrors({ received }: RequestContext, type: PatchType, body: Json): Promise<readonly string[]> {
  if (type !== 'json') return received.strictErrors;
  const { unknownJsonPatchFields } = await import('../merge/json-patch');
  const unknown = Array.isArray(body) ? unknownJsonPatchFields(body as JsonObject[]) : [];
  return [...received.strictErrors.map((error) => `json patch ${error}`), ...unknown];
}

/** What json.Unmarshal says of an applied configuration that is none. */
function notAMap(body: Json): string {
  const found = Array.isArray(body) ? 'array' : typeof body === 'boolean' ? 'bool' : typeof body;
  return `error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${found} into Go value of type map[string]interface {}`;
}

/** Keys that stand twice in an applied configuration. @throws ApiError 400 with Strict. */
function checkDuplicates(context: RequestContext, { fieldValidation }: WriteOptions): void {
  const { strictErrors } = context.received;
  if (strictErrors.length === 0 || fieldValidation === 'Ignore') return;
  if (fieldValidation === 'Strict') throw badRequest(`error strict decoding patch: ${strictErrors.join(', ')}`);
  addStrictWarnings(context, strictErrors);
}

/** @throws ApiError 415, which for custom kinds is the answer to a strategic patch too. */
function patchType({ request, resource }: RequestContext): PatchType {
  const contentType = (request.headers?.['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  const type = Object.hasOwn(PATCH_TYPES, contentType) ? PATCH_TYPES[contentType] : undefined;
  const supported = Object.keys(PATCH_TYPES).filter((one) => !resource.custom || PATCH_TYPES[one] !== 'strategic');
  if (!type || !supported.includes(contentType)) throw unsupportedMediaType(supported);
  return type;
}

interface Merged {
  value: Json;
  /** What a decoding error quotes: the patched object, for strategic patches the patch. */
  shown: () => string;
}

async function mergeFunction(
  { resource }: RequestContext,
  type: 'json' | 'merge' | 'strategic',
  body: Json,
): Promise<(current: JsonObject) => Merged> {
  const { patchApiError } = await import('../merge/patch-error');
  const { formatGo } = await import('../merge/go-value');
  const guarded = (merge: (current: JsonObject) => Json, quoted?: Json) => (current: JsonObject) => {
    try {
      const value = merge(current);
      return { value, shown: () => (quoted === undefined ? stringifyJson(value) : formatGo(quoted)) };
    } catch (error) {
      throw patchApiError(error);
    }
  };
  try {
    switch (type) {
      case 'json': {
        const { applyJsonPatch, jsonPatchOperations } = await import('../merge/json-patch');
        const operations = jsonPatchOperations(body);
        return guarded((current) => applyJsonPatch(current, operations));
      }
      case 'merge': {
        const { applyMergePatch } = await import('../merge/json-merge-patch');
        return guarded((current) => applyMergePatch(current, body));
      }
      default: {
        const { applyStrategicPatch, strategicPatchOf } = await import('../merge/strategic-patch');
        const patch = strategicPatchOf(body);
        return guarded((current) => applyStrategicPatch(current, patch, resource.schema), patch);
      }
    }
  } catch (error) {
    throw patchApiError(error);
  }
}

/** The patched value as an object of its kind. @throws ApiError 422 which quotes what could not be read. */
function decodePatched(
  context: RequestContext,
  value: Json,
  shown: () => string,
  ofThePatch: readonly string[],
  options: WriteOptions,
  existing: KubeObject | undefined,
): KubeObject {
  try {
    const { object, strictErrors: unknown } = decodeObjectOf(context.resource, value, existing);
    const strictErrors = [...ofThePatch, ...unknown];
    if (strictErrors.length && options.fieldValidation === 'Strict') throw strictPatchError(strictErrors, shown());
    if (options.fieldValidation === 'Warn') addStrictWarnings(context, strictErrors);
    return object;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw invalidObject({ group: '', kind: '' }, '', [invalid('patch', shown(), error.message)]);
  }
}

function strictPatchError(errors: readonly string[], shown: string) {
  return invalidObject({ group: '', kind: '' }, '', [invalid('patch', shown, strictDecodingError(errors))]);
}
