/** A field named as people name it: `metadata.name`, `.metadata.name`, `{.metadata.name}` (get/customcolumn.go). */
import type { Json } from '../../apimachinery/json';
import { CommandError } from '../command';
import { messageOf } from '../errors';

const RELAXED = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/;

export interface FieldPath {
  /** As JSONPath: `{.metadata.name}`. */
  path: string;
  /** The first value that it finds, or undefined. */
  first(value: Json): Json | undefined;
}

/** Throws for what is no path (RelaxedJSONPathExpression). */
export async function fieldPath(text: string): Promise<FieldPath> {
  const match = RELAXED.exec(text);
  if (!match) {
    throw new CommandError(
      "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
    );
  }
  const path = `{.${match[1] ?? match[2]}}`;
  const { JsonPath } = await import('../../printers/jsonpath/evaluate');
  const { GoNumber } = await import('../../printers/go-values');
  let parsed: InstanceType<typeof JsonPath>;
  try {
    parsed = new JsonPath(path, { allowMissingKeys: true });
  } catch (error) {
    throw new CommandError(`sorting error: ${messageOf(error)}`);
  }
  return {
    path,
    first(value) {
      const found = parsed.findResults(value)[0]?.[0];
      return found instanceof GoNumber ? found.value : found;
    },
  };
}
