/** Go's fmt: what %v, %+v, %#v, %d, %q and the rest make of a value (fmt/print.go, fmt/format.go). */
import { formatExponent, formatFixed, formatShortest } from '../apimachinery/float-text';
import { sortStrings } from '../apimachinery/json-text';
import { goNumber, goType, isGoMap } from './go-values';

/** fmt.Sprint of one value: %v. */
export function goString(value: unknown): string {
  return formatValue(value, { ...PLAIN, verb: 'v' }, 0);
}

/** %#v: Go syntax. */
export function goSyntax(value: unknown): string {
  return formatValue(value, { ...PLAIN, verb: 'v', sharp: true }, 0);
}

/** fmt.Sprint: a space between two operands where neither is a string. */
export function sprint(values: readonly unknown[]): string {
  let text = '';
  values.forEach((value, i) => {
    if (i > 0 && typeof value !== 'string' && typeof values[i - 1] !== 'string') text += ' ';
    text += goString(value);
  });
  return text;
}

/** fmt.Sprintln: a space between all, a newline at the end. */
export function sprintln(values: readonly unknown[]): string {
  return `${values.map(goString).join(' ')}\n`;
}

interface Spec {
  verb: string;
  plus: boolean;
  minus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  width: number | undefined;
  precision: number | undefined;
}

const PLAIN: Omit<Spec, 'verb'> = {
  plus: false,
  minus: false,
  sharp: false,
  space: false,
  zero: false,
  width: undefined,
  precision: undefined,
};

/** fmt.Sprintf, mistakes and all: `%!d(string=x)`, `%!d(MISSING)`, `%!(EXTRA int=1)`. */
export function sprintf(format: string, args: readonly unknown[]): string {
  let out = '';
  let next = 0;
  let reordered = false;
  const runes = Array.from(format);
  for (let i = 0; i < runes.length; ) {
    if (runes[i] !== '%') {
      out += runes[i++];
      continue;
    }
    i++;
    const spec: Spec = { ...PLAIN, verb: '' };
    for (; ; i++) {
      const flag = runes[i];
      if (flag === '#') spec.sharp = true;
      else if (flag === '0') spec.zero = true;
      else if (flag === '+') spec.plus = true;
      else if (flag === '-') spec.minus = true;
      else if (flag === ' ') spec.space = true;
      else break;
    }
    let badIndex = false;
    const argumentNumber = (): void => {
      if (runes[i] !== '[') return;
      reordered = true;
      const close = runes.indexOf(']', i);
      const number = close < 0 ? Number.NaN : Number(runes.slice(i + 1, close).join('') || Number.NaN);
      i = close < 0 ? i + 1 : close + 1;
      if (Number.isInteger(number) && number >= 1 && number <= args.length) next = number - 1;
      else badIndex = true;
    };
    const star = (): number | undefined => {
      i++;
      const given = goNumber(args[next++]);
      return given && given.type !== 'float64' && Math.abs(Number(given.value)) <= 1e6
        ? Number(given.value)
        : undefined;
    };
    const digits = (): number | undefined => {
      let text = '';
      while (runes[i] !== undefined && /\d/.test(runes[i] as string)) text += runes[i++];
      return text === '' ? undefined : Number(text);
    };
    argumentNumber();
    if (runes[i] === '*') {
      const width = star();
      if (width === undefined) out += '%!(BADWIDTH)';
      else {
        spec.minus ||= width < 0;
        spec.width = Math.abs(width);
      }
    } else spec.width = digits();
    if (runes[i] === '.') {
      i++;
      argumentNumber();
      if (runes[i] === '*') {
        const precision = star();
        if (precision === undefined || precision < 0) out += '%!(BADPREC)';
        else spec.precision = precision;
      } else spec.precision = digits() ?? 0;
    }
    argumentNumber();
    const verb = runes[i++];
    if (verb === undefined) {
      out += '%!(NOVERB)';
      break;
    }
    if (spec.minus) spec.zero = false;
    spec.verb = verb;
    if (verb === '%') out += '%';
    else if (badIndex) out += `%!${verb}(BADINDEX)`;
    else if (next >= args.length) out += `%!${verb}(MISSING)`;
    else out += formatValue(args[next++], spec, 0);
  }
  if (!reordered && next < args.length) {
    const extra = args.slice(next).map((arg) => (arg === null || arg === undefined ? '<nil>' : typed(arg)));
    out += `%!(EXTRA ${extra.join(', ')})`;
  }
  return out;
}

function typed(value: unknown): string {
  return `${goType(value)}=${goString(value)}`;
}

function formatValue(value: unknown, spec: Spec, depth: number): string {
  const { verb } = spec;
  if (verb === 'T') return pad(goType(value), spec);
  if (value === null || value === undefined) {
    if (verb !== 'v') return `%!${verb}(<nil>)`;
    return pad(spec.sharp && depth > 0 ? 'interface {}(nil)' : '<nil>', spec);
  }
  if (typeof value === 'boolean') return verb === 't' || verb === 'v' ? pad(String(value), spec) : bad(value, verb);
  const number = goNumber(value);
  if (number) return number.type === 'float64' ? formatFloat(Number(number.value), spec) : formatInteger(value, spec);
  if (typeof value === 'string') return formatString(value, spec);
  if (typeof value === 'function') return '0x0';
  const inner = (item: unknown): string => formatValue(item, spec, depth + 1);
  const syntax = verb === 'v' && spec.sharp;
  if (Array.isArray(value)) {
    const items = value.map(inner);
    return syntax ? `[]interface {}{${items.join(', ')}}` : `[${items.join(' ')}]`;
  }
  if (!isGoMap(value)) return String(value);
  const members = sortStrings(Object.keys(value)).map((key) => `${inner(key)}:${inner(value[key])}`);
  return syntax ? `map[string]interface {}{${members.join(', ')}}` : `map[${members.join(' ')}]`;
}

function bad(value: unknown, verb: string): string {
  return `%!${verb}(${typed(value)})`;
}

function formatInteger(value: unknown, spec: Spec): string {
  const { type, value: exact } = goNumber(value) as { type: string; value: number | bigint };
  const integer = BigInt(exact);
  const unsigned = type === 'uint8';
  switch (spec.verb) {
    case 'v':
      if (spec.sharp && unsigned) return integerText(integer, 16, { ...spec, sharp: true, verb: 'x' });
      return integerText(integer, 10, spec.sharp ? { ...spec, sharp: false, plus: false } : spec);
    case 'd':
      return integerText(integer, 10, spec);
    case 'b':
      return integerText(integer, 2, spec);
    case 'o':
    case 'O':
      return integerText(integer, 8, spec);
    case 'x':
    case 'X':
      return integerText(integer, 16, spec);
    case 'c':
      return pad(rune(integer), spec);
    case 'q':
      return pad(quoteRune(rune(integer)), spec);
    case 'U': {
      const code = `U+${integer
        .toString(16)
        .toUpperCase()
        .padStart(Math.max(4, spec.precision ?? 0), '0')}`;
      return pad(spec.sharp ? `${code} '${rune(integer)}'` : code, { ...spec, zero: false });
    }
    default:
      return bad(value, spec.verb);
  }
}

function integerText(integer: bigint, base: number, spec: Spec): string {
  const negative = integer < 0n;
  let digits = (negative ? -integer : integer).toString(base);
  if (spec.verb === 'X') digits = digits.toUpperCase();
  const sign = negative ? '-' : spec.plus ? '+' : spec.space ? ' ' : '';
  let prefix = '';
  if (spec.verb === 'O') prefix = '0o';
  else if (spec.sharp)
    prefix =
      base === 2 ? '0b' : base === 16 ? (spec.verb === 'X' ? '0X' : '0x') : base === 8 && digits[0] !== '0' ? '0' : '';
  if (spec.precision !== undefined) {
    if (spec.precision === 0 && integer === 0n) return pad('', { ...spec, zero: false });
    digits = digits.padStart(spec.precision, '0');
  } else if (spec.zero && spec.width !== undefined) digits = digits.padStart(spec.width - sign.length, '0');
  return pad(sign + prefix + digits, { ...spec, zero: false });
}

function formatFloat(value: number, spec: Spec): string {
  const precision = spec.precision ?? -1;
  let text: string;
  switch (spec.verb) {
    case 'v':
      text = formatGeneral(value, precision);
      break;
    case 'g':
    case 'G':
      text = formatGeneral(value, precision);
      break;
    case 'e':
    case 'E':
      text = formatExponent(value, precision < 0 ? 6 : precision);
      break;
    case 'f':
    case 'F':
      text = formatFixed(value, precision < 0 ? 6 : precision);
      break;
    default:
      return `%!${spec.verb}(float64=${formatGeneral(value, -1)})`;
  }
  if (spec.verb === 'E' || spec.verb === 'G') text = text.toUpperCase();
  const sign = text[0] === '-' || text[0] === '+' ? text[0] : '';
  const magnitude = sign ? text.slice(1) : text;
  const shownSign =
    sign === '-' ? '-' : spec.plus ? '+' : spec.space ? ' ' : sign && !Number.isFinite(value) ? '+' : '';
  if (spec.zero && spec.width !== undefined && Number.isFinite(value))
    return shownSign + magnitude.padStart(spec.width - shownSign.length, '0');
  return pad(shownSign + magnitude, { ...spec, zero: false });
}

/** %g: the shortest, or so many significant digits. */
function formatGeneral(value: number, precision: number): string {
  if (precision < 0 || !Number.isFinite(value) || value === 0) return formatShortest(value);
  const significant = Math.max(1, Math.min(precision, 100));
  const [mantissa, exponentText] = value.toExponential(significant - 1).split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= significant) {
    const trimmed = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
    return `${trimmed}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const fixed = value.toFixed(Math.max(0, significant - 1 - exponent));
  return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
}

function formatString(text: string, spec: Spec): string {
  switch (spec.verb) {
    case 'v':
      return spec.sharp ? pad(goQuote(text), spec) : pad(truncate(text, spec), spec);
    case 's':
      return pad(truncate(text, spec), spec);
    case 'q':
      return pad(
        spec.sharp && /^[\t\x20-\x5f\x61-\x7e\x80-\ufefe\uff00-\uffff]*$/.test(text)
          ? `\`${text}\``
          : goQuote(truncate(text, spec), spec.plus),
        spec,
      );
    case 'x':
    case 'X': {
      const bytes = Array.from(new TextEncoder().encode(text)).slice(0, spec.precision);
      const prefix = spec.sharp ? `0${spec.verb}` : '';
      const hex = bytes.map((byte) => {
        const pair = byte.toString(16).padStart(2, '0');
        return spec.verb === 'X' ? pair.toUpperCase() : pair;
      });
      if (hex.length === 0) return pad('', spec);
      return pad(spec.space ? hex.map((pair) => prefix + pair).join(' ') : prefix + hex.join(''), spec);
    }
    default:
      return bad(text, spec.verb);
  }
}

function truncate(text: string, spec: Spec): string {
  return spec.precision === undefined ? text : Array.from(text).slice(0, spec.precision).join('');
}

function pad(text: string, spec: Spec): string {
  if (spec.width === undefined) return text;
  const missing = spec.width - Array.from(text).length;
  if (missing <= 0) return text;
  return spec.minus ? text + ' '.repeat(missing) : (spec.zero ? '0' : ' ').repeat(missing) + text;
}

function rune(code: bigint): string {
  return code >= 0n && code <= 0x10ffffn && !(code >= 0xd800n && code <= 0xdfffn)
    ? String.fromCodePoint(Number(code))
    : '\ufffd';
}

const ESCAPES: Record<string, string> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

/** strconv.Quote; `ascii`: QuoteToASCII. */
export function goQuote(text: string, ascii = false): string {
  if (/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(text)) return `"${text}"`;
  return `"${Array.from(text, (c) => (c === '"' ? '\\"' : escapeRune(c, ascii))).join('')}"`;
}

function quoteRune(c: string): string {
  return c === "'" ? "'\\''" : `'${escapeRune(c, false)}'`;
}

function escapeRune(c: string, ascii: boolean): string {
  const named = ESCAPES[c];
  if (named !== undefined) return named;
  const code = c.codePointAt(0) as number;
  if (code >= 0x20 && code < 0x7f) return c;
  if (!ascii && code > 0x7f && /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(c)) return c;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  if (code >= 0xd800 && code <= 0xdfff) return '\\ufffd';
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
