/** Schemas as CustomResourceDefinitions write them (apiextensions/v1 JSONSchemaProps), and the few questions asked of them everywhere. */
import { isObject, type Json, type JsonObject } from '../apimachinery/json';

export interface JsonSchema {
  id?: string;
  $schema?: string;
  $ref?: string | null;
  title?: string;
  description?: string;
  type?: string;
  format?: string;
  default?: Json;
  example?: Json;
  externalDocs?: JsonObject;
  nullable?: boolean;
  enum?: Json[];
  maximum?: number;
  exclusiveMaximum?: boolean;
  minimum?: number;
  exclusiveMinimum?: boolean;
  multipleOf?: number;
  maxLength?: number;
  minLength?: number;
  pattern?: string;
  maxItems?: number;
  minItems?: number;
  uniqueItems?: boolean;
  maxProperties?: number;
  minProperties?: number;
  required?: string[];
  items?: JsonSchema | JsonSchema[];
  additionalItems?: JsonSchema | boolean;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  patternProperties?: Record<string, JsonSchema>;
  definitions?: Record<string, JsonSchema>;
  dependencies?: Record<string, JsonSchema | string[]>;
  allOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  not?: JsonSchema;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-validations'?: ValidationRule[];
}

export interface ValidationRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
  fieldPath?: string;
  optionalOldSelf?: boolean;
}

/** The schema of a property; never what an object inherits. */
export function propertyOf(schema: JsonSchema | undefined, name: string): JsonSchema | undefined {
  const properties = schema?.properties;
  return properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** The schema of a list's items, unless there are several of them. */
export function itemsOf(schema: JsonSchema | undefined): JsonSchema | undefined {
  const items = schema?.items;
  return isObject(items) ? (items as JsonSchema) : undefined;
}

/** Whether any keys are allowed; `additionalProperties: false` stands there like any schema does. */
export function hasAdditionalProperties(schema: JsonSchema): boolean {
  return schema.additionalProperties !== undefined && schema.additionalProperties !== null;
}

/** The schema of values whose keys are not among the properties, where it is one. */
export function additionalOf(schema: JsonSchema | undefined): JsonSchema | undefined {
  const additional = schema?.additionalProperties;
  return isObject(additional) ? (additional as JsonSchema) : undefined;
}

/** `apiVersion`, `kind` and `metadata`, which every object has whatever its schema says. */
export const META_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** The schema as that of a whole object: with apiVersion, kind and metadata. */
export function asResource(schema: JsonSchema): JsonSchema {
  return schema['x-kubernetes-embedded-resource'] ? schema : { ...schema, 'x-kubernetes-embedded-resource': true };
}

/** Calls `visit` with a schema and every schema in it, as upstream's SchemaHas does. */
export function visitSchemas(schema: JsonSchema | undefined, visit: (schema: JsonSchema) => void): void {
  if (!schema) return;
  visit(schema);
  const { items, properties, patternProperties, definitions, dependencies } = schema;
  for (const one of Array.isArray(items) ? items : [items]) visitSchemas(one, visit);
  for (const list of [schema.allOf, schema.anyOf, schema.oneOf]) for (const one of list ?? []) visitSchemas(one, visit);
  visitSchemas(schema.not, visit);
  visitSchemas(additionalOf(schema), visit);
  for (const map of [properties, patternProperties, definitions])
    for (const one of Object.values(map ?? {})) visitSchemas(one, visit);
  if (isObject(schema.additionalItems)) visitSchemas(schema.additionalItems as JsonSchema, visit);
  for (const one of Object.values(dependencies ?? {})) if (isObject(one)) visitSchemas(one as JsonSchema, visit);
}
