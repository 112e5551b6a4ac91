/**
 * Whether a schema is structural: the type of every field is told outside of logic (apiextensions-apiserver
 * `pkg/apiserver/schema/convert.go`, `validation.go`, `complete.go`).
 */
import { type FieldError, forbiddenField, invalid, required } from '../../../apimachinery/field-error';
import { compareStrings, sortStrings } from '../../../apimachinery/json-text';
import { regexpComplaint } from '../../../apimachinery/regexp';
import {
  additionalOf,
  hasAdditionalProperties,
  itemsOf,
  type JsonSchema,
  propertyOf,
} from '../../../schema/json-schema';

const UNSUPPORTED = [
  ['id', 'id'],
  ['$schema', 'schema'],
  ['$ref', '$ref'],
  ['patternProperties', 'patternProperties'],
  ['dependencies', 'dependencies'],
  ['additionalItems', 'additionalItems'],
  ['definitions', 'definitions'],
] as const;

/** Why a schema can't be taken for a structural one at all (NewStructural). */
export function structuralObstacle(schema: JsonSchema | undefined): string | undefined {
  if (!schema) return undefined;
  for (const [field, name] of UNSUPPORTED)
    if (isSet(schema[field])) return `OpenAPIV3Schema '${name}' is not supported`;
  for (const part of [schema.not, ...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) {
    const inner = structuralObstacle(part);
    if (inner) return inner;
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
  if (Array.isArray(schema.items) && schema.items.length > 0)
    return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  for (const part of [itemsOf(schema), ...Object.values(schema.properties ?? {}), additionalOf(schema)]) {
    const inner = structuralObstacle(part);
    if (inner) return inner;
  }
  return undefined;
}

/** Whether Go would have a value other than the zero one. */
function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** Complaints, sorted as upstream sorts them (ValidateStructural). */
export function validateStructural(path: string, schema: JsonSchema): FieldError[] {
  const errors: FieldError[] = [];
  checkInvariants(schema, 'root', path, errors);
  checkCompleteness(schema, schema, path, path, errors);
  return errors.sort((a, b) => compareStrings(`${a.field}: ${a.body}`, `${b.field}: ${b.body}`));
}

type Level = 'root' | 'item' | 'field';

const TYPELESS: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

function checkInvariants(schema: JsonSchema, level: Level, path: string, errors: FieldError[]): void {
  const items = itemsOf(schema);
  if (schema.type === 'array' && !items) errors.push(required(`${path}.items`, 'must be specified'));
  if (items) checkInvariants(items, 'item', `${path}.items`, errors);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    checkInvariants(property, 'field', `${path}.properties[${name}]`, errors);
  if (hasAdditionalProperties(schema)) {
    if (level === 'root') errors.push(forbiddenField(`${path}.additionalProperties`, 'must not be used at the root'));
    const additional = additionalOf(schema);
    if (additional) checkInvariants(additional, 'field', `${path}.additionalProperties`, errors);
  }
  checkExtensions(schema, path, errors);
  checkLogic(schema, isIntOrString(schema.anyOf), isIntOrString(schema.allOf?.[0]?.anyOf), path, errors);
  checkType(schema, level, path, errors);
  checkMetadata(schema, level, path, errors);
}

function checkExtensions(schema: JsonSchema, path: string, errors: FieldError[]): void {
  if (!schema['x-kubernetes-int-or-string']) return;
  for (const field of ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    if (schema[field])
      errors.push(invalid(`${path}.${field}`, true, 'must be false if x-kubernetes-int-or-string is true'));
}

function checkType(schema: JsonSchema, level: Level, path: string, errors: FieldError[]): void {
  const { type = '' } = schema;
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  if (isEmbedded && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type === '' ? required(`${path}.type`, detail) : invalid(`${path}.type`, type, detail));
  } else if (type === '' && !schema['x-kubernetes-int-or-string'] && !schema['x-kubernetes-preserve-unknown-fields'])
    errors.push(required(`${path}.type`, TYPELESS[level]));
  if (isEmbedded && hasAdditionalProperties(schema))
    errors.push(
      forbiddenField(`${path}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set'),
    );
  if (level === 'root' && type !== '' && type !== 'object')
    errors.push(invalid(`${path}.type`, type, 'must be object at the root'));
  if (isEmbedded && !schema['x-kubernetes-preserve-unknown-fields'] && !isSet(schema.properties))
    errors.push(
      required(
        `${path}.properties`,
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      ),
    );
}

function checkMetadata(schema: JsonSchema, level: Level, path: string, errors: FieldError[]): void {
  const isObject = level === 'root' || schema['x-kubernetes-embedded-resource'] === true;
  for (const name of isObject ? ['kind', 'apiVersion'] : []) {
    const property = propertyOf(schema, name);
    if (property && property.type !== 'string')
      errors.push(invalid(`${path}.properties[${name}].type`, property.type ?? '', 'must be string'));
  }
  const metadata = propertyOf(schema, 'metadata');
  if (!metadata) return;
  const at = `${path}.properties[metadata]`;
  if (isObject && metadata.type !== 'object') errors.push(invalid(`${at}.type`, metadata.type ?? '', 'must be object'));
  if (level === 'root' && !restrictsNamesOnly(metadata))
    errors.push(
      forbiddenField(
        at,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    );
}

function restrictsNamesOnly({ type: _type, default: _default, properties = {}, ...rest }: JsonSchema): boolean {
  const names = Object.keys(properties);
  return names.every((name) => name === 'name' || name === 'generateName') && !Object.values(rest).some(isSet);
}

/** `anyOf: [{type: integer}, {type: string}]` */
function isIntOrString(anyOf: readonly JsonSchema[] | undefined): boolean {
  const isOnly = (schema: JsonSchema | undefined, wanted: string) => {
    const { type, ...rest } = schema ?? {};
    return type === wanted && !Object.values(rest).some(isSet);
  };
  return anyOf?.length === 2 && isOnly(anyOf[0], 'integer') && isOnly(anyOf[1], 'string');
}

/** validateValueValidation */
function checkLogic(
  schema: JsonSchema,
  skipAnyOf: boolean,
  skipFirstAllOfAnyOf: boolean,
  path: string,
  errors: FieldError[],
): void {
  if (!skipAnyOf)
    (schema.anyOf ?? []).forEach((part, i) => {
      checkNested(part, false, `${path}.anyOf[${i}]`, errors);
    });
  (schema.allOf ?? []).forEach((part, i) => {
    checkNested(part, skipFirstAllOfAnyOf && i === 0, `${path}.allOf[${i}]`, errors);
  });
  (schema.oneOf ?? []).forEach((part, i) => {
    checkNested(part, false, `${path}.oneOf[${i}]`, errors);
  });
  if (schema.not) checkNested(schema.not, false, `${path}.not`, errors);
  const complaint = schema.pattern ? regexpComplaint(schema.pattern) : undefined;
  if (complaint)
    errors.push(
      invalid(
        `${path}.pattern`,
        schema.pattern as string,
        `must be a valid regular expression, but isn't: ${complaint}`,
      ),
    );
}

const FORBIDDEN: readonly (readonly [keyof JsonSchema, string])[] = [
  ['type', 'empty'],
  ['default', 'undefined'],
  ['title', 'empty'],
  ['description', 'empty'],
  ['nullable', 'false'],
  ['x-kubernetes-preserve-unknown-fields', 'false'],
  ['x-kubernetes-embedded-resource', 'false'],
  ['x-kubernetes-int-or-string', 'false'],
  ['x-kubernetes-list-map-keys', 'empty'],
  ['x-kubernetes-list-type', 'undefined'],
  ['x-kubernetes-map-type', 'undefined'],
  ['x-kubernetes-validations', 'empty'],
];

/** What stands in logic may restrict values only. */
function checkNested(schema: JsonSchema, skipAnyOf: boolean, path: string, errors: FieldError[]): void {
  checkLogic(schema, skipAnyOf, false, path, errors);
  const items = itemsOf(schema);
  if (items) checkNested(items, false, `${path}.items`, errors);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    checkNested(property, false, `${path}.properties[${name}]`, errors);
  for (const [field, wanted] of FORBIDDEN) {
    const value = schema[field];
    const stands = field === 'default' ? value !== undefined && value !== null : isSet(value);
    if (stands) errors.push(forbiddenField(`${path}.${field}`, `must be ${wanted} to be structural`));
  }
  if (schema.additionalProperties)
    errors.push(forbiddenField(`${path}.additionalProperties`, 'must be undefined to be structural'));
  if (propertyOf(schema, 'metadata'))
    errors.push(forbiddenField(`${path}.properties[metadata]`, 'must not be specified in a nested context'));
}

/** Every field that logic speaks of must be told outside of it. */
function checkCompleteness(
  logic: JsonSchema,
  schema: JsonSchema,
  schemaPath: string,
  path: string,
  errors: FieldError[],
): void {
  const parts: [string, JsonSchema | undefined][] = [['not', logic.not]];
  for (const name of ['allOf', 'anyOf', 'oneOf'] as const)
    (logic[name] ?? []).forEach((part, i) => {
      parts.push([`${name}[${i}]`, part]);
    });
  for (const [name, part] of parts) if (part) checkPart(part, schema, schemaPath, `${path}.${name}`, errors);
}

function checkPart(
  part: JsonSchema,
  schema: JsonSchema | undefined,
  schemaPath: string,
  path: string,
  errors: FieldError[],
): void {
  if (!schema) {
    errors.push(required(schemaPath, `because it is defined in ${path}`));
    return;
  }
  checkCompleteness(part, schema, schemaPath, path, errors);
  const items = itemsOf(part);
  if (items) checkPart(items, itemsOf(schema), `${schemaPath}.items`, `${path}.items`, errors);
  for (const name of sortStrings(Object.keys(part.properties ?? {})))
    checkPart(
      propertyOf(part, name) as JsonSchema,
      propertyOf(schema, name),
      `${schemaPath}.properties[${name}]`,
      `${path}.properties[${name}]`,
      errors,
    );
}
