/** Any object described by its fields, whatever they are (kubectl describe.go genericDescriber). */
import { compareStrings } from '../../apimachinery/json-text';
import { goString } from '../go-format';
import { writeEvents } from './events';
import { writeLabelsAndAnnotations, writeName } from './workload';
import { type Described, type DescriptionWriter, described, type Related } from './writer';

/** Shown at the head, or not at all. */
const SKIPPED: ReadonlySet<string> = new Set([
  '.metadata.managedFields',
  '.metadata.name',
  '.metadata.namespace',
  '.metadata.labels',
  '.metadata.annotations',
]);
const ACRONYMS: ReadonlySet<string> = new Set(['API', 'URL', 'UID', 'GUID']);

export function describeGeneric(object: Described, related: Related): string {
  return described((writer) => {
    writeName(writer, object);
    writeLabelsAndAnnotations(writer, object);
    writeFields(writer, 0, object, '');
    writeEvents(writer, related);
  });
}

function writeFields(writer: DescriptionWriter, level: number, content: Described, path: string): void {
  for (const field of Object.keys(content).sort(compareStrings)) {
    const value = content[field];
    const fieldPath = `${path}.${field}`;
    if (SKIPPED.has(fieldPath)) continue;
    const label = labelFor(field);
    if (Array.isArray(value)) {
      writer.write(level, `${label}:\n`);
      for (const item of value) {
        if (isMap(item)) writeFields(writer, level + 1, item, fieldPath);
        else writer.write(level + 1, `${goString(item)}\n`);
      }
    } else if (isMap(value)) {
      writer.write(level, `${label}:\n`);
      writeFields(writer, level + 1, value, fieldPath);
    } else writer.field(level, label, goString(value));
  }
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `apiVersion` → `API Version`, `creationTimestamp` → `Creation Timestamp` (smartLabelFor). */
export function labelFor(field: string): string {
  if (!/^[\p{L}-]*$/u.test(field)) return field;
  const parts = splitCamelCase(field);
  const merged: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    const next = parts[i + 1];
    // `UUIDs` comes apart as UUI and Ds.
    if (next && [...part].length >= 2 && !/\p{Ll}/u.test(part) && /^\p{Lu}/u.test(next)) {
      merged.push(part + next);
      i++;
    } else merged.push(part);
  }
  return merged.map(partText).join(' ');
}

function partText(part: string): string {
  if (ACRONYMS.has(part.toUpperCase())) return part.toUpperCase();
  return part.toLowerCase() === part ? part.slice(0, 1).toUpperCase() + part.slice(1) : part;
}

/** Runs of lower case, of upper case and of others; the last capital goes with the small letters behind it (fatih/camelcase). */
function splitCamelCase(text: string): string[] {
  const runs = text.match(/\p{Ll}+|\p{Lu}+|\p{Nd}+|[^\p{Ll}\p{Lu}\p{Nd}]+/gu) ?? [];
  for (let i = 0; i + 1 < runs.length; i++) {
    const run = runs[i] as string;
    if (!/^\p{Lu}/u.test(run) || !/^\p{Ll}/u.test(runs[i + 1] as string)) continue;
    const last = [...run].at(-1) as string;
    runs[i] = run.slice(0, -last.length);
    runs[i + 1] = last + runs[i + 1];
  }
  return runs.filter((run) => run !== '');
}
