/** What an expression of a mutating policy yields, done to the object (apiserver `plugin/policy/mutating/patch`). */
import { isObject, type Json, type JsonObject } from '../../../apimachinery/json';
import { asJson, type KubeObject } from '../../../apimachinery/meta';
import { internalError } from '../../../apimachinery/status';
import { jsonOfValue } from '../../../cel/json-values';
import { StructValue } from '../../../cel/struct-values';
import { List, type Value } from '../../../cel/values';
import { applyJsonPatch } from '../../../merge/json-patch';
import { mergeTyped } from '../../../merge/managed-fields/typed-value';
import { formatTypedErrors, validateTyped } from '../../../merge/managed-fields/validate-typed';
import { typeOf, type ValueType } from '../../../merge/managed-fields/value-type';
import { decodeObjectOf, strictDecodingError } from '../../decode-object';
import type { ServedResource } from '../../served-resource';
import type { AdmissionAttributes } from '../plugin';
import { misnamed } from './patch-structs';

/** The object as it is to be. @throws Error for what can't be done, ApiError for what is no such object */
export function applyMutation(attributes: AdmissionAttributes, type: string, value: Value): KubeObject {
  const object = attributes.object as KubeObject;
  const kind = bodyKind(attributes);
  const patched = type === 'JSONPatch' ? applyPatch(object, value) : applyConfiguration(kind, object, value);
  const { object: decoded, strictErrors } = decodeObjectOf(kind, patched);
  if (type === 'JSONPatch' && strictErrors.length > 0) throw internalError(strictDecodingError(strictErrors));
  return decoded;
}

/** What the object is one of: a subresource has bodies of its own (a Binding, a Scale). */
export function bodyKind({ core, object, resource, subresource }: AdmissionAttributes): ServedResource {
  if (subresource === '' || object?.kind === resource.info.kind) return resource;
  return core.catalog.subresourceKind(resource, subresource);
}

function applyPatch(object: KubeObject, value: Value): Json {
  if (!(value instanceof List)) throw new Error('type mismatch: JSONPatchType.expression should evaluate to array');
  const operations = [...value].map(operationOf);
  try {
    return applyJsonPatch(asJson(object), operations);
  } catch (error) {
    const { message } = error as Error;
    // A test that fails means that there is nothing to do.
    if (/^testing value .* failed: test failed$/.test(message)) return asJson(object);
    throw new Error(`JSON Patch: ${message}`);
  }
}

function operationOf(value: Value): JsonObject {
  if (!(value instanceof StructValue))
    throw new Error('type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch');
  const { fields } = value;
  const from = fields.get('from');
  const held = fields.get('value');
  return {
    op: (fields.get('op') ?? '') as string,
    path: (fields.get('path') ?? '') as string,
    ...(typeof from === 'string' && from !== '' ? { from } : {}),
    ...(held === undefined ? {} : { value: plain(held) }),
  };
}

function plain(value: Value): Json {
  if (value instanceof StructValue) checkNames(value);
  try {
    return jsonOfValue(value);
  } catch (error) {
    throw new Error(
      `JSONPath valueExpression evaluated to a type that could not marshal to JSON: ${(error as Error).message}`,
    );
  }
}

function checkNames(value: StructValue): void {
  const wrong = misnamed(value, value.type.name);
  if (wrong.length > 0) throw new Error(`type mismatch: ${wrong.join('\n')}`);
}

/** As server-side apply would merge it, but nobody comes to own anything. */
function applyConfiguration(resource: ServedResource, object: KubeObject, value: Value): Json {
  if (!(value instanceof StructValue)) throw new Error('unsupported return type from ApplyConfiguration expression');
  checkNames(value);
  const fail = (why: string) => new Error(`error applying patch: ${why}`);
  const patch = { ...(jsonOfValue(value) as JsonObject), apiVersion: object.apiVersion, kind: object.kind };
  const errors = validateTyped(patch, resource.schema);
  if (errors.length > 0) throw fail(`failed to convert patch object to typed object: ${formatTypedErrors(errors)}`);
  const type = typeOf(resource.schema);
  const atomics = findAtomics(patch, type, '');
  if (atomics.length > 0)
    throw fail(`invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`);
  return mergeTyped(asJson(object), patch, type) as Json;
}

/** What is owned whole would lose all that the configuration does not say. */
function findAtomics(value: Json, type: ValueType, path: string): string[] {
  if (isObject(value)) {
    if (type.ownership === 'leaf') return [path];
    return Object.entries(value).flatMap(([name, held]) => findAtomics(held, type.field(name).type, `${path}.${name}`));
  }
  if (!Array.isArray(value)) return [];
  if (type.ownership === 'leaf') return [path];
  return value.flatMap((element, i) => findAtomics(element, type.items, `${path}[${i}]`));
}
