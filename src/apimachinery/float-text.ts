/** Doubles as Go's strconv.FormatFloat writes them. */

/**
 * The shortest digits that read back as the same number, Go's 'g' format and what `%v` prints: an exponent (of two digits
 * at least) below 1e-4 and from 1e6 on (FormatFloat(f, 'g', -1, bits)).
 */
export function formatShortest(value: number, bits: 32 | 64 = 64): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const { sign, digits, exponent } = shortestDigits(value, bits);
  if (exponent < -4 || exponent >= 6) return `${sign}${withExponent(digits, exponent)}`;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, '0');
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** Go's 'e' format with so many digits after the point, or with the shortest that are exact when `precision` < 0. */
export function formatExponent(value: number, precision: number): string {
  if (!Number.isFinite(value)) return formatShortest(value);
  const text = precision < 0 ? value.toExponential() : value.toExponential(Math.min(precision, 100));
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** Go's 'f' format, likewise. */
export function formatFixed(value: number, precision: number): string {
  if (!Number.isFinite(value)) return formatShortest(value);
  if (precision >= 0) {
    const negative = Object.is(value, -0) || value < 0;
    const magnitude = Math.abs(value);
    const text = magnitude < 1e21 ? roundEven(magnitude, Math.min(precision, 100)) : BigInt(magnitude).toString();
    const padded = magnitude < 1e21 || precision === 0 ? text : `${text}.${'0'.repeat(precision)}`;
    return negative ? `-${padded}` : padded;
  }
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const { sign, digits, exponent } = shortestDigits(value, 64);
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, '0');
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** toFixed, but a number that lies just between two goes to the even one, as in Go. */
function roundEven(magnitude: number, precision: number): string {
  const exact = magnitude.toFixed(Math.min(100, precision + 25));
  const end = exact.indexOf('.') + 1 + precision;
  if (!/^50*$/.test(exact.slice(end))) return magnitude.toFixed(precision);
  const cut = exact.slice(0, precision === 0 ? end - 1 : end);
  return '02468'.includes(cut[cut.length - 1] as string) ? cut : magnitude.toFixed(precision);
}

function withExponent(digits: string, exponent: number): string {
  const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`;
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function shortestDigits(value: number, bits: 32 | 64): { sign: string; digits: string; exponent: number } {
  let text = Math.abs(value).toExponential();
  if (bits === 32) {
    const single = Math.fround(Math.abs(value));
    for (let precision = 0; precision < 9; precision++) {
      text = single.toExponential(precision);
      if (Math.fround(Number(text)) === single) break;
    }
  }
  const [mantissa, exponent] = text.split('e') as [string, string];
  const digits = mantissa.replace('.', '').replace(/(?<=.)0+$/, '');
  return { sign: value < 0 ? '-' : '', digits, exponent: Number(exponent) };
}
