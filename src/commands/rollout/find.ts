/** What the subcommands of `rollout` have in common: which resources they look at. */
import type { KubeObject } from '../../apimachinery/meta';
import { findResources } from '../builder/builder';
import type { Result } from '../builder/result';
import { CommandError, type Flag, type Invocation } from '../command';
import { filenameFlags, selectorFlag } from '../flag-sets';

export const targetFlags: readonly Flag[] = [
  ...filenameFlags('Filename, directory, or URL to files identifying the resource to get from a server.'),
  selectorFlag,
];

/** The resources that are named. @throws CommandError when none is */
export async function findRollouts(invocation: Invocation): Promise<Result> {
  const { flags, args } = invocation;
  const filenames = flags.strings('filename');
  const kustomize = flags.string('kustomize');
  if (args.length === 0 && filenames.length === 0 && kustomize === '')
    throw new CommandError('required resource not specified');
  const { namespace, explicit } = await invocation.namespace();
  return findResources(invocation, {
    filenames,
    kustomize,
    recursive: flags.bool('recursive'),
    args,
    namespace,
    enforceNamespace: explicit,
    selector: flags.string('selector'),
    allowEmptySelector: true,
    latest: true,
    flatten: true,
  });
}

/** `apps/Deployment` as the kinds are told apart: group and kind. */
export function isWorkload({ apiVersion, kind }: KubeObject, ...kinds: string[]): boolean {
  return apiVersion.startsWith('apps/') && kinds.includes(kind);
}
