/** Whether the defaults of a schema fit it (apiextensions-apiserver `pkg/apiserver/schema/defaulting/validation.go`). */
import type { FieldError } from '../../../apimachinery/field-error';
import { deepEqual, isObject, type Json, type JsonObject } from '../../../apimachinery/json';
import { sortStrings } from '../../../apimachinery/json-text';
import { asResource, itemsOf, type JsonSchema, META_FIELDS, propertyOf } from '../../../schema/json-schema';
import { hasDefault, prune } from '../../../schema/prune';
import { validateEmbedded } from '../../custom/embedded-objects';
import { hasRules } from '../../custom/has-rules';
import type { SchemaRules } from '../../custom/rules';
import { validateValue } from '../../custom/validate-value';
import { invalidJson } from './internal-json';

/** Compiles the rules of a schema; loaded for schemas that have some. */
export type RuleCompiler = (schema: JsonSchema, root: boolean) => SchemaRules;

export function validateDefaults(
  path: string,
  schema: JsonSchema,
  mustBePruned: boolean,
  compile: RuleCompiler | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  const root = asResource(schema);
  visit(path, root, { root, surround: (value) => value as JsonObject, insideMeta: false });
  return errors;

  function visit(at: string, node: JsonSchema, outer: Place): void {
    const place = node['x-kubernetes-embedded-resource'] ? embedded(node) : outer;
    if (hasDefault(node)) judge(`${at}.default`, node, place);
    const items = itemsOf(node);
    if (items) visit(`${at}.items`, items, { ...place, surround: (value) => place.surround([value]) });
    for (const name of sortStrings(Object.keys(node.properties ?? {})))
      visit(`${at}.properties[${name}]`, propertyOf(node, name) as JsonSchema, {
        root: place.root,
        insideMeta: place.insideMeta || (node['x-kubernetes-embedded-resource'] === true && META_FIELDS.has(name)),
        surround: (value) => place.surround({ [name]: value }),
      });
  }

  function judge(at: string, node: JsonSchema, { root: object, surround, insideMeta }: Place): void {
    const value = node.default as Json;
    if (!insideMeta && mustBePruned && !deepEqual(prune(value, node), value))
      errors.push(invalidJson(at, value, 'must not have unknown fields'));
    const meta = insideMeta
      ? validateEmbedded(surround(value), object)
      : validateEmbedded(value, node).map((error) => ({ ...error, field: joined(at, error.field) }));
    if (meta.length > 0) {
      const told = meta.map(({ field, body }) => `${field}: ${body}`);
      const text = told.length === 1 ? told[0] : `[${told.join(', ')}]`;
      if (insideMeta) errors.push(invalidJson(at, value, `must result in valid metadata: ${text}`));
      else errors.push(...meta);
      return;
    }
    const complaints = validateValue(value, node, at);
    errors.push(...(complaints.length > 0 ? complaints : rulesOf(at, node, value, node === object)));
  }

  function rulesOf(at: string, node: JsonSchema, value: Json, isRoot: boolean): FieldError[] {
    if (!compile || !hasRules(node)) return [];
    const rules = compile(node, isRoot);
    const options = { correlation: undefined, warn: undefined, path: at };
    const unchanged = rules.validate(value, value, options);
    return unchanged.length > 0 ? unchanged : rules.validate(value, undefined, options);
  }
}

/** Where a default stands: in which object, which it is a part of. */
interface Place {
  readonly root: JsonSchema;
  readonly insideMeta: boolean;
  surround(value: Json): JsonObject;
}

function embedded(root: JsonSchema): Place {
  return {
    root,
    insideMeta: false,
    surround: (value) => ({
      apiVersion: 'validation/v1',
      kind: 'Validation',
      ...(isObject(value) ? value : {}),
    }),
  };
}

function joined(path: string, field: string): string {
  return field.startsWith('[') ? path + field : `${path}.${field}`;
}
