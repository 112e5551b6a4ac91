/** Taints of nodes (validateNodeTaints). */
import { type FieldError, invalid } from '../../apimachinery/field-error';
import { isQualifiedName, isValidLabelValue } from '../../apimachinery/names';
import { complain } from './field-checks';
import { validateTaintEffect } from './scheduling';

export interface Taint {
  key?: string;
  value?: string;
  effect?: string;
  timeAdded?: string;
}

export function validateTaints(path: string, taints: readonly Taint[] | undefined, errors: FieldError[]): void {
  const seen = new Set<string>();
  for (const [i, { key = '', value = '', effect = '', timeAdded }] of (taints ?? []).entries()) {
    const at = `${path}[${i}]`;
    complain(`${at}.key`, key, isQualifiedName(key), errors);
    const complaints = isValidLabelValue(value);
    if (complaints.length > 0) errors.push(invalid(`${at}.value`, value, complaints.join(';')));
    validateTaintEffect(`${at}.effect`, effect, false, errors);
    const pair = `${key}\u0000${effect}`;
    if (seen.has(pair)) {
      const internal = JSON.stringify({ Key: key, Value: value, Effect: effect, TimeAdded: timeAdded ?? null });
      errors.push({
        type: 'FieldValueDuplicate',
        field: at,
        body: `Duplicate value: ${internal}: taints must be unique by key and effect pair`,
      });
    }
    seen.add(pair);
  }
}
