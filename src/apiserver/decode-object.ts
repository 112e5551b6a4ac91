/** The body of a request as an object of the resource's kind: checked against the schema, defaulted, and nobody else's. */
import { isObject, type Json } from '../apimachinery/json';
import { asObject, type KubeObject, parseGroupVersion } from '../apimachinery/meta';
import { badRequest } from '../apimachinery/status';
import { DecodeError, decodeValue } from '../schema/decode';
import { parsedBody } from './request-body';
import type { RequestContext } from './request-context';
import { warn } from './request-context';
import type { ServedResource } from './served-resource';
import type { FieldValidation } from './write-options';

/**
 * @throws ApiError 400 for what is no such object, and with Strict for fields that the kind does not have.
 */
export async function decodeObject(
  context: RequestContext,
  body: Json | undefined,
  validation: FieldValidation,
): Promise<KubeObject> {
  const { resource } = context;
  const value = typeof body === 'string' ? await parsedBody(body, false) : body;
  checkKind(resource, value);
  const { kind } = resource.info;
  try {
    const { object, strictErrors } = decodeObjectOf(resource, value as Json);
    if (strictErrors.length && validation === 'Strict') throw new DecodeError(strictDecodingError(strictErrors));
    if (validation === 'Warn') addStrictWarnings(context, strictErrors);
    return object;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(`${kind} in version "${resource.info.version}" cannot be handled as a ${kind}: ${error.message}`);
  }
}

/** A fresh, defaulted object. What is unknown is left out and told. @throws DecodeError. */
export function decodeObjectOf(resource: ServedResource, value: Json): { object: KubeObject; strictErrors: string[] } {
  if (!isObject(value))
    throw new DecodeError(`json: cannot unmarshal ${goKind(value)} into Go value of type map[string]interface {}`);
  const { object: decoded, strictErrors } = decodeValue(value, resource.schema);
  // Both are what the path says, whether the body says so or nothing (checkKind).
  decoded['apiVersion'] = resource.apiVersion;
  decoded['kind'] = resource.info.kind;
  decoded['metadata'] ??= {};
  const object = asObject(decoded);
  resource.definition.defaults?.(object);
  return { object, strictErrors };
}

/** Of another kind or version than the path says? (codec's and handlers' complaints) */
function checkKind({ info, apiVersion }: ServedResource, value: Json | undefined): void {
  if (!isObject(value))
    throw badRequest(
      `the object provided is unrecognized (must be of type ${info.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${goKind(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  const kind = Object.hasOwn(value, 'kind') && value['kind'] !== '' ? value['kind'] : info.kind;
  const version = Object.hasOwn(value, 'apiVersion') && value['apiVersion'] !== '' ? value['apiVersion'] : apiVersion;
  if (typeof kind !== 'string' || typeof version !== 'string')
    throw badRequest(
      `the object provided is unrecognized (must be of type ${info.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${goKind(typeof kind === 'string' ? version : kind)} into Go struct field .${typeof kind === 'string' ? 'apiVersion' : 'kind'} of type string`,
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
  for (const error of errors) warn(context, error);
}
