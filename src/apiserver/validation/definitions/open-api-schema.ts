/** What schemas of definitions may say (apiextensions-apiserver `pkg/apis/apiextensions/validation` ValidateCustomResourceDefinitionOpenAPISchema). */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../../apimachinery/field-error';
import { sortStrings } from '../../../apimachinery/json-text';
import {
  additionalOf,
  hasAdditionalProperties,
  itemsOf,
  type JsonSchema,
  META_FIELDS,
  propertyOf,
} from '../../../schema/json-schema';
import { listTypeErrors, nonAtomicSetErrors, nullableKeyErrors } from './list-types';
import type { RuleContext } from './rule-costs';
import { ruleErrors } from './rule-fields';

/** What is not asked of a definition that did not fulfil it before. */
export interface SchemaOptions {
  readonly validTypes: boolean;
  readonly atomicSets: boolean;
  readonly listKeys: boolean;
  /** Rules that cost too much were accepted before. */
  readonly anyRuleCost: boolean;
}

/** Where a schema stands. */
interface Place {
  readonly isRoot: boolean;
  /** Why no defaults are allowed. */
  readonly noDefaults: string | undefined;
  readonly insideMeta: boolean;
  /** The part of the schema whose old values can't be told. */
  readonly uncorrelatable: string | undefined;
  readonly rules: RuleContext | undefined;
}

export const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** Complaints about the schema; those about rules come behind all others. */
export function validateOpenApiSchema(
  path: string,
  schema: JsonSchema,
  options: SchemaOptions,
  rules: RuleContext | undefined,
): FieldError[] {
  const place: Place = { isRoot: true, noDefaults: undefined, insideMeta: false, uncorrelatable: undefined, rules };
  const { errors, ruleErrors: ofRules } = new Judge(options).judge(path, schema, place);
  return [...errors, ...ofRules];
}

interface Complaints {
  readonly errors: FieldError[];
  readonly ruleErrors: FieldError[];
}

class Judge {
  constructor(private readonly options: SchemaOptions) {}

  judge(path: string, schema: JsonSchema, place: Place): Complaints {
    const found: Complaints = { errors: this.keywords(path, schema, place), ruleErrors: [] };
    const add = (at: string, inner: JsonSchema, where: Place) => {
      const { errors, ruleErrors: ofRules } = this.judge(at, inner, { ...where, isRoot: false });
      found.errors.push(...errors);
      found.ruleErrors.push(...ofRules);
    };
    this.structure(path, schema, place, found.errors, add);
    this.logic(path, schema, place, add);
    this.extensions(path, schema, found.errors);
    const rules = schema['x-kubernetes-validations'] ?? [];
    if (rules.length === 0) return found;
    found.errors.push(...ruleErrors(`${path}.x-kubernetes-validations`, schema, rules));
    if (found.errors.length === 0 && place.rules)
      found.ruleErrors.push(
        ...place.rules.judge(`${path}.x-kubernetes-validations`, place.uncorrelatable, this.options.anyRuleCost),
      );
    return found;
  }

  /** specStandardValidatorV3.validate, and uniqueItems. */
  private keywords(path: string, schema: JsonSchema, { noDefaults, insideMeta }: Place): FieldError[] {
    const errors: FieldError[] = [];
    const forbid = (field: string, detail: string) => errors.push(forbiddenField(`${path}.${field}`, detail));
    if (this.options.validTypes && schema.type && !TYPES.includes(schema.type))
      errors.push(notSupported(`${path}.type`, schema.type, TYPES));
    if (schema.default !== undefined && schema.default !== null && noDefaults !== undefined)
      forbid('default', `must not be set ${noDefaults}`);
    if (schema.id) forbid('id', 'id is not supported');
    if (schema.additionalItems !== undefined && schema.additionalItems !== null)
      forbid('additionalItems', 'additionalItems is not supported');
    if (hasKeys(schema.patternProperties)) forbid('patternProperties', 'patternProperties is not supported');
    if (hasKeys(schema.definitions)) forbid('definitions', 'definitions is not supported');
    if (schema.dependencies) forbid('dependencies', 'dependencies is not supported');
    if (schema.$ref !== undefined && schema.$ref !== null) forbid('$ref', '$ref is not supported');
    if (schema.type === 'null') forbid('type', 'type cannot be set to null, use nullable as an alternative');
    if (Array.isArray(schema.items) && schema.items.length > 0)
      forbid('items', 'items must be a schema object and not an array');
    if (insideMeta && schema['x-kubernetes-embedded-resource'])
      forbid('x-kubernetes-embedded-resource', 'must not be used inside of resource meta');
    if (schema.uniqueItems)
      forbid('uniqueItems', 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic');
    return errors;
  }

  private structure(
    path: string,
    schema: JsonSchema,
    place: Place,
    errors: FieldError[],
    add: (at: string, inner: JsonSchema, where: Place) => void,
  ): void {
    const properties = schema.properties ?? {};
    if (hasAdditionalProperties(schema)) {
      if (hasKeys(properties) && schema.additionalProperties !== true)
        errors.push(
          forbiddenField(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'),
        );
      const additional = additionalOf(schema);
      const noDefaults = place.insideMeta
        ? 'inside additionalProperties applying to object metadata'
        : place.noDefaults;
      if (additional)
        add(`${path}.additionalProperties`, additional, {
          ...place,
          noDefaults,
          rules: place.rules?.additional(additional),
        });
    }
    const mapType = schema['x-kubernetes-map-type'];
    const isCorrelatable = mapType === undefined || mapType === 'granular' || mapType === 'atomic';
    for (const name of sortStrings(Object.keys(properties))) {
      const property = propertyOf(schema, name) as JsonSchema;
      const isMeta = (place.isRoot || schema['x-kubernetes-embedded-resource']) && META_FIELDS.has(name);
      add(`${path}.properties[${name}]`, property, {
        ...place,
        insideMeta: place.insideMeta || isMeta === true,
        noDefaults: isMeta && place.isRoot ? `in top-level ${name}` : place.noDefaults,
        uncorrelatable: place.uncorrelatable ?? (isCorrelatable ? undefined : path),
        rules: place.rules?.property(name, property),
      });
    }
    const uncorrelatable = place.uncorrelatable ?? (schema['x-kubernetes-list-type'] === 'map' ? undefined : path);
    const items = itemsOf(schema);
    if (items) add(`${path}.items`, items, { ...place, uncorrelatable, rules: place.rules?.items(items) });
    if (Array.isArray(schema.items))
      schema.items.forEach((item, i) => {
        add(`${path}.items[${i}]`, item, { ...place, uncorrelatable, rules: place.rules?.items(item) });
      });
  }

  private logic(
    path: string,
    schema: JsonSchema,
    place: Place,
    add: (at: string, inner: JsonSchema, where: Place) => void,
  ): void {
    const within = { ...place, rules: undefined };
    if (schema.not) add(`${path}.not`, schema.not, within);
    for (const name of ['allOf', 'oneOf', 'anyOf'] as const)
      (schema[name] ?? []).forEach((part, i) => {
        add(`${path}.${name}[${i}]`, part, within);
      });
    for (const [name, part] of Object.entries(schema.definitions ?? {}))
      add(`${path}.definitions[${name}]`, part, within);
    for (const [name, part] of Object.entries(schema.dependencies ?? {}))
      if (!Array.isArray(part)) add(`${path}.dependencies[${name}]`, part, within);
  }

  private extensions(path: string, schema: JsonSchema, errors: FieldError[]): void {
    if (schema['x-kubernetes-preserve-unknown-fields'] === false)
      errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
    const { type = '' } = schema;
    const mapType = schema['x-kubernetes-map-type'];
    if (mapType !== undefined && type !== 'object') {
      const detail = 'must be object if x-kubernetes-map-type is specified';
      errors.push(type === '' ? required(`${path}.type`, detail) : invalid(`${path}.type`, type, detail));
    }
    if (mapType !== undefined && mapType !== 'atomic' && mapType !== 'granular')
      errors.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
    const listType = schema['x-kubernetes-list-type'];
    if (listType !== undefined && type !== 'array') {
      const detail = 'must be array if x-kubernetes-list-type is specified';
      errors.push(type === '' ? required(`${path}.type`, detail) : invalid(`${path}.type`, type, detail));
    } else if (this.options.atomicSets) errors.push(...nonAtomicSetErrors(path, schema));
    errors.push(...listTypeErrors(path, schema));
    if (this.options.listKeys) errors.push(...nullableKeyErrors(path, schema));
  }
}

function hasKeys(object: object | undefined): boolean {
  return object !== undefined && object !== null && Object.keys(object).length > 0;
}
