/** What a plain YAML scalar means: YAML 1.1 as go-yaml v2 has it (resolve.go), for reading and for knowing when to quote. */

export type Resolved =
  | { tag: '!!str' | '!!timestamp'; value: string }
  | { tag: '!!bool'; value: boolean }
  | { tag: '!!null'; value: null }
  | { tag: '!!int'; value: number | bigint }
  | { tag: '!!float'; value: number }
  | { tag: '!!merge'; value: string };

const INT64_MAX = 9223372036854775807n;
const UINT64_MAX = 18446744073709551615n;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const BASE60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/**
 * Resolves an untagged plain scalar. Whole numbers are numbers where a double holds them and bigints where only int64 or
 * uint64 does; larger ones are floats. Base 60 is text, as it is in go-yaml.
 */
export function resolvePlain(text: string): Resolved {
  const c = text.charCodeAt(0);
  // Digits and signs; a point; the letters that a known word can begin with.
  if ((c >= 0x30 && c <= 0x39) || c === 0x2b || c === 0x2d) return resolveNumber(text);
  switch (text) {
    case 'y':
    case 'Y':
    case 'yes':
    case 'Yes':
    case 'YES':
    case 'true':
    case 'True':
    case 'TRUE':
    case 'on':
    case 'On':
    case 'ON':
      return { tag: '!!bool', value: true };
    case 'n':
    case 'N':
    case 'no':
    case 'No':
    case 'NO':
    case 'false':
    case 'False':
    case 'FALSE':
    case 'off':
    case 'Off':
    case 'OFF':
      return { tag: '!!bool', value: false };
    case '':
    case '~':
    case 'null':
    case 'Null':
    case 'NULL':
      return { tag: '!!null', value: null };
    case '.nan':
    case '.NaN':
    case '.NAN':
      return { tag: '!!float', value: Number.NaN };
    case '.inf':
    case '.Inf':
    case '.INF':
      return { tag: '!!float', value: Number.POSITIVE_INFINITY };
    case '<<':
      // go-yaml looks this up only behind a hint that `<` doesn't have: the merge key is found by its node instead.
      return { tag: '!!str', value: text };
  }
  if (c === 0x2e && /^\.\d+(?:_\d+)*(?:[eE][-+]?\d+(?:_\d+)*)?$/.test(text)) {
    const value = Number(text.replaceAll('_', ''));
    if (Number.isFinite(value)) return { tag: '!!float', value };
  }
  return { tag: '!!str', value: text };
}

/** True when text written plain would be read as something else than that text (the writer quotes it then). */
export function isAmbiguous(text: string): boolean {
  const c = text.charCodeAt(0);
  return (
    resolvePlain(text).tag !== '!!str' || (((c >= 0x30 && c <= 0x39) || c === 0x2b || c === 0x2d) && isBase60(text))
  );
}

function isBase60(text: string): boolean {
  return text.includes(':') && BASE60.test(text);
}

function resolveNumber(text: string): Resolved {
  switch (text) {
    case '+.inf':
    case '+.Inf':
    case '+.INF':
      return { tag: '!!float', value: Number.POSITIVE_INFINITY };
    case '-.inf':
    case '-.Inf':
    case '-.INF':
      return { tag: '!!float', value: Number.NEGATIVE_INFINITY };
  }
  if (isTimestamp(text)) return { tag: '!!timestamp', value: text };
  const plain = text.replaceAll('_', '');
  const integer = parseInteger(plain);
  if (integer !== undefined) return { tag: '!!int', value: integer };
  if (FLOAT.test(plain)) {
    const value = Number(plain);
    if (Number.isFinite(value)) return { tag: '!!float', value };
  }
  return { tag: '!!str', value: text };
}

const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;

/** strconv.ParseInt(text, 0, 64), else ParseUint; undefined when it is neither. */
function parseInteger(text: string): number | bigint | undefined {
  const match = INTEGER.exec(text);
  if (!match) return undefined;
  const [, sign, hex, binary, octal, decimal] = match;
  const exact = BigInt(
    hex !== undefined
      ? `0x${hex}`
      : binary !== undefined
        ? `0b${binary}`
        : octal !== undefined
          ? `0o${octal}`
          : (decimal as string),
  );
  if (sign === '-') {
    if (exact > INT64_MAX + 1n) return undefined;
    return narrow(-exact);
  }
  // ParseUint knows no sign.
  if (exact > (sign === '+' ? INT64_MAX : UINT64_MAX)) return undefined;
  return narrow(exact);
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const TIMESTAMP =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[+-](\d{2}):(\d{2})))|(?: +(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?))?$/;

/** One of the four forms that go-yaml takes for a time (parseTimestamp). */
export function isTimestamp(text: string): boolean {
  if (text.charCodeAt(4) !== 0x2d) return false;
  const match = TIMESTAMP.exec(text);
  if (!match) return false;
  const [year, month, day] = match.slice(1, 4).map(Number) as [number, number, number];
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] as number;
  if (day > days) return false;
  const [hour, minute, second] = [match[4] ?? match[9], match[5] ?? match[10], match[6] ?? match[11]].map((part) =>
    Number(part ?? 0),
  ) as [number, number, number];
  return hour < 24 && minute < 60 && second < 60 && Number(match[7] ?? 0) <= 24 && Number(match[8] ?? 0) < 60;
}
