/** Completes and runs `diff` (DiffOptions): live and would-be objects are written into two folders, and these compared. */
import { asJson, formatGroupVersion, gvkOf, type KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { Patcher, warnIfDeleting } from '../apply/apply-client-side';
import { readAllowlist } from '../apply/prune';
import type { ApplyOptions, Visited } from '../apply/run-apply';
import { findResources, requireFiles } from '../builder/builder';
import { type Info, whereOf } from '../builder/info';
import { createObject, patchObject } from '../builder/writes';
import { CommandError, ExitSilently, type Invocation, UsageError } from '../command';
import { LAST_APPLIED, lastAppliedText } from '../last-applied';
import { compareFolders, DiffFolders } from './folders';
import { maskSecrets } from './masker';

export async function runDiff(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`);
  const filenames = flags.strings('filename');
  requireFiles(filenames, flags.string('kustomize'));
  const serverSide = flags.bool('server-side');
  if (flags.bool('force-conflicts') && !serverSide) {
    throw new CommandError('--force-conflicts only works with --server-side');
  }
  const { namespace, explicit } = await invocation.namespace();
  const pruned = flags.bool('prune')
    ? readAllowlist(await invocation.mapper(), flags.strings('prune-allowlist'))
    : undefined;
  const result = await findResources(invocation, {
    filenames,
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    namespace,
    enforceNamespace: explicit,
    selector: flags.string('selector'),
    flatten: true,
    continueOnError: false,
  });
  const options = tryingOptions(invocation, serverSide);
  if (flags.bool('explain')) {
    const { explainDiff } = await import('./explain-diff');
    await explainDiff(invocation, result, options);
    return;
  }
  const visited: Visited = { uids: new Set(), namespaces: new Set() };
  const folders = await DiffFolders.make();
  try {
    await result.visit(async (info) => {
      await writeBoth(invocation, info, options, folders, visited);
    });
    if (pruned) await writePruned(invocation, pruned, visited, folders);
    await invocation.release();
    const code = await compareFolders(invocation, folders);
    if (code === 1) throw new ExitSilently(1);
  } finally {
    folders.remove();
  }
}

export type Options = Omit<ApplyOptions, 'printers'>;

/** Apply, as a trial that the server makes. */
function tryingOptions(invocation: Invocation, serverSide: boolean): Options {
  return {
    serverSide,
    forceConflicts: invocation.flags.bool('force-conflicts'),
    fieldManager: invocation.fieldManager(serverSide ? 'kubectl' : 'kubectl-client-side-apply'),
    fieldValidation: '',
    dryRun: 'server',
    overwrite: true,
    subresource: '',
    forceDeletion: false,
    propagation: 'Background',
    gracePeriod: -1,
    timeout: 0,
    printsObjects: false,
  };
}

/** Writes the object as it is and as it would be. */
async function writeBoth(
  invocation: Invocation,
  info: Info,
  options: Options,
  folders: DiffFolders,
  visited: Visited,
): Promise<void> {
  const { flags } = invocation;
  const local = info.object as KubeObject;
  let live: KubeObject | undefined;
  try {
    live = await info.get();
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
  if (info.namespaced) visited.namespaces.add(info.namespace);
  if (live) visited.uids.add(live.metadata.uid ?? '');
  let merged: KubeObject | undefined = await mergedObject(invocation, info, local, live, options);
  let from = live;
  if (!flags.bool('show-managed-fields')) {
    from = from && withoutManagedFields(from);
    merged = withoutManagedFields(merged);
  }
  const { version, kind } = gvkOf(merged);
  if (!flags.bool('show-secrets') && version === 'v1' && kind === 'Secret') {
    [from, merged] = maskSecrets(from, merged);
  }
  const name = fileName(info.reachable().mapping, info.namespace, info.name);
  await folders.write('live', name, from);
  await folders.write('merged', name, merged);
  if (live) warnIfDeleting(invocation, live);
}

/** What it would be once it was applied, or created where it is not there (InfoObject.Merged). */
export async function mergedObject(
  invocation: Invocation,
  info: Info,
  local: KubeObject,
  live: KubeObject | undefined,
  options: Options,
): Promise<KubeObject> {
  if (options.serverSide) {
    if (options.explain) {
      const { recordServerSide } = await import('../explain-merge/merge-records');
      options.explain(await recordServerSide(info, live, local, options));
    }
    return patchObject(info, 'apply', asJson(local), { ...options, force: options.forceConflicts });
  }
  if (!live) {
    if (options.explain) {
      const { recordCreation } = await import('../explain-merge/merge-records');
      options.explain(await recordCreation(info, asJson(local), options));
    }
    return createObject(info, options, local);
  }
  // What was applied last is compared with what the file says now, not with the note of it.
  const { [LAST_APPLIED]: _, ...annotations } = local.metadata.annotations ?? {};
  const modified = { ...local, metadata: { ...local.metadata, annotations } };
  return (await new Patcher(invocation, info, modified, options).patchOnly(live)).object;
}

/** What --prune would delete has a file in the first folder only (diff/prune.go). */
async function writePruned(
  invocation: Invocation,
  { mappings }: ReturnType<typeof readAllowlist>,
  visited: Visited,
  folders: DiffFolders,
): Promise<void> {
  const client = await invocation.client();
  const labelSelector = invocation.flags.string('selector');
  for (const mapping of mappings) {
    for (const namespace of mapping.namespaced ? visited.namespaces : ['']) {
      const { items } = await client.list(whereOf(mapping), namespace, labelSelector ? { labelSelector } : {});
      for (const item of items) {
        if (lastAppliedText(item) === undefined || visited.uids.has(item.metadata.uid ?? '')) continue;
        const object = { ...item, apiVersion: formatGroupVersion(mapping), kind: mapping.kind };
        const { namespace: home = '', name = '' } = item.metadata;
        await folders.write('live', fileName(mapping, home, name), object);
      }
    }
  }
}

/** `apps.v1.Deployment.default.web` */
function fileName(
  { group, version, kind }: { group: string; version: string; kind: string },
  namespace: string,
  name: string,
): string {
  return `${group === '' ? '' : `${group}.`}${version}.${kind}.${namespace}.${name}`;
}

function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
