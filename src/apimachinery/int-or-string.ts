/** Fields that hold a number or a percentage (apimachinery `util/intstr`). */
import type { Json } from './json';

/**
 * The whole number that an int-or-percent stands for: `3` is 3, `'25%'` is a quarter of `total`, rounded up or down as asked
 * (intstr.GetScaledValueFromIntOrPercent). Throws for a string that is no percentage; an absent value is 0.
 */
export function scaledValue(value: Json | undefined, total: number, roundUp: boolean): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number') return value;
  const text = String(value);
  const percent = text.endsWith('%') ? Number(text.slice(0, -1)) : Number.NaN;
  if (!Number.isInteger(percent))
    throw new Error(`invalid value for IntOrString: invalid type: string is not a percentage`);
  const exact = (percent * total) / 100;
  return roundUp ? Math.ceil(exact) : Math.floor(exact);
}
