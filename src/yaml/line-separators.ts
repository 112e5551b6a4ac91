/**
 * Scalars with a line separator or paragraph separator in them (U+2028, U+2029). To go-yaml they end a line as any break does, but
 * stay what they are where lines are folded or kept (scannerc.go read_line, yaml_parser_scan_block_scalar, _flow_scalar, _plain_scalar).
 */
import type { Scalar } from 'yaml';

const SEPARATOR = /[\u2028\u2029]/;
const FOLD = /[ \t]*([\n\u2028\u2029])([ \t\n\u2028\u2029]*)/g;
const ESCAPE =
  /\\[\n\u2028\u2029]([ \t\n\u2028\u2029]*)|\\x([\da-fA-F]{2})|\\u([\da-fA-F]{4})|\\U([\da-fA-F]{8})|\\([\s\S])|[ \t]*([\n\u2028\u2029])([ \t\n\u2028\u2029]*)/g;
const ESCAPED: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
};

/** The text for the library, which knows one kind of break: of the same length, so that offsets stay. */
export function withLineFeeds(text: string): string {
  return text.replaceAll(/[\u2028\u2029]/g, '\n');
}

/** What the scalar says in the text as it was; undefined where nothing but line feeds ends its lines. */
export function scalarWithSeparators({ range, type, value }: Scalar, text: string): string | undefined {
  if (!range) return undefined;
  const raw = text.slice(range[0], range[1]);
  if (!SEPARATOR.test(raw)) return undefined;
  switch (type) {
    case 'QUOTE_DOUBLE':
      return raw.slice(1, -1).replace(ESCAPE, unescaped);
    case 'QUOTE_SINGLE':
      return raw.slice(1, -1).replace(FOLD, folded).replaceAll("''", "'");
    case 'BLOCK_LITERAL':
    case 'BLOCK_FOLDED':
      return blockText(raw, type === 'BLOCK_LITERAL', String(value));
    default:
      return raw.replace(FOLD, folded);
  }
}

/** A line feed alone is a blank, and with others behind it nothing; a separator is itself. */
function folded(_: string, first: string, rest: string): string {
  const others = breaksIn(rest);
  return first === '\n' ? others || ' ' : first + others;
}

const breaksIn = (text: string): string => text.replaceAll(/[ \t]/g, '');

function unescaped(whole: string, joined?: string, ...[x, u, long, letter, first, rest = '']: (string | undefined)[]) {
  if (joined !== undefined) return breaksIn(joined);
  const code = x ?? u ?? long;
  if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
  if (letter !== undefined) return ESCAPED[letter] ?? letter;
  return first === undefined ? whole : folded(whole, first, rest);
}

/** @param read how the library has read it, which tells how far its lines are indented */
function blockText(raw: string, isLiteral: boolean, read: string): string {
  const parts = raw.split(/([\n\u2028\u2029])/);
  const header = parts[0] as string;
  const lines: { text: string; end: string }[] = [];
  for (let i = 2; i < parts.length; i += 2) lines.push({ text: parts[i] as string, end: parts[i + 1] ?? '' });
  const isFull = (line: string) => /[^ ]/.test(line);
  const leading = (line = '') => /^ */.exec(line)?.[0].length ?? 0;
  const indent = leading(lines.map(({ text }) => text).find(isFull)) - leading(read.split('\n').find(isFull));
  let text = '';
  let lastBreak = '';
  let breaks = '';
  let wasBlank = false;
  for (const { text: line, end } of lines) {
    const content = line.slice(indent);
    if (content === '') {
      breaks += end;
      continue;
    }
    const isBlank = /^[ \t]/.test(content);
    const folds = !isLiteral && !wasBlank && !isBlank && lastBreak === '\n';
    text += (folds ? (breaks === '' ? ' ' : '') : lastBreak) + breaks + content;
    [lastBreak, breaks, wasBlank] = [end, '', isBlank];
  }
  const chomping = /^[^#]*?([-+])/.exec(header)?.[1];
  if (chomping === '-') return text;
  return chomping === '+' ? text + lastBreak + breaks : text + lastBreak;
}
