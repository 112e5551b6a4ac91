/** Conditions in the form that newer kinds share (apimachinery `pkg/apis/meta/v1/validation` ValidateConditions). */
import { duplicate, type FieldError, invalid, notSupported, required, tooLong } from '../../apimachinery/field-error';
import { isQualifiedName, regexError, utf8Length } from '../../apimachinery/names';
import { complain } from './field-checks';

interface Condition {
  type?: string;
  status?: string;
  observedGeneration?: number;
  lastTransitionTime?: string | null;
  reason?: string;
  message?: string;
}

const REASON = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
const STATUSES = ['False', 'True', 'Unknown'];

export function validateConditions(path: string, conditions: Condition[] | undefined, errors: FieldError[]): void {
  const seen = new Set<string>();
  (conditions ?? []).forEach((condition, i) => {
    const at = `${path}[${i}]`;
    const { type = '', status = '', reason = '', message = '', observedGeneration = 0 } = condition;
    if (seen.has(type)) errors.push(duplicate(`${at}.type`, type));
    seen.add(type);
    complain(`${at}.type`, type, isQualifiedName(type), errors);
    if (!STATUSES.includes(status)) errors.push(notSupported(`${at}.status`, status, STATUSES));
    if (observedGeneration < 0)
      errors.push(invalid(`${at}.observedGeneration`, observedGeneration, 'must be greater than or equal to zero'));
    if (!condition.lastTransitionTime) errors.push(required(`${at}.lastTransitionTime`));
    if (reason === '') errors.push(required(`${at}.reason`));
    else {
      if (!REASON.test(reason))
        errors.push(
          invalid(
            `${at}.reason`,
            reason,
            regexError(
              "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
              '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?',
              'my_name',
              'MY_NAME',
              'MyName',
              'ReasonA,ReasonB',
              'ReasonA:ReasonB',
            ),
          ),
        );
      if (utf8Length(reason) > 1024) errors.push(tooLong(`${at}.reason`, 1024));
    }
    if (utf8Length(message) > 32768) errors.push(tooLong(`${at}.message`, 32768));
  });
}
