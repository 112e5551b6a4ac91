/** Times as Go reads them (time.Parse with RFC3339, metav1.Time and MicroTime), with its complaints. */
import { formatMicroTime, formatTime, parseTime } from '../apimachinery/time';

const LAYOUT = '2006-01-02T15:04:05Z07:00';
const MICRO_LAYOUT = '2006-01-02T15:04:05.000000Z07:00';
const ZERO = '0001-01-01T00:00:00';
/** What Go itself wrote, but for the days that not every month has: nothing to do. */
const CANONICAL = /^(?!0001-01-01)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;

/** The text that Go writes for a time that it reads: UTC, whole seconds or six places; null for the zero time. */
export function canonicalTime(
  text: string,
  micro: boolean,
): { text: string | null; error?: undefined } | { text?: undefined; error: string } {
  if (!micro && CANONICAL.test(text)) return { text };
  let milliseconds = micro && !/\.\d{6}(?:Z|[+-])/.test(text) ? undefined : parseTime(text);
  if (milliseconds === undefined) {
    const parsed = step(text, micro ? MICRO_LAYOUT : LAYOUT);
    if (typeof parsed === 'string') return { error: parsed };
    milliseconds = parsed;
  }
  const written = micro ? formatMicroTime(milliseconds) : formatTime(milliseconds);
  return { text: written.startsWith(ZERO) ? null : written };
}

const ELEMENTS = ['2006', '-', '01', '-', '02', 'T', '15', ':', '04', ':', '05', '.000000', 'Z07:00'];
const RANGES: Record<string, [number, number, string]> = {
  '01': [1, 12, 'month'],
  '15': [0, 23, 'hour'],
  '04': [0, 59, 'minute'],
  '05': [0, 59, 'second'],
};

/** time.parse: element by element; milliseconds, or the text of its ParseError. */
function step(text: string, layout: string): number | string {
  const cannot = (rest: string, element: string) =>
    `parsing time ${quote(text)} as ${quote(layout)}: cannot parse ${quote(rest)} as ${quote(element)}`;
  const outOfRange = (what: string) => `parsing time ${quote(text)}: ${what} out of range`;
  const micro = layout === MICRO_LAYOUT;
  const parts: Record<string, string> = {};
  let rest = text;
  for (const element of ELEMENTS) {
    if (element === '.000000' && !micro) continue;
    const match = PATTERNS[element]?.exec(rest);
    if (!match) return cannot(rest, element);
    parts[element] = match[0];
    rest = rest.slice(match[0].length);
    const range = RANGES[element];
    const value = Number(match[0]);
    if (range && (value < range[0] || value > range[1])) return outOfRange(range[2]);
    if (element === '05' && !micro) {
      const fraction = /^[.,]\d+/.exec(rest)?.[0] ?? '';
      parts['fraction'] = fraction;
      rest = rest.slice(fraction.length);
    }
    if (element === 'Z07:00' && match[0] !== 'Z') {
      if (Number(match[0].slice(1, 3)) > 24) return outOfRange('time zone offset hour');
      if (Number(match[0].slice(4, 6)) > 60) return outOfRange('time zone offset minute');
    }
  }
  if (rest !== '') return `parsing time ${quote(text)}: extra text: ${quote(rest)}`;
  const fraction = micro ? parts['.000000'] : parts['fraction'];
  const hour = parts['15']?.padStart(2, '0');
  const normal = `${parts['2006']}-${parts['01']}-${parts['02']}T${hour}:${parts['04']}:${parts['05']}${fraction}${parts['Z07:00']}`;
  return parseTime(normal) ?? outOfRange('day');
}

const PATTERNS: Record<string, RegExp> = {
  '2006': /^\d{4}/,
  '-': /^-/,
  T: /^T/,
  ':': /^:/,
  '01': /^\d\d/,
  '02': /^\d\d/,
  '15': /^\d\d?/,
  '04': /^\d\d/,
  '05': /^\d\d/,
  '.000000': /^[.,]\d{6}/,
  'Z07:00': /^(?:Z|[+-]\d\d:\d\d)/,
};

/** Go's quote in package time: printable ASCII as it is, `"` and `\` escaped, the rest by bytes. */
function quote(text: string): string {
  let quoted = '"';
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (character === '"' || character === '\\') quoted += `\\${character}`;
    else if (code >= 0x20 && code < 0x80) quoted += character;
    else for (const byte of new TextEncoder().encode(character)) quoted += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `${quoted}"`;
}
