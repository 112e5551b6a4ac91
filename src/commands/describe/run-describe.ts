/** Completes and runs `describe` (DescribeOptions). */
import { isReason } from '../../apimachinery/status';
import type { ResourceInfo } from '../../schema/schema';
import { findResources } from '../builder/builder';
import type { Info } from '../builder/info';
import type { Search } from '../builder/result';
import { CommandError, type Invocation } from '../command';
import { messageOf, throwCollected } from '../errors';
import { describerFor } from './describers';
import { type DescribeSettings, Target } from './target';

export async function runDescribe(invocation: Invocation): Promise<void> {
  const { args, flags, streams, program } = invocation;
  const { namespace, explicit } = await invocation.namespace();
  const filenames = flags.strings('filename');
  const kustomize = flags.string('kustomize');
  if (args.length === 0 && filenames.length === 0 && kustomize === '') {
    throw new CommandError(
      `You must specify the type of resource to describe. Use "${program} api-resources" for a complete list of supported resources.\n`,
    );
  }
  const allNamespaces = flags.bool('all-namespaces');
  const chunkSize = flags.int('chunk-size');
  const result = await findResources(invocation, {
    filenames,
    kustomize,
    recursive: flags.bool('recursive'),
    args,
    namespace,
    enforceNamespace: explicit && !allNamespaces,
    allNamespaces,
    selector: flags.string('selector'),
    allowEmptySelector: true,
    chunkSize,
    flatten: true,
  });
  const { infos, error } = await result.infos();
  const settings: DescribeSettings = {
    showEvents:
      flags.changed('show-events') || (error === undefined && infos.length < 2) ? flags.bool('show-events') : false,
    chunkSize,
    now: (await invocation.time()).now(),
  };
  if (isReason(error, 'NotFound') && args.length === 2) {
    await describeMatching(invocation, settings, { args: args.slice(0, 1), namespace, chunkSize }, error);
    return;
  }
  const errors: unknown[] = error === undefined ? [] : [error];
  const told = new Set<string>();
  let first = true;
  for (const info of infos) {
    try {
      const text = await describe(info, settings);
      streams.out(first ? text : `\n\n${text}`);
      first = false;
    } catch (failure) {
      if (!told.has(messageOf(failure))) errors.push(failure);
      told.add(messageOf(failure));
    }
  }
  if (infos.length === 0 && errors.length === 0) {
    streams.err(allNamespaces ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`);
  }
  throwCollected(errors);
}

/** All objects whose names begin with what was given as a name; none: that there is none of the name. */
async function describeMatching(
  invocation: Invocation,
  settings: DescribeSettings,
  search: Search,
  original: unknown,
): Promise<void> {
  const prefix = invocation.args[1] as string;
  const result = await findResources(invocation, {
    ...search,
    allowEmptySelector: true,
    singleResourceType: true,
    flatten: true,
    continueOnError: false,
  });
  result.resourceMapping();
  const { infos, error } = await result.infos();
  if (error !== undefined) throw error;
  const matching = infos.filter(({ name }) => name.startsWith(prefix));
  if (matching.length === 0) throw original;
  for (const info of matching) invocation.streams.out(`${await describe(info, settings)}\n`);
}

async function describe(info: Info, settings: DescribeSettings): Promise<string> {
  const { client, namespace, name } = info.reachable();
  const mapping = info.mapping as ResourceInfo;
  return describerFor(mapping)(new Target(client, mapping, namespace, name, settings));
}
