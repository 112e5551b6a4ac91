/** `label`: sets and removes labels (kubectl pkg/cmd/label/label.go). */
import { isValidLabelValue } from '../../apimachinery/names';
import { type Command, CommandError } from '../command';
import { throwCollected } from '../errors';
import type { Changes } from '../key-value-arguments';
import { editMetadata, metadataFlags } from './edit-metadata';

const command: Command = {
  use: 'label [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  short: 'Update the labels on a resource',
  completion: { offer: 'types-and-names' },
  long: `Set labels with KEY=VALUE and remove them with KEY-.

A key may have a prefix, a domain and a slash: example.com/tier. Keys and values begin and end with a letter or a digit, have letters, digits, '-', '.' and '_' between, and are at most 63 characters long.

A label that has another value already is changed with --overwrite only. With --resource-version the change is made to that version of the object or not at all.`,
  examples: `# Give a pod a label
kubectl label pods web tier=front

# Change one that it has
kubectl label --overwrite pods web tier=back

# Remove it
kubectl label pods web tier-

# All pods of this namespace
kubectl label pods --all tier=front

# What a file names
kubectl label -f web.yaml tier=front

# Only if nobody changed the pod since version 1
kubectl label pods web tier=front --resource-version=1`,
  flags: metadataFlags({
    overwrite:
      'If true, allow labels to be overwritten, otherwise reject label updates that overwrite existing labels.',
    list: 'If true, display the labels for a given resource.',
    local: 'If true, label will NOT contact api-server but run locally.',
    all: 'Select all resources, in the namespace of the specified resource types',
    resourceVersion:
      'If non-empty, the labels update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource.',
    filename: 'Filename, directory, or URL to files identifying the resource to update the labels',
    fieldManager: 'kubectl-label',
  }),
  run: (invocation) =>
    editMetadata(invocation, {
      field: 'labels',
      noun: 'label',
      file: 'pod',
      parse: parseLabels,
      refuseOverwrites,
      fieldManager: 'kubectl-label',
    }),
};

export default command;

function parseLabels(pairs: readonly string[]): Changes {
  const changes: Changes = { set: new Map(), remove: [] };
  for (const pair of pairs) {
    const parts = pair.split('=');
    if (parts.length > 2) throw new CommandError(`invalid label spec: ${pair}`);
    const [key, value] = parts as [string, string | undefined];
    if (value !== undefined) {
      const complaints = isValidLabelValue(value);
      if (complaints.length > 0) {
        throw new CommandError(`invalid label value: ${JSON.stringify(pair)}: ${complaints.join(';')}`);
      }
      changes.set.set(key, value);
    } else if (pair.endsWith('-')) changes.remove.push(pair.slice(0, -1));
    else throw new CommandError(`unknown label spec: ${pair}`);
  }
  if (changes.remove.some((key) => changes.set.has(key))) {
    throw new CommandError('can not both modify and remove a label in the same command');
  }
  return changes;
}

function refuseOverwrites(current: Readonly<Record<string, string>>, set: Changes['set']): void {
  const errors: unknown[] = [];
  for (const [key, value] of set) {
    if (Object.hasOwn(current, key) && current[key] !== value) {
      errors.push(new CommandError(`'${key}' already has a value (${current[key]}), and --overwrite is false`));
    }
  }
  throwCollected(errors);
}
