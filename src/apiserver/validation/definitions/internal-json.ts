/** How complaints show parts of definitions: upstream's internal structs, whose JSON has all fields, by their Go names. */
import { type FieldError, invalid } from '../../../apimachinery/field-error';
import { isObject, type Json } from '../../../apimachinery/json';
import { sortStrings } from '../../../apimachinery/json-text';
import type { JsonSchema, ValidationRule } from '../../../schema/json-schema';
import type { DefinitionVersion, PrinterColumn, Subresources } from './spec';

/** A complaint about a struct; its fields keep their order. */
export function invalidStruct(field: string, value: unknown, detail: string): FieldError {
  const text = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? Number(part) : part)).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return { type: 'FieldValueInvalid', field, body: `Invalid value: ${text}: ${detail}` };
}

/** A complaint about any value: structs aside, maps with sorted keys. */
export function invalidJson(field: string, value: Json, detail: string): FieldError {
  return isObject(value) || Array.isArray(value)
    ? invalidStruct(field, sorted(value), detail)
    : invalid(field, value, detail);
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(sortStrings(Object.keys(value)).map((key) => [key, sorted(value[key] as Json)]));
}

export function internalRule(rule: ValidationRule): object {
  return {
    Rule: rule.rule ?? '',
    Message: rule.message ?? '',
    MessageExpression: rule.messageExpression ?? '',
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? '',
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  };
}

export function internalVersion(version: DefinitionVersion): object {
  const { schema, additionalPrinterColumns: columns, selectableFields } = version;
  return {
    Name: version.name ?? '',
    Served: version.served ?? false,
    Storage: version.storage ?? false,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: schema ? { OpenAPIV3Schema: optional(schema.openAPIV3Schema, internalSchema) } : null,
    Subresources: optional(version.subresources, internalSubresources),
    AdditionalPrinterColumns: columns ? columns.map(internalColumn) : null,
    SelectableFields: selectableFields ? selectableFields.map(({ jsonPath = '' }) => ({ JSONPath: jsonPath })) : null,
  };
}

function internalSubresources({ status, scale }: Subresources): object {
  return {
    Status: status ? {} : null,
    Scale: scale
      ? {
          SpecReplicasPath: scale.specReplicasPath ?? '',
          StatusReplicasPath: scale.statusReplicasPath ?? '',
          LabelSelectorPath: scale.labelSelectorPath ?? null,
        }
      : null,
  };
}

function internalColumn(column: PrinterColumn): object {
  return {
    Name: column.name ?? '',
    Type: column.type ?? '',
    Format: column.format ?? '',
    Description: column.description ?? '',
    Priority: column.priority ?? 0,
    JSONPath: column.jsonPath ?? '',
  };
}

export function internalSchema(schema: JsonSchema): object {
  return {
    ID: schema.id ?? '',
    Schema: schema.$schema ?? '',
    Ref: schema.$ref ?? null,
    Description: schema.description ?? '',
    Type: schema.type ?? '',
    Nullable: schema.nullable ?? false,
    Format: schema.format ?? '',
    Title: schema.title ?? '',
    Default: value(schema.default),
    Maximum: schema.maximum ?? null,
    ExclusiveMaximum: schema.exclusiveMaximum ?? false,
    Minimum: schema.minimum ?? null,
    ExclusiveMinimum: schema.exclusiveMinimum ?? false,
    MaxLength: schema.maxLength ?? null,
    MinLength: schema.minLength ?? null,
    Pattern: schema.pattern ?? '',
    MaxItems: schema.maxItems ?? null,
    MinItems: schema.minItems ?? null,
    UniqueItems: schema.uniqueItems ?? false,
    MultipleOf: schema.multipleOf ?? null,
    Enum: schema.enum ? schema.enum.map(value) : null,
    MaxProperties: schema.maxProperties ?? null,
    MinProperties: schema.minProperties ?? null,
    Required: schema.required ?? null,
    Items: optional(schema.items, internalItems),
    AllOf: list(schema.allOf),
    OneOf: list(schema.oneOf),
    AnyOf: list(schema.anyOf),
    Not: optional(schema.not, internalSchema),
    Properties: map(schema.properties, internalSchema),
    AdditionalProperties: optional(schema.additionalProperties, schemaOrBool),
    PatternProperties: map(schema.patternProperties, internalSchema),
    Dependencies: map(schema.dependencies, (one) => ({
      Schema: Array.isArray(one) ? null : internalSchema(one),
      Property: Array.isArray(one) ? one : null,
    })),
    AdditionalItems: optional(schema.additionalItems, schemaOrBool),
    Definitions: map(schema.definitions, internalSchema),
    ExternalDocs: optional(schema.externalDocs, ({ description = '', url = '' }) => ({
      Description: description,
      URL: url,
    })),
    Example: value(schema.example),
    XPreserveUnknownFields: schema['x-kubernetes-preserve-unknown-fields'] ?? null,
    XEmbeddedResource: schema['x-kubernetes-embedded-resource'] ?? false,
    XIntOrString: schema['x-kubernetes-int-or-string'] ?? false,
    XListMapKeys: schema['x-kubernetes-list-map-keys'] ?? null,
    XListType: schema['x-kubernetes-list-type'] ?? null,
    XMapType: schema['x-kubernetes-map-type'] ?? null,
    XValidations: schema['x-kubernetes-validations']?.map(internalRule) ?? null,
  };
}

export function internalItems(items: JsonSchema | JsonSchema[]): object {
  return {
    Schema: Array.isArray(items) ? null : internalSchema(items),
    JSONSchemas: Array.isArray(items) ? items.map(internalSchema) : null,
  };
}

function schemaOrBool(one: JsonSchema | boolean): object {
  return {
    Allows: one !== false,
    Schema: typeof one === 'boolean' ? null : internalSchema(one),
  };
}

function optional<T, R>(one: T | null | undefined, convert: (one: T) => R): R | null {
  return one === undefined || one === null ? null : convert(one);
}
function list(schemas: readonly JsonSchema[] | undefined): object[] | null {
  return schemas ? schemas.map(internalSchema) : null;
}
function map<T>(parts: Readonly<Record<string, T>> | undefined, convert: (one: T) => object): object | null {
  if (!parts) return null;
  return Object.fromEntries(sortStrings(Object.keys(parts)).map((key) => [key, convert(parts[key] as T)]));
}
function value(json: Json | undefined): Json {
  return json === undefined ? null : sorted(json);
}
