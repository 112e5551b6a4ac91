/** `apply set-last-applied` (kubectl pkg/cmd/apply/apply_set_last_applied.go). */
import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { findResources } from '../builder/builder';
import { formatGvk, formatGvr, type Info } from '../builder/info';
import { patchObject } from '../builder/writes';
import { type Command, CommandError } from '../command';
import { manifestFiles } from '../completion/declared';
import { addSource } from '../errors';
import { dryRunFlag, dryRunOf, printFlags, withDryRun } from '../flag-sets';
import { encodeObject, LAST_APPLIED, lastAppliedText } from '../last-applied';
import { printerFor } from '../print-objects';

const command: Command = {
  use: 'set-last-applied -f FILENAME',
  short: 'Set the last-applied-configuration annotation on a live object to match the contents of a file',
  long: 'Write what a file holds into the annotation of its object, as if it had been applied, and change nothing else.',
  examples: `# Of one file
kubectl apply set-last-applied -f web.yaml

# Of each manifest in a folder
kubectl apply set-last-applied -f manifests/

# Also where the object has no annotation yet
kubectl apply set-last-applied -f web.yaml --create-annotation=true`,
  flags: [
    ...printFlags(),
    {
      name: 'create-annotation',
      type: 'bool',
      usage: "Will create 'last-applied-configuration' annotations if current objects doesn't have one",
    },
    dryRunFlag,
    {
      name: 'filename',
      shorthand: 'f',
      type: 'stringSlice',
      usage: 'Filename, directory, or URL to files that contains the last-applied-configuration annotations',
      completion: manifestFiles,
    },
  ],
  async run(invocation) {
    const { flags, streams } = invocation;
    const dryRun = dryRunOf(invocation);
    const { namespace, explicit } = await invocation.namespace();
    const printer = await printerFor(invocation, withDryRun('configured', dryRun));
    const result = await findResources(invocation, {
      filenames: flags.strings('filename'),
      namespace,
      enforceNamespace: explicit,
      flatten: true,
      continueOnError: false,
    });
    const changes: { info: Info; text: string }[] = [];
    await result.visit(async (info) => {
      const text = encodeObject(info.object as KubeObject);
      const live = await retrieve(info);
      const there = lastAppliedText(live);
      if (there === undefined && !flags.bool('create-annotation')) {
        throw new CommandError(
          `no last-applied-configuration annotation found on resource: ${info.name}, to create the annotation, run the command with --create-annotation`,
        );
      }
      if (there?.trim() === text.trim()) {
        streams.out(`set-last-applied ${info.name}: no changes required.\n`);
      } else changes.push({ info, text });
    });
    for (const { info, text } of changes) {
      let object = info.object as KubeObject;
      if (dryRun !== 'client') {
        const patch = { metadata: { annotations: { [LAST_APPLIED]: text } } };
        object = await patchObject(info, 'merge', patch, { dryRun });
      }
      streams.out(printer.print(object));
    }
  },
};

export default command;

async function retrieve(info: Info): Promise<KubeObject> {
  try {
    return await info.get();
  } catch (error) {
    if (isReason(error, 'NotFound')) throw error;
    const { mapping } = info.reachable();
    const described = `Resource: "${formatGvr(mapping)}", GroupVersionKind: "${formatGvk(mapping)}"\nName: "${info.name}", Namespace: "${info.namespace}"`;
    throw addSource(`retrieving current configuration of:\n${described}\nfrom server for:`, info.source, error);
  }
}
