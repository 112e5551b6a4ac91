/** What label and annotate share: they set and remove entries of a map in the metadata of what is found. */
import type { JsonObject } from '../../apimachinery/json';
import { setKey } from '../../apimachinery/json';
import { sortStrings } from '../../apimachinery/json-text';
import { asJson, gvkOf, type KubeObject } from '../../apimachinery/meta';
import { createMergePatch } from '../../merge/json-merge-patch';
import { findResources } from '../builder/builder';
import { patchObject } from '../builder/writes';
import { CommandError, type Flag, type Invocation } from '../command';
import {
  allNamespacesFlag,
  dryRunFlag,
  dryRunOf,
  fieldManagerFlag,
  fieldSelectorFlag,
  filenameFlags,
  printFlags,
  recordFlag,
  selectorFlag,
  withDryRun,
} from '../flag-sets';
import { type Changes, splitPairs } from '../key-value-arguments';
import { printerFor } from '../print-objects';
import { recorded } from '../record';

export interface MetadataMap {
  field: 'labels' | 'annotations';
  noun: 'label' | 'annotation';
  /** How errors call a file of --local: `pod.yaml`. */
  file: string;
  parse(pairs: readonly string[]): Changes;
  /** Throws when one of them has another value already. */
  refuseOverwrites(current: Readonly<Record<string, string>>, set: Changes['set']): void;
  fieldManager: string;
}

/** The flags of both; `noun` as in `labels`, the texts differ a little more than that. */
export function metadataFlags(usage: {
  overwrite: string;
  list: string;
  local: string;
  all: string;
  resourceVersion: string;
  filename: string;
  fieldManager: string;
}): Flag[] {
  return [
    ...printFlags(),
    recordFlag,
    { name: 'overwrite', type: 'bool', usage: usage.overwrite },
    { name: 'list', type: 'bool', usage: usage.list },
    { name: 'local', type: 'bool', usage: usage.local },
    fieldSelectorFlag,
    { name: 'all', type: 'bool', usage: usage.all },
    { ...allNamespacesFlag, usage: 'If true, check the specified action in all namespaces.' },
    { name: 'resource-version', type: 'string', usage: usage.resourceVersion },
    ...filenameFlags(usage.filename),
    dryRunFlag,
    fieldManagerFlag(usage.fieldManager),
    selectorFlag,
  ];
}

/** What became of one object. */
interface Edit {
  before: KubeObject;
  after: KubeObject;
  added: boolean;
  removed: boolean;
}

export async function editMetadata(invocation: Invocation, map: MetadataMap): Promise<void> {
  const { flags, streams } = invocation;
  const dryRun = dryRunOf(invocation);
  const { resources, pairs } = splitPairs(invocation.args, map.noun);
  const changes = map.parse(pairs);
  validate(invocation, map, resources, changes);
  const { namespace, explicit } = await invocation.namespace();
  const local = flags.bool('local');
  const list = flags.bool('list');
  const result = await findResources(invocation, {
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    namespace,
    enforceNamespace: explicit,
    flatten: true,
    ...(local
      ? { local }
      : {
          args: resources,
          all: flags.bool('all'),
          selector: flags.string('selector'),
          fieldSelector: flags.string('field-selector'),
          allNamespaces: flags.bool('all-namespaces'),
          latest: true,
        }),
  });
  if (!result.singleItemImplied && flags.string('resource-version')) {
    throw new CommandError('--resource-version may only be used with a single resource');
  }
  const fieldManager = invocation.fieldManager(map.fieldManager);
  await result.visit(async (info) => {
    const found = info.object as KubeObject;
    const writes = !local && !list && dryRun !== 'client';
    if (writes && map.field === 'labels') tellMissing(invocation, found, changes.remove);
    const edit = editObject(invocation, map, found, changes);
    if (list) {
      if (!result.singleItemImplied) {
        const { kind, group } = gvkOf(found);
        streams.out(`Listing ${map.field} for ${kind}.${group}/${info.name}:\n`);
      }
      const indent = result.singleItemImplied ? '' : ' ';
      const entries = (edit.after.metadata[map.field] ?? {}) as Record<string, string>;
      for (const key of sortStrings(Object.keys(entries))) streams.out(`${indent}${key}=${entries[key]}\n`);
      return;
    }
    let shown = edit.after;
    // Labels that are there already need no request; annotations are sent all the same.
    if (writes && (map.field === 'annotations' || edit.added || edit.removed)) {
      const after = recorded(invocation, edit.after);
      const patch = createMergePatch(asJson(edit.before), asJson(after));
      const answer = await patchObject(info, 'merge', patch, { dryRun, fieldManager });
      shown = map.field === 'annotations' ? answer : after;
    }
    const operation = map.field === 'annotations' ? 'annotated' : labelOperation(edit);
    const printer = await printerFor(invocation, withDryRun(operation, dryRun));
    streams.out(printer.print(shown));
    await invocation.checkpoint();
  });
}

function validate(
  { flags }: Invocation,
  { file, noun }: MetadataMap,
  resources: readonly string[],
  { set, remove }: Changes,
): void {
  if (noun === 'label' && flags.bool('list') && flags.string('output')) {
    throw new CommandError('--list and --output may not be specified together');
  }
  if (flags.bool('all') && flags.string('selector')) {
    throw new CommandError('cannot set --all and --selector at the same time');
  }
  if (flags.bool('all') && flags.string('field-selector')) {
    throw new CommandError('cannot set --all and --field-selector at the same time');
  }
  const noFiles = flags.strings('filename').length === 0 && flags.string('kustomize') === '';
  if (flags.bool('local')) {
    if (flags.string('dry-run') === 'server') {
      throw new CommandError('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
    }
    if (resources.length > 0) {
      throw new CommandError(
        `can only use local files by -f ${file}.yaml or --filename=${file}.json when --local=true is set`,
      );
    }
    if (noFiles) {
      throw new CommandError(`one or more files must be specified as -f ${file}.yaml or --filename=${file}.json`);
    }
  } else if (resources.length === 0 && noFiles) {
    throw new CommandError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  }
  if (set.size === 0 && remove.length === 0 && !flags.bool('list')) {
    throw new CommandError(`at least one ${noun} update is required`);
  }
}

function tellMissing({ streams }: Invocation, { metadata }: KubeObject, remove: readonly string[]): void {
  for (const label of remove) {
    if (!Object.hasOwn(metadata.labels ?? {}, label)) streams.out(`label ${JSON.stringify(label)} not found.\n`);
  }
}

/** The object with the changes; nothing that was found is touched (labelFunc, updateAnnotations). */
function editObject({ flags }: Invocation, map: MetadataMap, found: KubeObject, { set, remove }: Changes): Edit {
  const current = (found.metadata[map.field] ?? {}) as Record<string, string>;
  if (!flags.bool('overwrite')) map.refuseOverwrites(current, set);
  const entries: JsonObject = { ...current };
  let added = false;
  let removed = false;
  for (const [key, value] of set) {
    if (Object.hasOwn(entries, key) && entries[key] === value) continue;
    setKey(entries, key, value);
    added = true;
  }
  for (const key of remove) {
    if (!Object.hasOwn(entries, key)) continue;
    delete entries[key];
    removed = true;
  }
  const metadata = { ...found.metadata, [map.field]: entries };
  const resourceVersion = flags.string('resource-version');
  let before = found;
  if (resourceVersion) {
    // Left out of what was there, so that the patch carries it and the server compares.
    const { resourceVersion: _, ...rest } = found.metadata;
    before = { ...found, metadata: rest };
    metadata.resourceVersion = resourceVersion;
  }
  return { before, after: { ...found, metadata }, added, removed };
}

function labelOperation({ added, removed }: Edit): string {
  if (added) return removed ? 'modified' : 'labeled';
  return removed ? 'unlabeled' : 'not labeled';
}
