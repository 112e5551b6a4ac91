/** The flags of `certificate approve` and `certificate deny`. */
import type { Flag } from '../command';
import { filenameFlags, printFlags } from '../flag-sets';

export function decisionFlags(force: string): Flag[] {
  return [
    ...printFlags(),
    { name: 'force', type: 'bool', usage: force },
    ...filenameFlags('Filename, directory, or URL to files identifying the resource to update'),
  ];
}
