/** Literals of strings and bytes (cel-go `parser/unescape.go`). */

const SIMPLE: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
  '`': 96,
  '?': 63,
};

/** @throws Error for what is no character. */
export function unescapeString(literal: string): string {
  const { body, raw } = unquote(literal);
  if (raw || !body.includes('\\')) return body;
  return body.replace(ESCAPE, (sequence) => {
    const code = codeOf(sequence);
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) throw new Error('invalid unicode code point');
    return String.fromCodePoint(code);
  });
}

/** @throws Error for an escape that bytes do not have. */
export function unescapeBytes(literal: string): Uint8Array {
  const { body, raw } = unquote(literal);
  const encoder = new TextEncoder();
  if (raw) return encoder.encode(body);
  const bytes: number[] = [];
  let at = 0;
  for (const { 0: sequence, index } of body.matchAll(ESCAPE)) {
    bytes.push(...encoder.encode(body.slice(at, index)));
    if (/^\\[uU]/.test(sequence)) throw new Error('unable to unescape string');
    bytes.push(codeOf(sequence));
    at = index + sequence.length;
  }
  bytes.push(...encoder.encode(body.slice(at)));
  return Uint8Array.from(bytes);
}

const ESCAPE = /\\(?:[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|.)/gsu;

function codeOf(sequence: string): number {
  const directive = sequence[1] as string;
  if (/[xXuU]/.test(directive)) return Number.parseInt(sequence.slice(2), 16);
  return SIMPLE[directive] ?? Number.parseInt(sequence.slice(1), 8);
}

function unquote(literal: string): { body: string; raw: boolean } {
  const raw = /^[rR]/.test(literal);
  const quoted = (raw ? literal.slice(1) : literal).replace(/\r\n?/g, '\n');
  const length = /^("""|''')/.test(quoted) && quoted.length >= 6 ? 3 : 1;
  return { body: quoted.slice(length, -length), raw };
}
