/** The body of a request as an object of the resource's kind: checked against the schema, defaulted, and nobody else's. */
import { isObject, type Json, type JsonObject } from '../apimachinery/json';
import { asJson, asObject, type KubeObject, parseGroupVersion } from '../apimachinery/meta';
import { badRequest } from '../apimachinery/status';
import { DecodeError, decodeNewer, decodeValue } from '../schema/decode';
import type { RequestContext } from './request-context';
import { warn } from './request-context';
import type { ServedResource } from './served-resource';
import { splitUnchanged } from './unchanged-parts';
import type { FieldValidation } from './write-options';

/**
 * @param existing see decodeObjectOf
 * @throws ApiError 400 for what is no such object, and with Strict for fields that the kind does not have.
 */
export function decodeObject(
  context: RequestContext,
  body: Json | undefined,
  validation: FieldValidation,
  existing?: KubeObject,
): KubeObject {
  const { resource, received, info } = context;
  checkKind(resource, body, received.summary);
  const { kind } = resource.info;
  try {
    const { object, strictErrors: unknown } = decodeObjectOf(resource, body as Json, existing, info.subresource);
    const strictErrors = received.strictErrors.length ? [...received.strictErrors, ...unknown] : unknown;
    if (strictErrors.length && validation === 'Strict') throw new DecodeError(strictDecodingError(strictErrors));
    if (validation === 'Warn') addStrictWarnings(context, strictErrors);
    return object;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(`${kind} in version "${resource.info.version}" cannot be handled as a ${kind}: ${error.message}`);
  }
}

/**
 * A defaulted object, nobody else's where strategies write. What is unknown is left out and told.
 *
 * With `existing`, parts of the value that are the very parts of that stored object (a controller that read it and changed
 * its status), or equal to them, are those: they were decoded and defaulted before they were stored, and they are frozen. Whoever
 * writes into such a part gets a TypeError, and then this is to be called again without `existing` (see updateObject).
 * @param strategy whose rules hold: of a status nothing else is anybody's own but the metadata
 * @throws DecodeError.
 */
export function decodeObjectOf(
  resource: ServedResource,
  value: Json,
  existing?: KubeObject,
  strategy = '',
): { object: KubeObject; strictErrors: string[] } {
  if (!isObject(value))
    throw new DecodeError(`json: cannot unmarshal ${goKind(value)} into Go value of type map[string]interface {}`);
  const changed = existing && decodeChanges(resource, value, asJson(existing), strategy);
  if (changed) return { object: changed, strictErrors: NOTHING_UNKNOWN };
  const { object, strictErrors } = decodeValue(value, resource.schema);
  return { object: completed(resource, object), strictErrors };
}

const NOTHING_UNKNOWN: string[] = Object.freeze([]) as unknown as string[];

/** Decodes what differs from the stored object. Undefined where all differs, or something is wrong and needs to be told in full. */
function decodeChanges(
  resource: ServedResource,
  value: JsonObject,
  existing: JsonObject,
  strategy: string,
): KubeObject | undefined {
  const split = splitUnchanged(value, existing);
  if (!split) return undefined;
  try {
    const decoded = decodeNewer(split.changed, resource.schema, existing);
    if (!decoded) return undefined;
    split.putBack(decoded, strategy === 'status' ? 'metadata' : undefined);
    return completed(resource, decoded);
  } catch (error) {
    // Defaults that go by what has changed elsewhere: they were to be written into what is frozen.
    if (error instanceof DecodeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function completed(resource: ServedResource, decoded: JsonObject): KubeObject {
  // Both are what the path says, whether the body says so or nothing (checkKind).
  decoded['apiVersion'] = resource.apiVersion;
  decoded['kind'] = resource.info.kind;
  decoded['metadata'] ??= {};
  const object = asObject(decoded);
  resource.definition.defaults?.(object);
  return object;
}

/** Of another kind or version than the path says? (codec's and handlers' complaints) */
function checkKind({ info, apiVersion }: ServedResource, value: Json | undefined, summary: string | undefined): void {
  const quoted = summary === undefined ? '' : ` (${summary})`;
  if (!isObject(value))
    throw badRequest(
      `the object provided is unrecognized (must be of type ${info.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${goKind(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }${quoted}`,
    );
  const kind = Object.hasOwn(value, 'kind') && value['kind'] !== '' ? value['kind'] : info.kind;
  const version = Object.hasOwn(value, 'apiVersion') && value['apiVersion'] !== '' ? value['apiVersion'] : apiVersion;
  if (typeof kind !== 'string' || typeof version !== 'string')
    throw badRequest(
      `the object provided is unrecognized (must be of type ${info.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${goKind(typeof kind === 'string' ? version : kind)} into Go struct field .${typeof kind === 'string' ? 'apiVersion' : 'kind'} of type string${quoted}`,
    );
  if (kind !== info.kind) {
    const gv = parseGroupVersion(version);
    throw badRequest(
      `${kind} in version ${JSON.stringify(gv.version)} cannot be handled as a ${info.kind}: no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)} in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    );
  }
  if (version !== apiVersion)
    throw badRequest(
      `the API version in the data (${version}) does not match the expected API version (${apiVersion})`,
    );
}

function goKind(value: Json | undefined): string {
  if (Array.isArray(value)) return 'array';
  if (isObject(value)) return 'object';
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : value == null ? 'null' : 'number';
}

/** `strict decoding error: unknown field "spec.nosuch"` (runtime.NewStrictDecodingError). */
export function strictDecodingError(errors: readonly string[]): string {
  return `strict decoding error: ${errors.join(', ')}`;
}

export function addStrictWarnings(context: RequestContext, errors: readonly string[]): void {
  for (const error of errors) for (const text of yamlWarnings(error)) warn(context, text);
}

/** What go-yaml says in one breath (parseYAMLWarnings). */
function yamlWarnings(error: string): string[] {
  const mark = 'yaml: unmarshal errors:\n';
  const at = error.indexOf(mark);
  if (at !== 0 && !error.startsWith(`error converting YAML to JSON: ${mark}`)) return [error];
  return error
    .slice(at + mark.length)
    .split('\n')
    .map((line) => line.trim());
}
