/** What --cpu and --memory ask for (parseResourceInput, parsePercentage in pkg/cmd/autoscale/autoscale.go). */
import { formatShortest } from '../../apimachinery/float-text';
import { parseQuantity } from '../../apimachinery/quantity';
import { CommandError } from '../command';

/** A MetricTarget of autoscaling/v2. */
export type MetricTarget =
  | { type: 'Utilization'; averageUtilization: number }
  | { type: 'AverageValue'; averageValue: string };

/** What a number without a unit counts. */
const DEFAULT_UNITS = { cpu: 'm', memory: 'Mi' } as const;

const MAX_INT32 = 2 ** 31 - 1;

/** `70%`, `500m`, or a bare number of millicores or mebibytes. @throws in upstream's words */
export function metricTarget(resource: keyof typeof DEFAULT_UNITS, given: string): MetricTarget {
  const text = given.trim();
  if (text === '') throw new CommandError('empty input');
  if (text.endsWith('%')) return { type: 'Utilization', averageUtilization: percentage(text.slice(0, -1)) };
  const number = asFloat(text);
  if (number !== undefined) return averageValue(`${formatShortest(number)}${DEFAULT_UNITS[resource]}`);
  try {
    return averageValue(text);
  } catch {
    throw new CommandError(`invalid resource ${resource} value: ${text}`);
  }
}

function averageValue(text: string): MetricTarget {
  return { type: 'AverageValue', averageValue: parseQuantity(text).toString() };
}

function percentage(text: string): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 0 && value <= MAX_INT32)) throw new CommandError(`invalid percentage value: ${text}`);
  return value;
}

/** strconv.ParseFloat for decimal numbers and names of the special ones; undefined for what is no number, or too large a one. */
function asFloat(text: string): number | undefined {
  const special = /^([+-]?)(?:(inf|infinity)|nan)$/i.exec(text);
  if (special) return special[2] ? Number(`${special[1]}Infinity`) : Number.NaN;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
