import type { FieldError } from '../../apimachinery/field-error';
import type { JsonObject } from '../../apimachinery/json';
import type { JsonSchema } from '../../schema/json-schema';
import type { Correlation } from './correlation';

export interface RuleOptions {
  correlation: Correlation | undefined;
  warn: ((text: string) => void) | undefined;
}
export interface SchemaRules {
  validate(object: JsonObject, old: JsonObject | undefined, options: RuleOptions): FieldError[];
}
export function compileSchemaRules(_schema: JsonSchema): SchemaRules {
  return { validate: () => [] };
}
