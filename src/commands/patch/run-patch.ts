/** Completes, validates and runs `patch` (PatchOptions). */
import { deepEqual, type Json } from '../../apimachinery/json';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import { ApiError } from '../../apimachinery/status';
import type { PatchType } from '../../client/client';
import { findResources } from '../builder/builder';
import { formatGvk } from '../builder/info';
import { patchObject } from '../builder/writes';
import { CommandError, type Invocation } from '../command';
import { messageOf } from '../errors';
import { dryRunOf } from '../flag-sets';
import { printerFor, readFileText } from '../print-objects';
import { CHANGE_CAUSE, recorded } from '../record';

const TYPES: readonly PatchType[] = ['json', 'merge', 'strategic'];
const CONTENT_TYPES: Record<string, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

export async function runPatch(invocation: Invocation): Promise<void> {
  const { flags, args, streams } = invocation;
  const dryRun = dryRunOf(invocation);
  const local = flags.bool('local');
  const { namespace, explicit } = await invocation.namespace();
  if (flags.string('patch') && flags.string('patch-file')) {
    throw new CommandError('cannot specify --patch and --patch-file together');
  }
  if (!flags.string('patch') && !flags.string('patch-file')) {
    throw new CommandError('must specify --patch or --patch-file containing the contents of the patch');
  }
  if (local && args.length > 0) throw new CommandError('cannot specify --local and server resources');
  if (local && dryRun === 'server') {
    throw new CommandError('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  }
  const type = patchTypeOf(flags.string('type'));
  const patch = await readPatch(invocation);
  const subresource = flags.string('subresource');
  const result = await findResources(invocation, {
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    args,
    namespace,
    enforceNamespace: explicit,
    subresource,
    local,
    flatten: true,
  });
  const fieldManager = invocation.fieldManager('kubectl-patch');
  let count = 0;
  await result.visit(async (info) => {
    count++;
    const before = info.object as KubeObject;
    let after: KubeObject;
    if (!local && dryRun !== 'client') {
      try {
        after = await patchObject(info, type, patch, { dryRun, fieldManager, subresource });
      } catch (error) {
        if (error instanceof ApiError && error.reason === 'UnsupportedMediaType' && info.mapping) {
          throw new CommandError(
            `${CONTENT_TYPES[type]} is not supported by ${formatGvk(info.mapping)}: ${messageOf(error)}`,
          );
        }
        throw error;
      }
    } else {
      const { patchLocally } = await import('./patch-locally');
      after = await patchLocally(before, type, patch);
    }
    const changed = !deepEqual(asJson(before), asJson(after));
    const cause = recorded(invocation, after).metadata.annotations?.[CHANGE_CAUSE];
    if (flags.bool('record') && cause && !local && dryRun !== 'client') {
      const note = { metadata: { annotations: { [CHANGE_CAUSE]: cause } } };
      after = await patchObject(info, 'merge', note, { dryRun, fieldManager, subresource });
    }
    const printer = await printerFor(invocation, changed ? 'patched' : 'patched (no change)');
    streams.out(printer.print(after));
    await invocation.checkpoint();
  });
  if (count === 0) throw new CommandError('no objects passed to patch');
}

function patchTypeOf(text: string): PatchType {
  if (text === '') return 'strategic';
  const type = TYPES.find((each) => each === text.toLowerCase());
  if (!type) throw new CommandError(`--type must be one of [json merge strategic], not ${JSON.stringify(text)}`);
  return type;
}

/** The patch, from the command line or a file; YAML is read as JSON, JSON goes as it is, right or wrong. */
async function readPatch(invocation: Invocation): Promise<Json> {
  const { flags, cwd } = invocation;
  let text = flags.string('patch');
  const file = flags.string('patch-file');
  if (file) {
    try {
      text = await readFileText(file, cwd);
    } catch (error) {
      throw new CommandError(`unable to read patch file: ${messageOf(error)}`);
    }
  }
  const { parseJson } = await import('../../apimachinery/json-text');
  const { looksLikeJson, parseYaml } = await import('../../yaml/read');
  if (looksLikeJson(text)) {
    try {
      return parseJson(text);
    } catch {
      // The server says what is wrong with it.
      return text;
    }
  }
  try {
    return parseYaml(text);
  } catch (error) {
    throw new CommandError(`unable to parse ${JSON.stringify(flags.string('patch'))}: ${messageOf(error)}`);
  }
}
