/** The flags with which apply and diff tell field by field what they do. Kubetick's own. */
import type { Flag } from '../command';

export const explainFlags: readonly Flag[] = [
  {
    name: 'explain',
    type: 'bool',
    usage:
      'If true, tell field by field what was last applied, what is live, what the file says, what comes of it and which rule decided. As a table, or with -o json or -o yaml.',
    own: true,
  },
  {
    name: 'show-unchanged',
    type: 'bool',
    usage: 'If true, --explain lists also the fields that stay as they are, which it only counts otherwise.',
    own: true,
  },
];
