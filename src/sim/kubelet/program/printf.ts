/** `printf` and `echo -e` (POSIX.1 printf). */
import { UnknownCommand } from './program';

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** `\c` ends the text there. */
export function unescapeEcho(text: string): string {
  const end = /(?<!\\)(?:\\\\)*\\c/.exec(text);
  const kept = end ? text.slice(0, end.index + end[0].length - 2) : text;
  return unescaped(kept, /\\(?:0([0-7]{1,3})|x([0-9a-fA-F]{1,2})|([\s\S]))/g);
}

function unescaped(text: string, pattern: RegExp): string {
  return text.replace(pattern, (whole, octal?: string, hex?: string, letter?: string) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return ESCAPES[letter ?? ''] ?? whole;
  });
}

/** The format is used again until no argument is left. @throws UnknownCommand */
export function formatPrintf(words: readonly string[]): string {
  const [first = '', ...rest] = words;
  const [format = '', ...args] = first === '--' ? rest : words;
  if (words.length === 0) throw new UnknownCommand();
  let text = '';
  let at = 0;
  do {
    const before = at;
    text += formatOnce(format, () => args[at++]);
    // A format that takes nothing is used once.
    if (at === before) break;
  } while (at < args.length);
  return text;
}

function formatOnce(format: string, next: () => string | undefined): string {
  let text = '';
  let done = 0;
  for (const match of format.matchAll(/%([-+ 0#]*)(\d*)(?:\.(\d+))?([%bcdiosuxX])/g)) {
    text += escapes(format.slice(done, match.index));
    done = match.index + match[0].length;
    const [, flags = '', width = '', precision, kind = ''] = match;
    if (kind === '%') text += '%';
    else text += padded(converted(kind, next(), flags, precision), Number(width), flags, kind);
  }
  const rest = format.slice(done);
  if (/%/.test(rest)) throw new UnknownCommand();
  return text + escapes(rest);
}

function escapes(text: string): string {
  return unescaped(text, /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|([\s\S]))/g);
}

function converted(kind: string, arg: string | undefined, flags: string, precision: string | undefined): string {
  if (kind === 's') return (arg ?? '').slice(0, precision === undefined ? undefined : Number(precision));
  if (kind === 'b') return unescapeEcho(arg ?? '');
  if (kind === 'c') return (arg ?? '').slice(0, 1);
  const number = Number(arg ?? 0);
  if (!Number.isInteger(number) || (arg !== undefined && arg.trim() === '')) throw new UnknownCommand();
  const digits = (radix: number) => Math.abs(number).toString(radix);
  if (kind === 'd' || kind === 'i') return `${number < 0 ? '-' : flags.includes('+') ? '+' : ''}${digits(10)}`;
  if (number < 0) throw new UnknownCommand();
  if (kind === 'o') return digits(8);
  if (kind === 'u') return digits(10);
  return kind === 'x' ? digits(16) : digits(16).toUpperCase();
}

function padded(text: string, width: number, flags: string, kind: string): string {
  if (flags.includes('-')) return text.padEnd(width, ' ');
  if (!flags.includes('0') || 'sbc'.includes(kind)) return text.padStart(width, ' ');
  const sign = /^[-+]/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}
