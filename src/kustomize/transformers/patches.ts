/** patches, patchesStrategicMerge and patchesJson6902. */
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { parseJson } from '../../apimachinery/json-text';
import { applyJsonPatch } from '../../merge/json-patch';
import { formatId } from '../ids';
import { type Patch, yamlToJson } from '../kustomization';
import { readObjects } from '../node-read';
import { nodeOfJson, nodeToJson } from '../node-value';
import { annotationsOf, internalAnnotations, Resource, setAnnotations } from '../resource';
import { patchResource, type ResourceList, type Selector } from '../resource-list';
import type { StepContext, Transformer } from './transformer';

/** PatchTransformer: what kind of patch it is shows in its text. `config`: the text that complaints repeat. */
export function applyPatch(patch: Patch, config: string, { loader, schemas }: StepContext): Transformer {
  const inline = (patch.patch ?? '').trim();
  let text: string;
  let source: string;
  if (inline === '' && !patch.path) throw new Error(`must specify one of patch and path in\n${config}`);
  if (inline !== '' && patch.path) throw new Error(`patch and path can't be set at the same time\n${config}`);
  if (inline !== '') {
    text = inline;
    source = `[patch: ${JSON.stringify(text)}]`;
  } else {
    const path = patch.path as string;
    try {
      text = loader.text(path);
    } catch (error) {
      throw new Error(`failed to get the patch file from path(${path}): ${(error as Error).message}`);
    }
    source = `[path: ${JSON.stringify(path)}]`;
  }
  const objects = attempt(() => readObjects(text));
  const operations = attempt(() => jsonPatchOf(text));
  if (objects && objects.length > 0 && operations && operations.length > 0) {
    throw new Error(`illegally qualifies as both an SM and JSON patch: ${source}`);
  }
  if (!objects && !operations) throw new Error(`unable to parse SM or JSON patch from ${source}`);
  if (!objects) return (list) => applyOperations(list, operations as JsonObject[], patch.target, source);
  const patches = objects.map((node) => new Resource(node));
  for (const each of patches) {
    if (patch.options?.allowNameChange) each.allow('name');
    if (patch.options?.allowKindChange) each.allow('kind');
  }
  return (list) => {
    const { target } = patch;
    if (!target) {
      for (const each of patches) patchOne(list, each, schemas);
      return;
    }
    if (patches.length > 1) {
      throw new Error(
        `Multiple Strategic-Merge Patches in one \`patches\` entry is not allowed to set \`patches.target\` field: ${source}`,
      );
    }
    const [only] = patches;
    if (only) list.patch(select(list, target), only, schemas);
  };
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function select(list: ResourceList, target: Selector): Resource[] {
  try {
    return list.select(target);
  } catch (error) {
    const shown = `${formatId(target)}:a=${target.annotationSelector ?? ''}:l=${target.labelSelector ?? ''}`;
    throw new Error(
      `unable to find patch target ${JSON.stringify(shown)} in \`resources\`: ${(error as Error).message}`,
    );
  }
}

function patchOne(list: ResourceList, patch: Resource, schemas: StepContext['schemas']): void {
  const { originalId } = patch;
  let target: Resource;
  try {
    target = list.only(originalId);
  } catch (error) {
    const id = JSON.stringify(formatId(originalId));
    throw new Error(`no resource matches strategic merge patch ${id}: ${(error as Error).message}`);
  }
  patchResource(target, patch, schemas);
}

/** @throws where the text is no list of operations (jsonpatch.DecodePatch). */
function jsonPatchOf(text: string): JsonObject[] {
  const value: Json = text.startsWith('[') ? parseJson(text) : yamlToJson(text);
  if (value === null) return [];
  if (!Array.isArray(value) || !value.every(isObject)) throw new Error('json: cannot unmarshal into jsonpatch.Patch');
  return value;
}

function applyOperations(
  list: ResourceList,
  operations: readonly JsonObject[],
  target: Selector | undefined,
  source: string,
): void {
  if (!target) throw new Error(`must specify a target for JSON patch ${source}`);
  for (const resource of list.select(target)) {
    resource.rememberId();
    applyToResource(resource, operations);
  }
}

function applyToResource(resource: Resource, operations: readonly JsonObject[]): void {
  const kept = internalAnnotations(resource.node);
  const patched = applyJsonPatch(nodeToJson(resource.node) as JsonObject, operations);
  if (patched !== null && !isObject(patched)) {
    throw new Error('json: cannot unmarshal array into Go value of type map[string]interface {}');
  }
  resource.node.become(nodeOfJson(patched ?? {}));
  setAnnotations(resource.node, new Map([...annotationsOf(resource.node), ...kept]));
}

/** PatchJson6902Transformer. */
export function applyJson6902(patch: Patch, { loader }: StepContext): Transformer {
  const { target, path = '' } = patch;
  let text = patch.patch ?? '';
  if (!target?.name) throw new Error('must specify the target name');
  if (path === '' && text === '') throw new Error('empty file path and empty jsonOp');
  if (path !== '') {
    if (text !== '') throw new Error('must specify a file path or jsonOp, not both');
    text = loader.text(path);
    if (text === '') throw new Error(`patch file '${path}' empty seems to be empty`);
  }
  const operations = jsonPatchOf(text);
  if (operations.length === 0) throw new Error(`patch appears to be empty; file=${path}, JsonOp=${text}`);
  return (list) => {
    for (const resource of list.select(target)) applyToResource(resource, operations);
  };
}

/** PatchStrategicMergeTransformer: each entry is a patch itself, or the path of one. */
export function applyStrategicMerge(entries: readonly string[], { loader, schemas }: StepContext): Transformer {
  const patches = entries.flatMap((entry) => {
    const nodes =
      attempt(() => readObjects(entry)) ??
      (() => {
        const text = loader.text(entry);
        try {
          return readObjects(text);
        } catch (error) {
          throw withFile(error as Error, entry);
        }
      })();
    return nodes.map((node) => new Resource(node));
  });
  if (patches.length === 0) throw new Error(`patch appears to be empty; files=[${entries.join(' ')}], Patch=`);
  return (list) => {
    for (const patch of patches) list.patch([list.only(patch.originalId)], patch, schemas);
  };
}

/** Text that is not YAML says in which file it stands (kusterr.Handler). */
export function withFile(error: Error, path: string): Error {
  return error.message.includes('MalformedYAMLError')
    ? Object.assign(error, { message: `${error.message} in File: ${path}` })
    : error;
}
