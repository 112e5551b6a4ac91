/** The older layout of `explain`, -o plaintext-openapiv2 (kubectl `pkg/explain/model_printer.go` and its kin). */
import { sortStrings } from '../../apimachinery/json-text';
import { formatGroupVersion, type GroupVersionKind } from '../../apimachinery/meta';
import type { Schema } from '../../schema/schema';
import { CommandError } from '../command';

const WIDTH = 80;

/** @throws CommandError `field "nosuch" does not exist` */
export function explainOpenApiV2(
  gvk: GroupVersionKind,
  schema: Schema,
  fieldPath: readonly string[],
  recursive: boolean,
): string {
  const found = follow(schema, fieldPath);
  const inner = innermost(found);
  const name = fieldPath.at(-1) ?? '';
  const heading = `KIND:     ${gvk.kind}\nVERSION:  ${formatGroupVersion(gvk)}\n\n`;
  const about = descriptions(found);
  if (!inner.fieldNames) {
    const field = isArbitrary(inner) ? '' : `FIELD:    ${name} <${typeName(found)}>\n\n`;
    return heading + field + about;
  }
  const resource = name === '' ? '' : `RESOURCE: ${name} <${typeName(found)}>\n\n`;
  const fields = recursive ? nestedFields(inner, 3, new Set()) : describedFields(inner);
  return `${heading}${resource}${about}\nFIELDS:\n${fields}`;
}

/** Down the path; a primitive ends it early, whatever is left (fieldLookup). */
function follow(schema: Schema, path: readonly string[]): Schema {
  let node = schema;
  for (const name of path) {
    const inner = innermost(node);
    if (!inner.fieldNames) return inner;
    const field = inner.field?.(name);
    if (!field) throw new CommandError(`field "${name}" does not exist`);
    node = field;
  }
  return node;
}

function innermost(schema: Schema): Schema {
  let node = schema;
  while (node.items) node = node.items;
  return node;
}

/** Each description on the way in, a blank line before all but the first place. */
function descriptions(schema: Schema): string {
  const texts: (string | undefined)[] = [];
  for (let node: Schema | undefined = schema; node; node = node.items) {
    texts.push(node.description);
    if (node.typeDescription && node.name) texts.push(node.typeDescription);
  }
  // The root of a kind has no field that it is described by.
  if (!schema.description && schema.name) texts.shift();
  const blocks = texts.flatMap((text, i) => (text ? [`${i === 0 ? '' : '\n'}${indented(text, 5)}`] : []));
  return `DESCRIPTION:\n${blocks.length === 0 ? indented('<empty>', 5) : blocks.join('')}`;
}

function describedFields(struct: Schema): string {
  const required = new Set(struct.required);
  return sortStrings([...(struct.fieldNames ?? [])])
    .map((name) => {
      const field = struct.field?.(name) as Schema;
      const mark = required.has(name) ? ' -required-' : '';
      return `   ${name}\t<${typeName(field)}>${mark}\n${indented(field.description ?? '', 5)}\n`;
    })
    .join('');
}

function nestedFields(struct: Schema, indent: number, above: ReadonlySet<string>): string {
  if (struct.name && above.has(struct.name)) return '';
  const within = struct.name ? new Set(above).add(struct.name) : above;
  return sortStrings([...(struct.fieldNames ?? [])])
    .map((name) => {
      const field = struct.field?.(name) as Schema;
      const inner = innermost(field);
      const nested = inner.fieldNames ? nestedFields(inner, indent + 3, within) : '';
      return `${' '.repeat(indent)}${name}\t<${typeName(field)}>\n${nested}`;
    })
    .join('');
}

function isArbitrary(schema: Schema): boolean {
  return schema.type === 'any' && (schema.goType ?? '').startsWith('v1.JSON');
}

/** Structs are `Object`; an object that says nothing of its fields is a map of whatever. */
function typeName(schema: Schema): string {
  switch (schema.type) {
    case 'array':
      return `[]${schema.items ? typeName(schema.items) : ''}`;
    case 'map':
      return `map[string]${schema.items ? typeName(schema.items) : ''}`;
    case 'object':
      return 'Object';
    case 'quantity':
    case 'int-or-string':
      return 'string';
    case 'any':
      return isArbitrary(schema) ? '' : 'map[string]';
    default:
      return schema.type;
  }
}

function indented(text: string, indent: number): string {
  return wrap(text, WIDTH - indent)
    .map((line) => (line === '' ? '\n' : `${' '.repeat(indent)}${line}\n`))
    .join('');
}

/** Fills lines, but keeps code blocks, empty lines, lists, and what ends in a colon (explain/formatter.go). */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let lastWord = '';
  const flush = () => {
    if (line === '') return;
    lines.push(line);
    line = '';
    lastWord = '';
  };
  for (const source of text.split('\n')) {
    const trimmed = source.trim();
    if (source.startsWith('    ')) {
      flush();
      lines.push(source);
      continue;
    }
    if (lines.length > 0 && trimmed === '') {
      flush();
      lines.push('');
      continue;
    }
    if (lastWord.endsWith(':') || trimmed === '' || /^(?:\d+\.?|-|\*)\s/.test(trimmed)) flush();
    for (const word of trimmed.split(/\s+/).filter(Boolean)) {
      lastWord = word;
      if (line !== '' && line.length + 1 + word.length > width) flush();
      lastWord = word;
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  flush();
  return lines;
}
