/** The text that is edited: what stands on top of it, and what of it counts. */
import { stringifyGo } from '../../apimachinery/json-text';
import { ApiError } from '../../apimachinery/status';
import { parseYaml } from '../../yaml/read';
import type { Info } from '../builder/info';
import { messageOf } from '../errors';

/** Why the file is opened again. */
export interface Reason {
  head: string;
  others: string[];
}

/** What became of one pass through the editor (editResults). */
export class EditResults {
  readonly reasons: Reason[] = [];
  retryable = 0;
  notFound = 0;

  /** Notes a failure, and gives what is said of it (editResults.addError). */
  add(error: unknown, info: Info): string {
    const { group, plural } = info.reachable().mapping;
    const resource = group ? `${plural}.${group}` : plural;
    const name = JSON.stringify(info.name);
    if (error instanceof ApiError && error.reason === 'Invalid') {
      const causes = error.status.details?.causes ?? [];
      this.reasons.push({
        head: `${resource} ${name} was not valid`,
        others: causes.map(({ field = '', message = '' }) => `${field}: ${message}`),
      });
      return `error: ${resource} ${name} is invalid`;
    }
    if (error instanceof ApiError && error.reason === 'NotFound') {
      this.notFound++;
      return `error: ${resource} ${name} could not be found on the server`;
    }
    this.retryable++;
    return `error: ${resource} ${name} could not be patched: ${messageOf(error)}`;
  }
}

const HEADER = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;
const LAST_APPLIED_HEADER = `# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
`;

/** The comment on top of the file (editHeader.writeTo). */
export function headerOf(reasons: readonly Reason[], lastApplied: boolean): string {
  let text = lastApplied ? LAST_APPLIED_HEADER : HEADER;
  for (const { head, others } of reasons) {
    text += `# ${commented(head)}${others.length > 0 ? ':' : ''}\n`;
    for (const other of others) text += `# * ${commented(other)}\n`;
    text += '#\n';
  }
  return text;
}

/** Every line of it a comment. */
function commented(text: string): string {
  return text.replace(/\n(?=[^#])/g, '\n# ');
}

/** Without lines that are comments (ManualStrip). */
export function withoutComments(text: string): string {
  const lines = text.split('\n');
  const isComment = (line: string) => line.trim().startsWith('#') && !line.trim().startsWith('#!');
  return lines.map((line, i) => (isComment(line) ? '' : i < lines.length - 1 ? `${line}\n` : line)).join('');
}

/** What counts of a text, to compare by: its value where it has one (StripComments). */
export function contentOf(text: string): string {
  try {
    return stringifyGo(parseYaml(text));
  } catch {
    return withoutComments(text);
  }
}

/** True where there is more than blanks and comments. */
export function hasLines(text: string): boolean {
  return text.split('\n').some((line) => line.trim() !== '' && !line.trim().startsWith('#'));
}
