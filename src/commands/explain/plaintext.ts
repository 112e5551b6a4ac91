/** The plaintext of `explain` (kubectl `pkg/explain/v2/templates/plaintext.tmpl`). */
import { sortStrings } from '../../apimachinery/json-text';
import type { GroupVersionKind } from '../../apimachinery/meta';
import type { Schema } from '../../schema/schema';
import { CommandError } from '../command';
import { indentText, wrapText } from './word-wrap';

/** @throws CommandError `field "nosuch" does not exist` */
export function explainPlaintext(
  gvk: GroupVersionKind,
  schema: Schema,
  fieldPath: readonly string[],
  recursive: boolean,
): string {
  const group = gvk.group === '' ? '' : `GROUP:      ${gvk.group}\n`;
  const found = follow(schema, fieldPath);
  if (!found) throw new CommandError(`field "${fieldPath.at(-1)}" does not exist`);
  const field = fieldPath.length === 0 ? '' : fieldHeading(fieldPath.at(-1) as string, found);
  const fields = fieldList(found, 1, recursive, new Set());
  return `${group}KIND:       ${gvk.kind}\nVERSION:    ${gvk.version}\n\n${field}${description(found)}${
    fields === '' ? '' : `FIELDS:\n${fields}`
  }\n`;
}

/** Down a path of field names, through lists and maps. */
function follow(schema: Schema, path: readonly string[]): Schema | undefined {
  let node: Schema | undefined = schema;
  for (const name of path) node = insideOf(node)?.field?.(name);
  return node;
}

/** What the innermost items of a list or map are; anything else is itself. */
function insideOf(schema: Schema | undefined): Schema | undefined {
  let node = schema;
  while (node?.items) node = node.items;
  return node;
}

function fieldHeading(name: string, schema: Schema): string {
  const values = schema.enum ? `ENUM:${schema.enum.map((value) => `\n    ${shown(value)}`).join('')}` : '';
  return `FIELD: ${name} <${typeName(schema)}>\n${values}\n\n`;
}

/** Of the field and of every type on the way in. */
function description(schema: Schema): string {
  let text = '';
  for (let node: Schema | undefined = schema; node; node = node.items) {
    if (node.description) text += `${node.description}\n`;
    if (node.typeDescription) text += `${node.typeDescription}\n`;
  }
  return `DESCRIPTION:\n${indentText(4, wrapText(text || '<empty>', 76))}\n`;
}

/** @param above the types that hold this one: one of them inside is not written out again */
function fieldList(schema: Schema, level: number, recursive: boolean, above: ReadonlySet<string>): string {
  const struct = insideOf(schema);
  if (!struct?.fieldNames || (struct.name && above.has(struct.name))) return '';
  const within = struct.name ? new Set(above).add(struct.name) : above;
  const required = new Set(struct.required);
  let text = '';
  for (const name of sortStrings([...struct.fieldNames])) {
    const field = struct.field?.(name);
    if (!field) continue;
    text += fieldDetail(name, field, required.has(name), level * 2, recursive);
    if (recursive) text += fieldList(field, level + 1, recursive, within);
  }
  return text;
}

function fieldDetail(name: string, schema: Schema, required: boolean, indent: number, short: boolean): string {
  const pad = ' '.repeat(indent);
  let text = `${pad}${name}\t<${typeName(schema)}>${required ? ' -required-' : ''}`;
  if (schema.enum) {
    const values = schema.enum.slice(0, 4).map(shown).join(', ');
    text += `\n${pad}enum: ${values}${schema.enum.length > 4 ? ', ....' : ''}`;
  }
  if (short) return `${text}\n`;
  const about = indentText(indent + 2, wrapText(schema.description || '<no description>', 78 - indent));
  return `${text}\n${about}\n\n`;
}

function shown(value: string): string {
  return value === '' ? '""' : value;
}

/** `string`, `[]Container`, `map[string]Quantity`, `Object`. */
function typeName(schema: Schema): string {
  switch (schema.type) {
    case 'array':
      return `[]${schema.items ? typeName(schema.items) : 'Object'}`;
    case 'map':
      return `map[string]${schema.items ? typeName(schema.items) : 'Object'}`;
    case 'object':
      return schema.name ? afterDot(schema.name) : 'Object';
    case 'quantity':
    case 'int-or-string':
    case 'any':
      return schema.goType ? afterDot(schema.goType) : 'Object';
    default:
      return schema.type;
  }
}

function afterDot(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
