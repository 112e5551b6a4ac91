/** An object as the lines of its YAML, each with the owners of the field that it writes. */
import { isObject, type Json } from '../../apimachinery/json';
import { asJson, type KubeObject, type ManagedFieldsEntry } from '../../apimachinery/meta';
import { FieldOwners } from '../../merge/managed-fields/field-owners';
import { compareKeys, toYaml } from '../../yaml/write';

export interface BlamedLine {
  text: string;
  owners: readonly ManagedFieldsEntry[];
}

/** The lines, without those of the managed fields themselves. */
export function blamedLines(object: KubeObject): BlamedLine[] {
  const { managedFields, ...metadata } = object.metadata;
  return linesOf(
    { ...asJson(object), metadata: asJson({ metadata } as unknown as KubeObject).metadata as Json },
    FieldOwners.of(managedFields),
  );
}

/** The lines of a map or a list that is not empty. */
function linesOf(value: Json, owners: FieldOwners): BlamedLine[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => elementLines(item, owners.item(item, i)));
  if (!isObject(value)) return [];
  return Object.keys(value)
    .sort(compareKeys)
    .flatMap((key) => fieldLines(key, value[key] as Json, owners.field(key)));
}

function fieldLines(key: string, value: Json, owners: FieldOwners): BlamedLine[] {
  if (!hasParts(value)) return written({ [key]: value }, owners);
  const [head] = written({ [key]: [] }, owners);
  const indent = Array.isArray(value) ? '' : '  ';
  return [
    { text: (head as BlamedLine).text.replace(/ \[\]$/, ''), owners: owners.here() },
    ...linesOf(value, owners).map((line) => ({ ...line, text: indent + line.text })),
  ];
}

function elementLines(item: Json, owners: FieldOwners): BlamedLine[] {
  if (!hasParts(item)) return written([item], owners);
  return linesOf(item, owners).map((line, i) => ({ ...line, text: `${i === 0 ? '- ' : '  '}${line.text}` }));
}

function hasParts(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function written(value: Json, owners: FieldOwners): BlamedLine[] {
  return toYaml(value)
    .replace(/\n$/, '')
    .split('\n')
    .map((text) => ({ text, owners: owners.here() }));
}
