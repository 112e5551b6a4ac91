/**
 * Writes KYAML: YAML with braces, quotes on every string and none on plain keys, which no parser can mistake
 * (sigs.k8s.io/yaml kyaml/kyaml.go).
 */
import { isObject, type Json } from '../apimachinery/json';
import { formatNumber, sortStrings } from '../apimachinery/json-text';
import { isTimestamp } from './resolve';

/** The KYAML document of a value, with its `---` and a newline at the end. Keys are sorted, or left as they stand. */
export function toKyaml(value: Json, sortKeys = true): string {
  return `---\n${render(value, 0, sortKeys)}\n`;
}

function render(value: Json, indent: number, sortKeys: boolean): string {
  if (typeof value === 'string') return quote(value, indent + 1);
  if (typeof value === 'number') return formatNumber(value);
  if (Array.isArray(value)) return sequence(value, indent, sortKeys);
  if (isObject(value)) return mapping(value, indent, sortKeys);
  return String(value);
}

function sequence(items: Json[], indent: number, sortKeys: boolean): string {
  if (items.length === 0) return '[]';
  // Lists of nothing but maps and lists keep their brackets together.
  if (items.every((item) => typeof item === 'object' && item !== null))
    return `[${items.map((item) => render(item, indent, sortKeys)).join(', ')}]`;
  const margin = '  '.repeat(indent);
  return `[\n${items.map((item) => `${margin}  ${render(item, indent + 1, sortKeys)},\n`).join('')}${margin}]`;
}

function mapping(object: { [key: string]: Json }, indent: number, sortKeys: boolean): string {
  const keys = Object.keys(object).filter((key) => object[key] !== undefined);
  if (sortKeys) sortStrings(keys);
  if (keys.length === 0) return '{}';
  const margin = '  '.repeat(indent);
  const members = keys.map(
    (key) => `${margin}  ${keyText(key)}: ${render(object[key] as Json, indent + 1, sortKeys)},\n`,
  );
  return `{\n${members.join('')}${margin}}`;
}

function keyText(key: string): string {
  if (!needsQuotes(key)) return key;
  return `"${Array.from(key, (c) => (c === '\n' ? '\\n' : c === '\t' ? '\\t' : escapeRune(c))).join('')}"`;
}

/** Text of several lines is folded: a line of KYAML for each line of text, at one margin. */
function quote(text: string, indent: number): string {
  if (!text.includes('\n')) return `"${Array.from(text, escapeValueRune).join('')}"`;
  const margin = '  '.repeat(indent);
  let out = '"\\\n';
  for (const c of text) {
    // What follows a fold loses its leading white space unless that is escaped; the extra space keeps lines aligned.
    if (out.endsWith('\n')) out += margin + (c !== '\n' && /[\s\u0085]/.test(c) && c !== '\ufeff' ? '\\' : ' ');
    out += c === '\n' ? '\\n\\\n' : escapeValueRune(c);
  }
  return `${out.endsWith('\n') ? out : `${out}\\\n`}${margin}"`;
}

function escapeValueRune(c: string): string {
  return c === '\t' ? c : escapeRune(c);
}

const ESCAPES: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\r': '\\r',
  '\v': '\\v',
  '\0': '\\0',
  '\x1b': '\\e',
  '\u0085': '\\N',
  '\u00a0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
};

function escapeRune(c: string): string {
  const named = ESCAPES[c];
  if (named !== undefined) return named;
  const code = c.codePointAt(0) as number;
  if (code >= 0x20 && code < 0x7f) return c;
  if (code > 0x7f && /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(c)) return c;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  if (code >= 0xd800 && code <= 0xdfff) return '\\ufffd';
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

function needsQuotes(text: string): boolean {
  if (/^[A-Za-z_](?:[A-Za-z0-9_]*[A-Za-z0-9_])?$/.test(text)) return isTypeAmbiguous(text);
  if (text === '' || isTypeAmbiguous(text)) return true;
  return !/^[\p{L}\p{N}_](?:[\p{L}\p{N}_./-]*[\p{L}\p{N}_])?$/u.test(text);
}

/** Whether some YAML parser might take the bare text for something other than text. */
function isTypeAmbiguous(text: string): boolean {
  switch (text.toLowerCase()) {
    case '':
    case '~':
    case 'null':
    case 'true':
    case 'y':
    case 'yes':
    case 'on':
    case 'false':
    case 'n':
    case 'no':
    case 'off':
    case '.inf':
    case '-.inf':
    case '+.inf':
    case '.nan':
    // What Go reads as a bool.
    case 't':
    case 'f':
      return true;
  }
  const plain = text.includes('_') ? text.replaceAll('_', '') : text;
  if (/^(?:[-+]?inf(?:inity)?|nan)$/i.test(plain)) return true;
  return /^[-+.\d]/.test(plain) && isNumberLike(text, plain);
}

function isNumberLike(text: string, plain: string): boolean {
  return isInteger(plain) || isFloat(plain) || isSexagesimal(text) || isTimestamp(text);
}

function isInteger(text: string): boolean {
  const match = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9]\d*)$/.exec(text);
  if (!match) return false;
  const digits = match[2] as string;
  const exact = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase());
  return exact <= (match[1] === '-' ? 1n << 63n : (1n << 63n) - 1n);
}

function isFloat(text: string): boolean {
  if (/^[-+]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][-+]?\d+$/.test(text)) return true;
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text) && Number.isFinite(Number(text));
}

function isSexagesimal(text: string): boolean {
  return /^[+-]?[1-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/.test(text);
}
