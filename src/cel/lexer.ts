/** Tokens (cel-go `parser/gen/CEL.g4`). The longest match counts; what matches nothing is reported and left out. */
import type { Issue } from './source';

/** In the order in which sets of tokens are told. */
export const TOKENS = [
  '<EOF>',
  "'=='",
  "'!='",
  "'in'",
  "'<'",
  "'<='",
  "'>='",
  "'>'",
  "'&&'",
  "'||'",
  "'['",
  "']'",
  "'{'",
  "'}'",
  "'('",
  "')'",
  "'.'",
  "','",
  "'-'",
  "'!'",
  "'?'",
  "':'",
  "'+'",
  "'*'",
  "'/'",
  "'%'",
  "'true'",
  "'false'",
  "'null'",
  'NUM_FLOAT',
  'NUM_INT',
  'NUM_UINT',
  'STRING',
  'BYTES',
  'IDENTIFIER',
  'ESC_IDENTIFIER',
] as const;
export type TokenType = (typeof TOKENS)[number];

export interface Token {
  readonly type: TokenType;
  readonly text: string;
  readonly offset: number;
  /** Behind its last code point. */
  readonly end: number;
}

export type Piece = Omit<Token, 'type'> & { readonly type: TokenType | undefined };

const OPERATORS = TOKENS.filter((name) => /^'[^a-z]+'$/.test(name)).map((name) => name.slice(1, -1));
const WORDS = new Set(['in', 'true', 'false', 'null']);

const ESCAPE = '\\\\(?:[abfnrtv"\'\\\\?`]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})';
const STRING = [
  `"""(?:${ESCAPE}|[^\\\\])*?"""`,
  `'''(?:${ESCAPE}|[^\\\\])*?'''`,
  `"(?:${ESCAPE}|[^\\\\"\\n\\r])*"`,
  `'(?:${ESCAPE}|[^\\\\'\\n\\r])*'`,
  '[rR]"""[^]*?"""',
  "[rR]'''[^]*?'''",
  '[rR]"[^"\\n\\r]*"',
  "[rR]'[^'\\n\\r]*'",
].map((part) => new RegExp(part, 'uy'));
const PATTERNS: readonly [TokenType | undefined, RegExp][] = [
  [undefined, /[\t \r\n\f]+/uy],
  [undefined, /\/\/[^\n]*/uy],
  ['NUM_FLOAT', /[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?/uy],
  ['NUM_UINT', /0x[0-9a-fA-F]+[uU]|[0-9]+[uU]/uy],
  ['NUM_INT', /0x[0-9a-fA-F]+|[0-9]+/uy],
  ['IDENTIFIER', /[A-Za-z_][A-Za-z0-9_]*/uy],
  ['ESC_IDENTIFIER', /`[A-Za-z0-9_.\-/ ]+`/uy],
];

/** The tokens of a text, and between them (`type` undefined) what separates them. */
export function tokenize(text: string, issues: Issue[]): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let offset = 0;
  while (at < text.length) {
    const [type, length] = longest(text, at);
    const found = length === 0 ? unrecognized(text, at) : text.slice(at, at + length);
    const points = Array.from(found).length;
    if (length === 0) issues.push({ message: `Syntax error: token recognition error at: '${visible(found)}'`, offset });
    else pieces.push({ type, text: found, offset, end: offset + points });
    at += found.length;
    offset += points;
  }
  pieces.push({ type: '<EOF>', text: '<EOF>', offset, end: offset });
  return pieces;
}

function longest(text: string, at: number): [TokenType | undefined, number] {
  let best: [TokenType | undefined, number] = [undefined, 0];
  const offer = (type: TokenType | undefined, length: number) => {
    if (length > best[1]) best = [type, length];
  };
  for (const operator of OPERATORS)
    if (text.startsWith(operator, at)) offer(`'${operator}'` as TokenType, operator.length);
  for (const [type, pattern] of PATTERNS) {
    const match = matchAt(pattern, text, at);
    offer(type === 'IDENTIFIER' && WORDS.has(match) ? (`'${match}'` as TokenType) : type, match.length);
  }
  const isBytes = /[bB]/.test(text[at] as string);
  for (const pattern of STRING) {
    offer('STRING', matchAt(pattern, text, at).length);
    if (isBytes) {
      const length = matchAt(pattern, text, at + 1).length;
      if (length > 0) offer('BYTES', length + 1);
    }
  }
  return best;
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** What the generated lexer has read when it finds that it fits no token: up to and with what does not fit. */
function unrecognized(text: string, at: number): string {
  const first = String.fromCodePoint(text.codePointAt(at) as number);
  const opening = /^[bB]?[rR]?("""|'''|"|')/.exec(text.slice(at, at + 5));
  if (opening) {
    const quote = opening[1] as string;
    const raw = /^[bB]?[rR]/.test(opening[0]);
    const body = new RegExp(
      raw ? '[^\\n\\r]*' : `(?:${ESCAPE}|[^\\\\${quote[0]}${quote.length === 1 ? '\\n\\r' : ''}])*`,
      'uy',
    );
    const read = opening[0] + matchAt(body, text, at + opening[0].length);
    return read + partialEscape(text.slice(at + read.length));
  }
  if (first === '`') {
    const read = /^`[A-Za-z0-9_.\-/ ]*/.exec(text.slice(at)) as RegExpExecArray;
    return (
      read[0] +
      Array.from(text.slice(at + read[0].length))
        .slice(0, 1)
        .join('')
    );
  }
  if ('=&|'.includes(first))
    return (
      first +
      Array.from(text.slice(at + 1))
        .slice(0, 1)
        .join('')
    );
  return first;
}

/** The escape that a string failed at, with the character that is wrong in it; or the line's end. */
function partialEscape(rest: string): string {
  if (rest[0] !== '\\') return Array.from(rest).slice(0, 1).join('');
  const longestPrefix =
    /^\\(?:[xX][0-9a-fA-F]{0,1}|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7}|[0-3][0-7]?)?/.exec(rest)?.[0] ?? '';
  return longestPrefix + Array.from(rest.slice(longestPrefix.length)).slice(0, 1).join('');
}

/** As the lexer shows line ends and tabs. */
function visible(text: string): string {
  return text.replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r');
}
