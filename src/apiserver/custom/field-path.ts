/** Paths to fields as definitions write them: `.spec.names['a.b']` (apiextensions-apiserver `schema/cel/validation.go` ValidFieldPath). */
import { additionalOf, hasAdditionalProperties, type JsonSchema, propertyOf } from '../../schema/json-schema';

/**
 * The path as errors tell it, and the schema that it leads to.
 * @throws Error for a path that leads to no field of the schema
 */
export function resolveFieldPath(
  text: string,
  schema: JsonSchema,
  { brackets = true }: { brackets?: boolean } = {},
): { path: string; schema: JsonSchema } {
  const tokens = tokensOf(text);
  let path = '';
  let current: JsonSchema | undefined = schema;
  const next = () => {
    const token = tokens.shift();
    if (token === undefined) throw new Error('unexpected end of JSON path');
    return token;
  };
  const enter = (name: string) => {
    if (current?.properties) {
      path += path ? `.${name}` : name;
      current = propertyOf(current, name);
      if (!current) throw new Error('does not refer to a valid field');
    } else if (current && hasAdditionalProperties(current)) {
      path += `[${name}]`;
      current = additionalOf(current);
    } else throw new Error('does not refer to a valid field');
  };
  while (tokens.length > 0) {
    const token = next();
    if (token === '[') {
      if (!brackets) throw new Error('array notation is not allowed');
      const quoted = next();
      if (quoted.length < 2 || !quoted.startsWith("'") || !quoted.endsWith("'"))
        throw new Error(`expected single quoted string but got ${quoted}`);
      enter(unescapeQuoted(quoted.slice(1, -1)));
      const close = next();
      if (close !== ']') throw new Error(`expected ] but got ${close}`);
    } else if (token === '.') enter(next());
    else throw new Error(`expected [ or . but got: ${token}`);
  }
  return { path, schema: current ?? {} };
}

/** `.`, `[` and `]` by themselves, quoted strings, and what is between. */
function tokensOf(text: string): string[] {
  return text.match(/'(?:[^'\\]|\\.)*'|'[\s\S]*|[.[\]]|[^.[\]]+/g) ?? [];
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
};

function unescapeQuoted(text: string): string {
  return text.replace(/\\./g, (sequence) => {
    const character = ESCAPES[sequence[1] as string];
    if (character === undefined) throw new Error(`invalid string literal: invalid escape char ${sequence}`);
    return character;
  });
}
