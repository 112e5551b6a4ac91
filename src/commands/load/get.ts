/** `load get`: what is declared. */
import type { Command } from '../command';
import { allNamespacesFlag } from '../flag-sets';

const command: Command = {
  use: 'get [(TYPE/NAME | TYPE NAME)]',
  short: 'Show what is declared, and how much that is now',
  long: 'Show what was declared with load set of an object, or of all of a namespace, and how much that is now. Where there is noise, what is now is shown without it, after "~".',
  examples:
    '# Of one deployment\nkubectl load get deployment/web\n\n# Everywhere, as objects\nkubectl load get -A -o yaml',
  flags: [
    allNamespacesFlag,
    { name: 'output', shorthand: 'o', type: 'string', usage: 'Output format. One of: (json, yaml).' },
  ],
  completion: { offer: 'types-and-names' },
  async run(invocation) {
    const { runGet } = await import('./run-get');
    await runGet(invocation);
  },
};

export default command;
