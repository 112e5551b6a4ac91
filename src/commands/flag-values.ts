/** The texts that flags take, by type, and what is wrong with them in Go's words (pflag's Value.Set). */

import { formatDuration, parseDuration } from '../apimachinery/duration';
import type { Flag, FlagType } from './command';

export type FlagValue = string | number | boolean | string[];

/**
 * One more occurrence of a flag: its text joined to what earlier occurrences gave. Throws an Error whose message is the
 * cause that pflag names: `strconv.ParseInt: parsing "x": invalid syntax`.
 */
export function parseFlagValue(type: FlagType, text: string, previous: FlagValue | undefined): FlagValue {
  switch (type) {
    case 'bool':
      return parseBool(text);
    case 'int':
      return parseInteger(text, 64);
    case 'int32':
      return parseInteger(text, 32);
    case 'duration':
      return parseDuration(text);
    case 'stringArray':
      return [...earlier(previous), text];
    case 'stringSlice':
      return [...earlier(previous), ...splitCsv(text)];
    case 'stringToString':
      return [...earlier(previous), ...splitPairs(text)];
    default:
      return text;
  }
}

/** A flag's value when it is absent. */
export function defaultFlagValue(flag: Flag): FlagValue {
  if (flag.default !== undefined) {
    return flag.type === 'duration' && typeof flag.default === 'string' ? parseDuration(flag.default) : flag.default;
  }
  switch (flag.type) {
    case 'bool':
      return false;
    case 'int':
    case 'int32':
    case 'duration':
      return 0;
    case 'string':
      return '';
    default:
      return [];
  }
}

/** A flag's default as help shows it (pflag's DefValue). */
export function formatFlagDefault(flag: Flag): string {
  if (flag.shownDefault !== undefined) return flag.shownDefault;
  const value = defaultFlagValue(flag);
  if (Array.isArray(value)) return `[${value.join(',')}]`;
  return flag.type === 'duration' ? formatDuration(value as number) : String(value);
}

function earlier(previous: FlagValue | undefined): string[] {
  return Array.isArray(previous) ? previous : [];
}

/** strconv.ParseBool. */
export function parseBool(text: string): boolean {
  switch (text) {
    case '1':
    case 't':
    case 'T':
    case 'TRUE':
    case 'true':
    case 'True':
      return true;
    case '0':
    case 'f':
    case 'F':
    case 'FALSE':
    case 'false':
    case 'False':
      return false;
    default:
      throw new Error(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
}

/** strconv.ParseInt with base 0: decimal, 0x, 0o, 0b, a leading 0 for octal, underscores between digits. */
function parseInteger(text: string, bits: 32 | 64): number {
  const complain = (what: string) => new Error(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${what}`);
  const match =
    /^([+-]?)(0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|0[bB]_?[01]+(?:_[01]+)*|0[oO]?_?[0-7]+(?:_[0-7]+)*|0|[1-9]\d*(?:_\d+)*)$/.exec(
      text,
    );
  if (!match) throw complain('invalid syntax');
  let digits = (match[2] as string).replace(/_/g, '').toLowerCase();
  if (/^0[0-7]/.test(digits)) digits = `0o${digits.slice(1)}`;
  const value = match[1] === '-' ? -BigInt(digits) : BigInt(digits);
  if (value !== BigInt.asIntN(bits, value)) throw complain('value out of range');
  return Number(value);
}

/** One record of comma-separated values as encoding/csv reads it: quotes around a value let it hold commas. */
export function splitCsv(text: string): string[] {
  if (text === '') return [];
  if (!text.includes('"')) return text.split(',');
  const values: string[] = [];
  let i = 0;
  for (;;) {
    let value = '';
    if (text[i] === '"') {
      for (i++; ; i++) {
        if (i >= text.length)
          throw new Error(`parse error on line 1, column ${i + 1}: extraneous or missing " in quoted-field`);
        if (text[i] !== '"') value += text[i];
        else if (text[i + 1] === '"') value += text[++i];
        else break;
      }
      i++;
      if (i < text.length && text[i] !== ',')
        throw new Error(`parse error on line 1, column ${i + 1}: extraneous or missing " in quoted-field`);
    } else {
      const end = text.indexOf(',', i);
      value = end < 0 ? text.slice(i) : text.slice(i, end);
      const quote = value.indexOf('"');
      if (quote >= 0) throw new Error(`parse error on line 1, column ${i + quote + 1}: bare " in non-quoted-field`);
      i += value.length;
    }
    values.push(value);
    if (i >= text.length) return values;
    i++;
  }
}

/** `a=1,b=2`; a text with one `=` is one pair, commas and all (pflag's stringToString). */
function splitPairs(text: string): string[] {
  const pairs = text.split('=').length - 1 === 1 ? [text] : splitCsv(text);
  for (const pair of pairs) if (!pair.includes('=')) throw new Error(`${pair} must be formatted as key=value`);
  return pairs;
}
