/** The pass through the editor, again until it is right or given up (kubectl pkg/cmd/util/editor/editoptions.go). */
import { existsSync } from 'node:fs';
import { deepEqual } from '../../apimachinery/json';
import { asJson, asObject, type KubeList, type KubeObject, type ManagedFieldsEntry } from '../../apimachinery/meta';
import { apiError } from '../../apimachinery/status';
import { createPrinter } from '../../printers/printer';
import { parseYaml } from '../../yaml/read';
import { findResources } from '../builder/builder';
import type { Info } from '../builder/info';
import { missingType } from '../builder/manifests';
import type { Search } from '../builder/result';
import { createObject, patchObject } from '../builder/writes';
import { CommandError, ExitSilently, type Invocation } from '../command';
import { messageOf } from '../errors';
import { fieldValidationOf } from '../flag-sets';
import { LAST_APPLIED, lastAppliedText, saveConfig } from '../last-applied';
import { printerFor } from '../print-objects';
import { recorded } from '../record';
import { contentOf, EditResults, hasLines, headerOf, withoutComments } from './edited-text';
import { editFile, type TemporaryFile, temporaryFile } from './editor';
import { editPatch } from './patch';

export interface EditOptions {
  /** What is there; what was last applied; what a file holds, before it is created. */
  mode: 'normal' | 'last-applied' | 'create';
  fieldManager: string;
  outputPatch?: boolean;
  saveConfig?: boolean;
  subresource?: string;
}

export async function runEdit(invocation: Invocation, options: EditOptions): Promise<void> {
  const { flags, args } = invocation;
  const { namespace, explicit } = await invocation.namespace();
  const { mode } = options;
  const search: Search = { namespace, subresource: options.subresource ?? '', flatten: true };
  const result = await findResources(invocation, {
    ...search,
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    enforceNamespace: explicit,
    ...(mode === 'create' ? {} : { args, latest: true, allowEmptySelector: true }),
  });
  const session = new EditSession(invocation, options, namespace);
  if (mode === 'create') {
    await result.visit((info) => session.edit([info]));
    return;
  }
  const { infos, error } = await result.infos();
  if (error !== undefined) throw error;
  if (mode === 'normal') {
    if (infos.length === 0) throw new CommandError('edit cancelled, no objects found');
    await session.edit(infos);
    return;
  }
  const applied: Info[] = [];
  for (const info of infos) {
    const text = lastAppliedText(info.object);
    if (text === undefined) continue;
    const [first] = await session.read(text);
    if (first) applied.push(first);
  }
  if (applied.length === 0) {
    throw new CommandError(
      'no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`',
    );
  }
  await session.edit(applied);
}

class EditSession {
  private file: TemporaryFile | undefined;

  constructor(
    private readonly invocation: Invocation,
    private readonly options: EditOptions,
    private readonly namespace: string,
  ) {}

  /** The objects of an edited text. */
  async read(text: string): Promise<Info[]> {
    const result = await findResources(this.invocation, {
      stream: { name: 'edited-file', text },
      subresource: this.options.subresource ?? '',
      flatten: true,
    });
    const { infos, error } = await result.infos();
    if (error !== undefined) throw error;
    return infos;
  }

  async edit(infos: readonly Info[]): Promise<void> {
    this.file = undefined;
    try {
      await this.untilRight(infos);
    } catch (error) {
      if (!(error instanceof ExitSilently)) this.tellFile();
      throw error;
    }
  }

  /** Where what was written is kept. */
  private tellFile(): void {
    const { file } = this;
    if (file && existsSync(file.path)) {
      this.say(`A copy of your changes has been stored to ${JSON.stringify(file.path)}`);
    }
  }

  private async untilRight(infos: readonly Info[]): Promise<void> {
    const { invocation } = this;
    const original = await this.textOf(infos);
    let results = new EditResults();
    let edited: string | undefined;
    for (;;) {
      const before = edited;
      // After an error what was written is shown again, not what is there.
      const content = before === undefined ? original : withoutComments(before);
      const file = temporaryFile(invocation.program, this.extension, this.withHeader(results, content));
      await invocation.release();
      try {
        edited = await editFile(invocation, file.path);
      } catch (error) {
        file.remove();
        throw error;
      }
      this.file?.remove();
      this.file = file;
      if (before !== undefined && contentOf(before) === contentOf(edited)) {
        throw new CommandError('Edit cancelled, no valid changes were saved.');
      }
      results = new EditResults();
      const problem = this.validate(edited, infos[0] as Info, results);
      if (problem) continue;
      if (contentOf(original) === contentOf(edited)) return this.cancel('Edit cancelled, no changes made.');
      if (!hasLines(edited)) return this.cancel('Edit cancelled, saved file was empty.');
      let updated: Info[];
      try {
        updated = await this.read(edited);
      } catch (error) {
        results.reasons.push({ head: `The edited file had a syntax error: ${messageOf(error)}`, others: [] });
        continue;
      }
      await this.write(infos, updated, results);
      if (results.retryable > 0) {
        this.say(`You can run \`${invocation.program} replace -f ${file.path}\` to try this update again.`);
        throw new ExitSilently(1);
      }
      if (results.notFound > 0) {
        this.say(`The edits you made on deleted resources have been saved to ${JSON.stringify(file.path)}`);
        throw new ExitSilently(1);
      }
      if (results.reasons.length === 0) {
        file.remove();
        return;
      }
    }
  }

  private get json(): boolean {
    return this.invocation.flags.string('output') === 'json';
  }
  private get extension(): string {
    return this.json ? '.json' : '.yaml';
  }

  /** The one object, or a list of them, as -o says. */
  private async textOf(infos: readonly Info[]): Promise<string> {
    const output = this.invocation.flags.string('output') || 'yaml';
    if (!['json', 'yaml', 'kyaml'].includes(output)) {
      throw new CommandError(
        `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: json,kyaml,yaml`,
      );
    }
    const printer = await createPrinter(output);
    const objects = infos.map((info) => info.object as KubeObject);
    if (objects.length === 1) return printer.print(objects[0] as KubeObject);
    const list: KubeList = { apiVersion: 'v1', kind: 'List', metadata: {}, items: objects };
    return printer.print(list);
  }

  private withHeader({ reasons }: EditResults, content: string): string {
    const header = this.json ? '' : headerOf(reasons, this.options.mode === 'last-applied');
    const text = header + content;
    const { flags } = this.invocation;
    const windows = flags.changed('windows-line-endings')
      ? flags.bool('windows-line-endings')
      : process.platform === 'win32';
    return windows ? text.replace(/\r?\n/g, '\r\n') : text;
  }

  /** True when it is no object at all; that is told, and why. */
  private validate(edited: string, info: Info, results: EditResults): boolean {
    if (fieldValidationOf(this.invocation.flags) === 'Ignore') return false;
    let problem: string | undefined;
    try {
      problem = missingType(parseYaml(edited));
    } catch {
      try {
        parseYaml(withoutComments(edited));
      } catch (error) {
        problem = messageOf(error).replace(/^error converting YAML to JSON: /, '');
      }
    }
    if (problem === undefined) return false;
    const message = `Invalid value: "The edited file failed validation": ${problem}`;
    this.say(results.add(apiError(422, 'Invalid', message, { causes: [{ field: '<nil>', message }] }), info));
    return true;
  }

  private cancel(message: string): void {
    this.file?.remove();
    this.say(message);
  }

  private async write(originals: readonly Info[], updated: readonly Info[], results: EditResults): Promise<void> {
    const { invocation, options, namespace } = this;
    const managed = managedFieldsOf(originals);
    for (const info of updated) {
      if (info.namespaced && info.namespace === '') info.setNamespace(namespace);
      if (info.namespaced && info.namespace !== namespace) {
        throw new CommandError(
          `the namespace from the provided object ${JSON.stringify(info.namespace)} does not match the namespace ${JSON.stringify(namespace)}. You must pass '--namespace=${info.namespace}' to perform this operation.`,
        );
      }
      const object = withManagedFields(info.object as KubeObject, managed);
      info.object = recorded(invocation, options.saveConfig ? saveConfig(true, object) : object);
    }
    for (const info of updated) {
      if (options.mode === 'create') await this.create(info);
      else if (options.mode === 'last-applied') await this.writeLastApplied(originalOf(info, originals), info);
      else await this.patch(originalOf(info, originals), info, results);
      await invocation.checkpoint();
    }
  }

  private async patch(original: KubeObject, info: Info, results: EditResults): Promise<void> {
    const { invocation, options } = this;
    const edited = info.object as KubeObject;
    if (deepEqual(asJson(original), asJson(edited))) return this.print(edited, 'skipped');
    const { type, patch } = await editPatch(original, edited, info.reachable().mapping);
    if (options.outputPatch) {
      const { stringifyGo } = await import('../../apimachinery/json-text');
      invocation.streams.out(`Patch: ${stringifyGo(patch)}\n`);
    }
    let patched: KubeObject;
    try {
      patched = await patchObject(info, type, patch, this.writing());
    } catch (error) {
      this.say(results.add(error, info));
      return;
    }
    info.refresh(patched);
    await this.print(patched, 'edited');
  }

  private async writeLastApplied(original: KubeObject, info: Info): Promise<void> {
    const edited = info.object as KubeObject;
    if (deepEqual(asJson(original), asJson(edited))) return this.print(edited, 'skipped');
    const { stringifyGo } = await import('../../apimachinery/json-text');
    const patch = { metadata: { annotations: { [LAST_APPLIED]: stringifyGo(asJson(edited)) } } };
    info.namespace = this.namespace;
    await patchObject(info, 'merge', patch, this.writing());
    await this.print(edited, 'edited');
  }

  private async create(info: Info): Promise<void> {
    const created = await createObject(info, this.writing());
    info.refresh(created);
    await this.print(created, 'created');
  }

  private writing() {
    const { fieldManager, subresource = '' } = this.options;
    return { fieldManager, subresource, fieldValidation: fieldValidationOf(this.invocation.flags) };
  }

  private async print(object: KubeObject, operation: string): Promise<void> {
    const printer = await printerFor(this.invocation, operation);
    this.invocation.streams.out(printer.print(object));
  }

  private say(line: string): void {
    this.invocation.streams.err(`${line}\n`);
  }
}

/** They are not shown, and can't be edited. By uid. */
function managedFieldsOf(infos: readonly Info[]): Map<string, ManagedFieldsEntry[] | undefined> {
  return new Map(infos.map(({ object }) => [object?.metadata.uid ?? '', object?.metadata.managedFields]));
}

function withManagedFields(
  object: KubeObject,
  managed: ReadonlyMap<string, ManagedFieldsEntry[] | undefined>,
): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  const managedFields = managed.get(metadata.uid ?? '');
  return asObject(asJson({ ...object, metadata: managedFields ? { ...metadata, managedFields } : metadata }));
}

function originalOf(info: Info, originals: readonly Info[]): KubeObject {
  const uid = info.object?.metadata.uid ?? '';
  const original = originals.find(({ object }) => (object?.metadata.uid ?? '') === uid)?.object;
  if (!original) throw new CommandError(`no original object found for ${info.objectName}`);
  return original;
}
