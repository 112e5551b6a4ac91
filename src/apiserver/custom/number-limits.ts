/** What a schema asks of a number (kube-openapi `pkg/validation/validate/validator.go` numberValidator, `values.go`). */
import { formatShortest } from '../../apimachinery/float-text';
import type { JsonSchema } from '../../schema/json-schema';
import type { Complaint } from './validate-value';

const MAX_INT32 = 2 ** 31 - 1;
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_FLOAT32 = 3.4028235677973366e38;

export function numberComplaints(value: number | bigint, schema: JsonSchema, path: string): Complaint[] {
  const complaints: Complaint[] = [];
  const isWhole = typeof value === 'bigint' || Number.isInteger(value);
  const other = (message: string) => complaints.push({ kind: 'other', name: path, value, message });
  const inRange = (number: number | bigint, what: string): boolean => {
    const complaint = rangeComplaint(number, schema, what, path);
    if (complaint) complaints.push({ kind: 'plain', name: '', message: complaint });
    return complaint === undefined;
  };
  inRange(value, 'Checked');
  const { multipleOf, maximum, minimum } = schema;
  if (typeof multipleOf === 'number') {
    const factor = inRange(multipleOf, 'MultipleOf') && isWhole ? Math.trunc(multipleOf) : multipleOf;
    if (factor <= 0) {
      const message = `factor MultipleOf declared for ${path} must be positive: ${formatShortest(factor)}`;
      complaints.push({ kind: 'other', name: path, value: factor, message });
    } else if (!isMultiple(value, factor)) other(`${path} in body should be a multiple of ${text(factor, isWhole)}`);
  }
  // Where both are whole they are compared as such, however large.
  const limit = (number: number, what: string) => (inRange(number, what) && isWhole ? Math.trunc(number) : number);
  if (typeof maximum === 'number') {
    const most = limit(maximum, 'Maximum boundary');
    if (schema.exclusiveMaximum ? value >= most : value > most)
      other(
        `${path} in body should be less than ${schema.exclusiveMaximum ? '' : 'or equal to '}${text(most, isWhole)}`,
      );
  }
  if (typeof minimum === 'number') {
    const least = limit(minimum, 'Minimum boundary');
    if (schema.exclusiveMinimum ? value <= least : value < least)
      other(
        `${path} in body should be greater than ${schema.exclusiveMinimum ? '' : 'or equal to '}${text(least, isWhole)}`,
      );
  }
  return complaints;
}

function text(value: number, whole: boolean): string {
  return whole && Number.isInteger(value) ? String(BigInt(value)) : formatShortest(value);
}

function isMultiple(value: number | bigint, factor: number): boolean {
  if (Number.isInteger(factor) && (typeof value === 'bigint' || Number.isInteger(value)))
    return BigInt(value) % BigInt(factor) === 0n;
  const multiple = factor < 1 ? (1 / factor) * Number(value) : Number(value) / factor;
  return isJsonInteger(multiple);
}

/** swag.IsFloat64AJSONInteger: whole, but for what the precision of a double leaves. */
function isJsonInteger(value: number): boolean {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  const difference = Math.abs(value - Math.trunc(value));
  if (value === Math.trunc(value)) return true;
  if (value === 0 || Math.trunc(value) === 0 || difference < Number.MIN_VALUE)
    return difference < 1e-9 * Number.MIN_VALUE;
  return difference / Math.min(Math.abs(value) + Math.abs(Math.trunc(value)), Number.MAX_VALUE) < 1e-9;
}

/** IsValueValidAgainstRange: within its type and format; not told of what field by field, as upstream. */
function rangeComplaint(value: number | bigint, schema: JsonSchema, what: string, path: string): string | undefined {
  const type = schema['x-kubernetes-int-or-string'] ? '' : schema.type;
  const format = schema.format ?? '';
  if (type === 'integer') {
    const isInt32 = format === 'int32';
    const known = isInt32 || format === 'int64';
    const whole = typeof value === 'bigint' || Number.isInteger(value);
    const [low, high] = isInt32 ? [-MAX_INT32 - 1, MAX_INT32] : [-MAX_INT64 - 1n, MAX_INT64];
    if (whole && value >= low && value <= high) return undefined;
    return `${what} value must be of type integer ${known ? `with format ${format}` : '(default format)'} in ${path}`;
  }
  if (type === 'number' && format === 'float' && Math.abs(Number(value)) > MAX_FLOAT32)
    return `${what} value must be of type number with format float in ${path}`;
  return undefined;
}
