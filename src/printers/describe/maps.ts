/** Labels, annotations and tolerations over several lines (kubectl describe.go print…Multiline). */
import { compareStrings } from '../../apimachinery/json-text';
import type { DescriptionWriter } from './writer';

const MAX_ANNOTATION = 140;
const NOT_SHOWN = new Set(['kubectl.kubernetes.io/last-applied-configuration']);

export function writeLabels(
  writer: DescriptionWriter,
  title: string,
  labels: Readonly<Record<string, string>> = {},
): void {
  writer.write(0, `${title}:\t`);
  const keys = Object.keys(labels).sort(compareStrings);
  if (keys.length === 0) writer.write(0, '<none>\n');
  for (const [i, key] of keys.entries()) writer.write(0, `${i === 0 ? '' : '\t'}${key}=${labels[key]}\n`);
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
    if (value.length + key.length + 2 <= MAX_ANNOTATION && !value.includes('\n')) {
      writer.write(0, `${key}: ${value}\n`);
      continue;
    }
    writer.write(0, `${key}:\n`);
    for (const line of value.split('\n')) writer.write(0, `\t  ${shorten(line, MAX_ANNOTATION - 2)}\n`);
  }
}

function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}...` : text;
}

interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
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
