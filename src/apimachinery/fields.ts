/** Field selectors: `spec.nodeName=a,status.phase!=Running` (apimachinery `fields/selector.go`). */
import { SelectorError } from './labels';

export interface FieldTerm {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** All terms must hold. None at all: everything matches. */
export class FieldSelector {
  constructor(readonly terms: readonly FieldTerm[]) {}

  get empty(): boolean {
    return this.terms.length === 0;
  }

  /** `value` gives a field's text; '' where the object has none. */
  matches(value: (field: string) => string): boolean {
    for (const term of this.terms) if ((value(term.field) === term.value) !== (term.operator === '=')) return false;
    return true;
  }

  /** The one value that this field must have, if the selector says so. */
  exactMatch(field: string): string | undefined {
    return this.terms.find((term) => term.field === field && term.operator === '=')?.value;
  }

  toString(): string {
    return this.terms.map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`).join(',');
  }
}

export const ALL_FIELDS = new FieldSelector([]);

/** `\`, `,` and `=` in a value get a backslash (fields.EscapeValue). */
export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&');
}

/**
 * Parses a field selector; terms are sorted, as upstream does.
 * @throws SelectorError: `invalid selector: 'a'; can't understand 'a'`, `invalid field selector: …`.
 */
export function parseFieldSelector(text: string): FieldSelector {
  if (text === '') return ALL_FIELDS;
  const terms: FieldTerm[] = [];
  for (const part of splitTerms(text).sort()) {
    if (part === '') continue;
    const match = /!=|==|=/.exec(part);
    if (!match) throw new SelectorError(`invalid selector: '${text}'; can't understand '${part}'`);
    terms.push({
      field: part.slice(0, match.index),
      operator: match[0] === '!=' ? '!=' : '=',
      value: unescapeValue(part.slice(match.index + match[0].length)),
    });
  }
  return new FieldSelector(terms);
}

/** At commas without a backslash before them. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function unescapeValue(text: string): string {
  if (!/[\\,=]/.test(text)) return text;
  let value = '';
  const characters = [...text];
  for (let i = 0; i < characters.length; i++) {
    const c = characters[i] as string;
    if (c === '\\') {
      const next = characters[++i];
      if (next !== '\\' && next !== ',' && next !== '=')
        throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next ?? ''}`);
      value += next;
    } else if (c === ',' || c === '=')
      throw new SelectorError(`invalid field selector: unescaped character in value: ${c.codePointAt(0)}`);
    else value += c;
  }
  return value;
}
