/** Reads the configuration files of admission plugins, strictly, as upstream's decoders do. */
import type { FieldError } from '../../apimachinery/field-error';
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';

/** The fields of a configuration of this kind. @throws Error for another kind, and for fields that it does not have. */
export function configurationOf(
  value: Json,
  kind: string,
  apiVersions: readonly string[],
  known: readonly string[],
): JsonObject {
  const object = isObject(value) ? value : {};
  if (object['kind'] !== kind || !apiVersions.includes(object['apiVersion'] as string)) {
    const [named, version] = [object['kind'], object['apiVersion']].map((text) => JSON.stringify(text ?? ''));
    throw new Error(`no kind ${named} is registered for version ${version}`);
  }
  return fieldsOf(object, '', ['kind', 'apiVersion', ...known]);
}

/** @throws Error for fields that are not known. */
export function fieldsOf(value: Json | undefined, path: string, known: readonly string[]): JsonObject {
  const object = isObject(value) ? value : {};
  const unknown = Object.keys(object).find((field) => !known.includes(field));
  if (unknown !== undefined)
    throw new Error(
      `strict decoding error: unknown field ${JSON.stringify(path === '' ? unknown : `${path}.${unknown}`)}`,
    );
  return object;
}

/** utilerrors.Aggregate of them. @throws Error unless there are none. */
export function throwFieldErrors(errors: readonly FieldError[]): void {
  const told = errors.map(({ field, body }) => `${field}: ${body}`);
  if (told.length > 0) throw new Error(told.length === 1 ? told[0] : `[${told.join(', ')}]`);
}
