/** The schema of a definition or of one of its versions (apiextensions-apiserver validateCustomResourceDefinitionValidation). */
import { type FieldError, forbiddenField, invalid } from '../../../apimachinery/field-error';
import type { JsonSchema } from '../../../schema/json-schema';
import { internalSchema, invalidStruct } from './internal-json';
import { type SchemaOptions, validateOpenApiSchema } from './open-api-schema';
import { validateDefaults } from './schema-defaults';
import { structuralObstacle, validateStructural } from './structural';

/** Judges rules; loaded for definitions that have some. */
export type RuleJudge = typeof import('./rule-costs');

export interface DefinitionOptions extends SchemaOptions {
  readonly structural: boolean;
  readonly prunedDefaults: boolean;
}

/**
 * @param path of what holds the schema: `spec.validation`, `spec.versions[0].schema`
 * @param hasStatus whether the schema of the status is taken out of it
 */
export function validateSchema(
  path: string,
  schema: JsonSchema | undefined,
  hasStatus: boolean,
  options: DefinitionOptions,
  judge: RuleJudge | undefined,
): FieldError[] {
  if (!schema) return [];
  const at = `${path}.openAPIV3Schema`;
  const errors = hasStatus ? rootErrors(at, schema) : [];
  if (schema.nullable) errors.push(forbiddenField(`${at}.nullable`, 'nullable cannot be true at the root'));
  const obstacle = options.structural ? structuralObstacle(schema) : undefined;
  const structural =
    options.structural && obstacle === undefined ? structuralErrors(at, schema, options, judge) : undefined;
  errors.push(...(structural ?? []));
  const context = structural?.length === 0 ? judge?.RuleContext.root(schema) : undefined;
  errors.push(...validateOpenApiSchema(at, schema, options, context));
  if (errors.length === 0 && obstacle !== undefined) errors.push(invalid(at, '', obstacle));
  errors.push(...(context?.judgeTotal(at) ?? []));
  return errors;
}

function structuralErrors(
  at: string,
  schema: JsonSchema,
  { prunedDefaults }: DefinitionOptions,
  judge: RuleJudge | undefined,
): FieldError[] {
  const errors = validateStructural(at, schema);
  return errors.length > 0 ? errors : validateDefaults(at, schema, prunedDefaults, judge?.compileSchemaRules);
}

/** By their Go names. */
const AT_ROOT =
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations';

/** What would be lost with a status judged by its own schema. */
function rootErrors(at: string, schema: JsonSchema): FieldError[] {
  for (const [name, value] of Object.entries(internalSchema(schema))) {
    if (value === null || value === '' || value === false) continue;
    if (name === 'Type') {
      if (value === 'object') continue;
      return [
        invalid(
          `${at}.type`,
          schema.type,
          'only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
        ),
      ];
    }
    if (!AT_ROOT.split(' ').includes(name))
      return [
        invalidStruct(
          at,
          internalSchema(schema),
          `only [${AT_ROOT}] fields are allowed at the root of the schema if the status subresource is enabled`,
        ),
      ];
  }
  return [];
}
