/** Selectors as commands take them, for objects that hold them in the object form (metav1.ParseToLabelSelector). */
import { parseLabelSelector } from '../apimachinery/labels';
import { CommandError } from './command';
import { messageOf } from './errors';

export interface ParsedSelector {
  labels: Map<string, string>;
  expressions: { key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; values: string[] }[];
}

const OPERATORS = { in: 'In', notin: 'NotIn', exists: 'Exists', '!': 'DoesNotExist' } as const;

/** Throws in kubectl's words for what is no selector, or none that the object form has. */
export function parseSelector(text: string): ParsedSelector {
  const selector: ParsedSelector = { labels: new Map(), expressions: [] };
  for (const { key, operator, values } of requirementsOf(text)) {
    switch (operator) {
      case '=':
      case '==':
        selector.labels.set(key, values[0] ?? '');
        break;
      case '!=':
        throw new CommandError('"!=" is not a valid label selector operator');
      case 'gt':
      case 'lt':
        throw new CommandError(`${JSON.stringify(operator)} isn't supported in label selectors`);
      default:
        selector.expressions.push({ key, operator: OPERATORS[operator], values: [...values].sort() });
    }
  }
  return selector;
}

function requirementsOf(text: string) {
  try {
    return parseLabelSelector(text).requirements;
  } catch (error) {
    throw new CommandError(`couldn't parse the selector string "${text}": ${messageOf(error)}`);
  }
}
