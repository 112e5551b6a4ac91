/** Hides what a secret holds in an explanation; whether it changed is told by the verb. */
import type { Json } from '../../apimachinery/json';
import { type FieldExplanation, isAnnotation } from './explanation';

const HIDDEN = '***';

/** The field with its values hidden, where it is one that holds a secret. */
export function hideSecrets(field: FieldExplanation): FieldExplanation {
  const [first] = field.path;
  if (first !== 'data' && first !== 'stringData' && !isAnnotation(field)) return field;
  const { lastApplied, live, file, result } = field;
  const hidden = (value: Json | undefined, side: 'lastApplied' | 'live' | 'file' | 'result') =>
    value === undefined ? {} : { [side]: isAnnotation(field) ? `${HIDDEN} (${String(value).length} bytes)` : HIDDEN };
  return {
    ...field,
    ...hidden(lastApplied, 'lastApplied'),
    ...hidden(live, 'live'),
    ...hidden(file, 'file'),
    ...hidden(result, 'result'),
  };
}
