/** Labels, annotations and tolerations over several lines (kubectl describe.go print…Multiline). */
import { compareStrings } from '../../apimachinery/json-text';
import { utf8Length } from '../../apimachinery/names';
import type { Toleration } from '../../apimachinery/toleration';
import type { DescriptionWriter } from './writer';

export const MAX_ANNOTATION = 140;
const NOT_SHOWN = new Set(['kubectl.kubernetes.io/last-applied-configuration']);

export function writeLabels(
  writer: DescriptionWriter,
  title: string,
  labels: Readonly<Record<string, string>> = {},
  indent = '',
): void {
  writer.write(0, `${indent}${title}:\t`);
  const keys = Object.keys(labels).sort(compareStrings);
  if (keys.length === 0) writer.write(0, '<none>\n');
  for (const [i, key] of keys.entries()) {
    if (i > 0) {
      writer.write(0, indent);
      writer.write(0, '\t');
    }
    writer.write(0, `${key}=${labels[key]}\n`);
  }
}

/** Long ones and those of several lines stand below their key, shortened. */
export function writeAnnotations(
  writer: DescriptionWriter,
  title: string,
  annotations: Readonly<Record<string, string>> = {},
): void {
  writer.write(0, `${title}:\t`);
  const keys = Object.keys(annotations)
    .filter((key) => !NOT_SHOWN.has(key))
    .sort(compareStrings);
  if (keys.length === 0) writer.write(0, '<none>\n');
  for (const [i, key] of keys.entries()) {
    const value = (annotations[key] as string).replace(/\n$/, '');
    if (i > 0) writer.write(0, '\t');
    if (utf8Length(value) + utf8Length(key) + 2 <= MAX_ANNOTATION && !value.includes('\n')) {
      writer.write(0, `${key}: ${value}\n`);
      continue;
    }
    writer.write(0, `${key}:\n`);
    for (const line of value.split('\n')) writer.write(0, `\t  ${shorten(line, MAX_ANNOTATION - 2)}\n`);
  }
}

/** At most so many bytes; a letter that does not fit as a whole is left out. */
export function shorten(text: string, most: number): string {
  if (utf8Length(text) <= most) return text;
  let bytes = 0;
  let end = 0;
  for (const letter of text) {
    bytes += utf8Length(letter);
    if (bytes > most) break;
    end += letter.length;
  }
  return `${text.slice(0, end)}...`;
}

export function writeTolerations(
  writer: DescriptionWriter,
  title: string,
  tolerations: readonly Toleration[] = [],
): void {
  writer.write(0, `${title}:\t`);
  if (tolerations.length === 0) writer.write(0, '<none>\n');
  const sorted = [...tolerations].sort((a, b) => compareStrings(a.key ?? '', b.key ?? ''));
  for (const [i, toleration] of sorted.entries())
    writer.write(0, `${i === 0 ? '' : '\t'}${tolerationText(toleration)}\n`);
}

function tolerationText({ key = '', operator, value = '', effect = '', tolerationSeconds }: Toleration): string {
  let text = key;
  if (value) text += `=${value}`;
  if (effect) text += `:${effect}`;
  if (operator === 'Exists' && !value) text += key || effect ? ' op=Exists' : 'op=Exists';
  if (tolerationSeconds !== undefined) text += ` for ${tolerationSeconds}s`;
  return text;
}
