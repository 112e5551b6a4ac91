/** The body of a request as an object of the resource's kind: checked against the schema, defaulted, and nobody else's. */
import { clone, isObject, type Json } from '../apimachinery/json';
import { asObject, type KubeObject } from '../apimachinery/meta';
import { badRequest } from '../apimachinery/status';
import type { RequestContext } from './request-context';
import type { FieldValidation } from './write-options';

/** @throws ApiError 400 for what is no such object, and with Strict for fields that the kind does not have. */
export async function decodeObject(
  context: RequestContext,
  body: Json | undefined,
  _validation: FieldValidation,
): Promise<KubeObject> {
  const { resource } = context;
  if (!isObject(body)) throw badRequest('the body of the request was in an unknown format');
  const copy = clone(body);
  copy['apiVersion'] ??= resource.apiVersion;
  copy['kind'] ??= resource.info.kind;
  if (!isObject(copy['metadata'])) copy['metadata'] = {};
  const object = asObject(copy);
  resource.definition.defaults?.(object);
  return object;
}
