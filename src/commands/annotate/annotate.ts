/** `annotate`: sets and removes annotations (kubectl pkg/cmd/annotate/annotate.go). */
import { type Command, CommandError } from '../command';
import { type Changes, parsePairs } from '../key-value-arguments';
import { editMetadata, metadataFlags } from '../label/edit-metadata';
import { CHANGE_CAUSE } from '../record';

const command: Command = {
  use: 'annotate [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  short: 'Update the annotations on a resource',
  completion: { offer: 'types-and-names' },
  long: `Set annotations with KEY=VALUE and remove them with KEY-. An annotation holds any text, however long: notes, or what tools want to remember.

One that has another value already is changed with --overwrite only. With --resource-version the change is made to that version of the object or not at all.

Use "kubectl api-resources" for a complete list of supported resources.`,
  examples: `# Say what a pod is for
kubectl annotate pods web description='my frontend'

# Say something else
kubectl annotate --overwrite pods web description='my frontend running nginx'

# Remove it
kubectl annotate pods web description-

# All pods of this namespace
kubectl annotate pods --all description='my frontend'

# What a file names
kubectl annotate -f web.yaml description='my frontend'

# Only if nobody changed the pod since version 1
kubectl annotate pods web description='my frontend' --resource-version=1`,
  flags: metadataFlags({
    overwrite:
      'If true, allow annotations to be overwritten, otherwise reject annotation updates that overwrite existing annotations.',
    list: 'If true, display the annotations for a given resource.',
    local: 'If true, annotation will NOT contact api-server but run locally.',
    all: 'Select all resources, in the namespace of the specified resource types.',
    resourceVersion:
      'If non-empty, the annotation update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource.',
    filename: 'Filename, directory, or URL to files identifying the resource to update the annotation',
    fieldManager: 'kubectl-annotate',
  }),
  run: (invocation) =>
    editMetadata(invocation, {
      field: 'annotations',
      noun: 'annotation',
      file: 'rsrc',
      parse: parseAnnotations,
      refuseOverwrites,
      fieldManager: 'kubectl-annotate',
    }),
};

export default command;

function parseAnnotations(pairs: readonly string[]): Changes {
  const changes = parsePairs(pairs, 'annotation', true);
  const both = changes.remove.filter((key) => changes.set.has(key));
  if (both.length > 0) {
    throw new CommandError(
      `can not both modify and remove the following annotation(s) in the same command: ${both.join(', ')}`,
    );
  }
  return changes;
}

/** The cause of a change is another every time. */
function refuseOverwrites(current: Readonly<Record<string, string>>, set: Changes['set']): void {
  const found: string[] = [];
  for (const [key, value] of set) {
    if (key !== CHANGE_CAUSE && Object.hasOwn(current, key) && current[key] !== value) {
      found.push(`'${key}' already has a value (${current[key]})`);
    }
  }
  if (found.length > 0) {
    throw new CommandError(`--overwrite is false but found the following declared annotation(s): ${found.join('; ')}`);
  }
}
