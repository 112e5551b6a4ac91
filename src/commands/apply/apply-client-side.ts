/**
 * Client-side apply of one object: the patch is worked out here from the file, the annotation and the live object, and sent
 * (ApplyOptions.applyOneObject, Patcher).
 */
import { isObject, type Json, type JsonObject, setKey } from '../../apimachinery/json';
import { parseJson, stringifyGo } from '../../apimachinery/json-text';
import { asJson, asObject, type KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { formatGvk, type Info } from '../builder/info';
import { createObject, deleteObject, patchObject } from '../builder/writes';
import { CommandError, type Invocation } from '../command';
import { waitUntilGone } from '../delete/wait-until-gone';
import { addSource, messageOf } from '../errors';
import { encodeObject, LAST_APPLIED, lastAppliedText, withLastApplied } from '../last-applied';
import type { ApplyOptions } from './run-apply';

/** Tries of a patch that meets with a conflict. */
const RETRIES = 5;

/** Applies it; afterwards `info.object` is what the server has. Resolves to what was done: `created`, `configured`, `unchanged`. */
export async function applyObject(invocation: Invocation, info: Info, options: ApplyOptions): Promise<string> {
  const { streams, program } = invocation;
  const modified = withLastApplied(info.object as KubeObject);
  let live: KubeObject;
  try {
    live = await info.get();
  } catch (error) {
    if (!isReason(error, 'NotFound')) {
      throw addSource(`retrieving current configuration of:\n${describe(info)}\nfrom server for:`, info.source, error);
    }
    return create(info, modified, options);
  }
  if (lastAppliedText(live) === undefined) {
    streams.err(
      `Warning: resource ${info.objectName} is missing the ${LAST_APPLIED} annotation which is required by ${program} apply. ${program} apply should only be used on resources created declaratively by either ${program} create --save-config or ${program} apply. The missing annotation will be patched automatically.\n`,
    );
  }
  const patched = await new Patcher(invocation, info, modified, options).patch(live);
  info.refresh(patched.object);
  warnIfDeleting(invocation, patched.object);
  return patched.changed || (options.printsObjects && !options.explain) ? 'configured' : 'unchanged';
}

/** Says that what was changed is on its way out (WarnIfDeleting). */
export function warnIfDeleting({ streams }: Invocation, object: KubeObject): void {
  if (object.metadata.deletionTimestamp) {
    streams.err(`Warning: Detected changes to resource ${object.metadata.name} which is currently being deleted.\n`);
  }
}

async function create(info: Info, modified: KubeObject, options: ApplyOptions): Promise<string> {
  const object = asObject(withoutNulls(asJson(modified)));
  if (options.explain) {
    const { recordCreation } = await import('../explain-merge/merge-records');
    options.explain(await recordCreation(info, asJson(object), options));
  }
  if (options.dryRun === 'client') {
    info.object = object;
    return 'created';
  }
  try {
    info.refresh(await createObject(info, options, object));
  } catch (error) {
    throw addSource('creating', info.source, error);
  }
  return 'created';
}

/** `Resource: "apps/v1, Resource=deployments", GroupVersionKind: …`: how errors say what it was about (Info.String). */
function describe(info: Info): string {
  const { mapping } = info.reachable();
  const resource = `${mapping.group}/${mapping.version}, Resource=${mapping.plural}`;
  return `Resource: ${JSON.stringify(resource)}, GroupVersionKind: ${JSON.stringify(formatGvk(mapping))}\nName: ${JSON.stringify(info.name)}, Namespace: ${JSON.stringify(info.namespace)}`;
}

/** Brings a live object to what a file says; diff has it try only (Patcher). */
export class Patcher {
  /** The patch that was sent last. */
  private tried: JsonObject | undefined;

  constructor(
    private readonly invocation: Invocation,
    private readonly info: Info,
    private readonly modified: KubeObject,
    private readonly options: Omit<ApplyOptions, 'printers'>,
  ) {}

  /** Failures are told with the patch that met with them. */
  async patch(live: KubeObject): Promise<{ object: KubeObject; changed: boolean }> {
    const { info } = this;
    try {
      return await this.patchOnly(live);
    } catch (error) {
      const tried = this.tried ? stringifyGo(this.tried) : '';
      throw addSource(`applying patch:\n${tried}\nto:\n${describe(info)}\nfor:`, info.source, error);
    }
  }

  async patchOnly(live: KubeObject): Promise<{ object: KubeObject; changed: boolean }> {
    const { info, options } = this;
    let current = live;
    try {
      for (let attempt = 0; ; attempt++) {
        const built = await this.build(current);
        const { patch } = built;
        options.explain?.({
          mode: 'client-side',
          live: current,
          file: asJson(this.modified),
          hasLastApplied: built.hasLastApplied,
          decisions: built.merge.decisions,
          merged: asJson(await built.locally()),
          schema: built.schema,
          fieldManager: options.fieldManager,
        });
        this.tried = patch;
        if (Object.keys(patch).length === 0) return { object: current, changed: false };
        if (options.dryRun === 'client') return { object: await built.locally(), changed: true };
        try {
          return { object: await patchObject(info, built.type, patch, options), changed: true };
        } catch (error) {
          if (!isReason(error, 'Conflict') || attempt >= RETRIES) throw error;
        }
        // Somebody was quicker: look again.
        current = await info.get();
      }
    } catch (error) {
      if (options.dryRun === 'client') throw error;
      if (options.forceDeletion && (isReason(error, 'Conflict') || isReason(error, 'Invalid'))) {
        return { object: await this.deleteAndCreate(current), changed: true };
      }
      throw addSource('patching', info.source, error);
    }
  }

  /** The three-way patch: strategic where the kind has a schema, else a JSON merge patch. */
  private async build(current: KubeObject) {
    const { info, modified, options } = this;
    const { mapping } = info.reachable();
    const lastAppliedJson = lastAppliedText(current);
    const sides = {
      lastApplied: lastAppliedJson ? (parseJson(lastAppliedJson) as JsonObject) : undefined,
      modified: asJson(modified),
      current: asJson(current),
    };
    const { useCompiledSchema } = await import('../../host/schema-files');
    const { kindSchema } = await import('../../schema/catalog');
    await useCompiledSchema();
    const schema = kindSchema(mapping.group, mapping.version, mapping.kind);
    try {
      if (schema) {
        const { createThreeWayStrategicPatch } = await import('../../merge/three-way');
        const merge = createThreeWayStrategicPatch(sides, schema, {
          overwrite: options.overwrite,
          ...(options.overwrite ? {} : { toYaml: (await import('../../yaml/write')).toYaml }),
        });
        const { patch } = merge;
        const locally = async () => {
          const { applyStrategicPatch } = await import('../../merge/strategic-patch');
          return asObject(applyStrategicPatch(sides.current, patch, schema));
        };
        return { type: 'strategic' as const, patch, merge, schema, hasLastApplied: Boolean(lastAppliedJson), locally };
      }
      const { applyMergePatch, createThreeWayMergePatch } = await import('../../merge/json-merge-patch');
      const { keyUnchanged, metadataKeyUnchanged } = await import('../../merge/strategic-diff');
      const preconditions = [keyUnchanged('apiVersion'), keyUnchanged('kind'), metadataKeyUnchanged('name')];
      const merge = createThreeWayMergePatch(sides, { preconditions });
      const { patch } = merge;
      return {
        type: 'merge' as const,
        patch,
        merge,
        schema,
        hasLastApplied: Boolean(lastAppliedJson),
        locally: async () => asObject(applyMergePatch(sides.current, patch)),
      };
    } catch (error) {
      const why =
        (error as { code?: string }).code === 'Precondition'
          ? 'At least one of apiVersion, kind and name was changed'
          : messageOf(error);
      if (schema) {
        // Upstream tries the same with the server's two descriptions of the kind before it uses its own.
        for (const spec of ['openapi v3 spec', 'openapi spec']) {
          this.invocation.streams.err(`warning: error calculating patch from ${spec}: ${why}\n`);
        }
      }
      throw new CommandError(
        `creating patch with:\noriginal:\n${lastAppliedJson ?? ''}\nmodified:\n${encodeObject(modified)}\ncurrent:\n${encodeObject(current)}\nfor: ${why}`,
      );
    }
  }

  /** --force: the object goes, and is made as the file has it; if that fails it is made as it was. */
  private async deleteAndCreate(original: KubeObject): Promise<KubeObject> {
    const { info, options, modified } = this;
    const { propagation, gracePeriod } = options;
    await deleteObject(info, { propagation, gracePeriod });
    await waitUntilGone(this.invocation, [{ info, uid: undefined }], options.timeout || FOREVER);
    try {
      return await createObject(info, options, modified);
    } catch (error) {
      try {
        await createObject(info, options, original);
      } catch (again) {
        throw new CommandError(
          `An error occurred force-replacing the existing object with the newly provided one:\n\n${messageOf(error)}.\n\nAdditionally, an error occurred attempting to restore the original object:\n\n${messageOf(again)}`,
        );
      }
      throw error;
    }
  }
}

/** Without a timeout kubectl waits for ever. */
const FOREVER = 168 * 3_600_000;

/** Nulls of a file mean "not there"; in a new object they are left out (pruneNullsFromMap). */
function withoutNulls(value: JsonObject): JsonObject {
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) {
    const inner = value[key] as Json;
    if (inner !== null) setKey(copy, key, cleaned(inner));
  }
  return copy;
}

function cleaned(value: Json): Json {
  if (Array.isArray(value)) return value.map(cleaned);
  return isObject(value) ? withoutNulls(value) : value;
}
