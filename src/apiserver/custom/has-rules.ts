/** Whether a schema has rules in the Common Expression Language: asked before their evaluator is loaded. */
import { additionalOf, itemsOf, type JsonSchema } from '../../schema/json-schema';

/** hasXValidations: not below allOf and its like. */
export function hasRules(schema: JsonSchema | undefined): boolean {
  if (!schema) return false;
  if (schema['x-kubernetes-validations']?.length) return true;
  return (
    hasRules(itemsOf(schema)) || hasRules(additionalOf(schema)) || Object.values(schema.properties ?? {}).some(hasRules)
  );
}
