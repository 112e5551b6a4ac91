/** The flags of every command that deletes (kubectl pkg/cmd/delete/delete_flags.go). */
import type { Propagation } from '../builder/writes';
import { CommandError, type Flag, type Invocation } from '../command';
import { parseBool } from '../flag-values';

/** --cascade, --force, --grace-period, --timeout, --wait. */
export function deletionFlags(wait: boolean): Flag[] {
  return [
    {
      name: 'cascade',
      type: 'string',
      default: 'background',
      noOptDefault: 'background',
      usage:
        'Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background.',
    },
    {
      name: 'force',
      type: 'bool',
      usage:
        'If true, immediately remove resources from API and bypass graceful deletion. Note that immediate deletion of some resources may result in inconsistency or data loss and requires confirmation.',
    },
    {
      name: 'grace-period',
      type: 'int',
      default: -1,
      usage:
        'Period of time in seconds given to the resource to terminate gracefully. Ignored if negative. Set to 1 for immediate shutdown. Can only be set to 0 when --force is true (force deletion).',
    },
    {
      name: 'timeout',
      type: 'duration',
      usage:
        'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object',
    },
    {
      name: 'wait',
      type: 'bool',
      default: wait,
      usage: 'If true, wait for resources to be gone before returning. This waits for finalizers.',
    },
  ];
}

const PROPAGATIONS: Record<string, Propagation> = {
  orphan: 'Orphan',
  foreground: 'Foreground',
  background: 'Background',
};

/** --cascade, with its old boolean values (parseCascadingFlag). */
export function cascadeOf({ flags, streams }: Pick<Invocation, 'flags' | 'streams'>): Propagation {
  const text = flags.string('cascade');
  const known = Object.hasOwn(PROPAGATIONS, text) ? PROPAGATIONS[text] : undefined;
  if (known) return known;
  let boolean: boolean;
  try {
    boolean = parseBool(text);
  } catch {
    throw new CommandError(`invalid cascade value (${text}). Must be "background", "foreground", or "orphan"`);
  }
  const meant = boolean ? 'background' : 'orphan';
  streams.err(
    `warning: --cascade=${text} is deprecated (boolean value) and can be replaced with --cascade=${meant}.\n`,
  );
  return PROPAGATIONS[meant] as Propagation;
}
