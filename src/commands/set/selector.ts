/** `set selector` (kubectl pkg/cmd/set/set_selector.go). */
import { type JsonObject, setKey } from '../../apimachinery/json';
import { gvkOf, type KubeObject } from '../../apimachinery/meta';
import { patchObject } from '../builder/writes';
import { type Command, CommandError, type Invocation } from '../command';
import { manifestFiles } from '../completion/declared';
import { dryRunFlag, fieldManagerFlag, printFlags, recordFlag } from '../flag-sets';
import { type ParsedSelector, parseSelector } from '../parse-selector';
import { typedObjects } from '../typed-objects';
import { changedObject, findToSet, outputOf, refuseLocalResources } from './patch-each';

const command: Command = {
  use: 'selector (-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]',
  short: 'Set the selector on a resource',
  long: `Give a service another selector in place of the one that it has. Other kinds can't be given one.

Keys and values begin and end with a letter or a digit, have letters, digits, '-', '.' and '_' between, and are at most 63 characters long. With --resource-version the change is made to that version of the object or not at all.`,
  examples: `# Labels and selector of a service and a deployment before they are made
kubectl create service clusterip web --clusterip="None" -o yaml --dry-run=client | kubectl set selector --local -f - 'environment=qa' -o yaml | kubectl create -f -
kubectl create deployment web --image=nginx -o yaml --dry-run=client | kubectl label --local -f - environment=qa -o yaml | kubectl create -f -`,
  flags: [
    {
      name: 'filename',
      shorthand: 'f',
      type: 'stringSlice',
      usage: 'identifying the resource.',
      completion: manifestFiles,
    },
    {
      name: 'recursive',
      shorthand: 'R',
      type: 'bool',
      default: true,
      usage:
        'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory.',
    },
    { name: 'all', type: 'bool', usage: 'Select all resources in the namespace of the specified resource types' },
    { name: 'local', type: 'bool', usage: 'If true, annotation will NOT contact api-server but run locally.' },
    ...printFlags(),
    recordFlag,
    fieldManagerFlag('kubectl-set'),
    {
      name: 'resource-version',
      type: 'string',
      usage:
        'If non-empty, the selectors update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource.',
    },
    dryRunFlag,
  ],
  run,
};

export default command;

async function run(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  const text = args.at(-1);
  const selector = text === undefined ? undefined : parseSelector(text);
  const output = await outputOf(invocation, 'selector updated');
  if (selector === undefined) throw new CommandError('one selector is required');
  const resources = args.slice(0, -1);
  refuseLocalResources(invocation, resources);
  const types = await typedObjects();
  const result = await findToSet(invocation, resources, {});
  const resourceVersion = flags.string('resource-version');
  const fieldManager = invocation.fieldManager('kubectl-set');
  await result.visit(async (info) => {
    info.object = types.read(info.object as KubeObject, info.source);
    if (resourceVersion) {
      // Left out of what was there, so that the patch carries it and the server compares.
      const { resourceVersion: _, ...metadata } = info.object.metadata;
      info.object = { ...info.object, metadata };
    }
    const changed = await changedObject(
      info,
      types,
      (object) => {
        if (resourceVersion) object.metadata.resourceVersion = resourceVersion;
        setSelector(object, selector);
        return true;
      },
      invocation,
    );
    if (!changed) return;
    const { after, patch } = changed;
    const local = flags.bool('local') || output.dryRun === 'client';
    const shown = local
      ? after
      : types.read(await patchObject(info, 'strategic', patch, { dryRun: output.dryRun, fieldManager }));
    streams.out(output.printer.print(shown));
    await invocation.checkpoint();
  });
}

/** updateSelectorForObject. */
function setSelector(object: KubeObject, { labels, expressions }: ParsedSelector): void {
  const { group, kind } = gvkOf(object);
  if (group !== '' || kind !== 'Service') {
    throw new CommandError('setting a selector is only supported for Services');
  }
  if (expressions.length > 0) {
    const shown = expressions.map(({ key, operator, values }) => `{${key} ${operator} [${values.join(' ')}]}`);
    throw new CommandError(`match expression [${shown.join(' ')}] not supported on this object`);
  }
  const selector: JsonObject = {};
  for (const [key, value] of labels) setKey(selector, key, value);
  object.spec.selector = selector;
}
