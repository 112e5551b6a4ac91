/** What an object would be with a patch, worked out here (getPatchedJSON). */
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { asJson, asObject, gvkOf, type KubeObject } from '../../apimachinery/meta';
import type { PatchType } from '../../client/client';
import { formatGvk } from '../builder/info';
import { CommandError } from '../command';
import { messageOf } from '../errors';

/** Throws when the patch does not fit, and for strategic patches of kinds that nothing here knows. */
export async function patchLocally(object: KubeObject, type: PatchType, patch: Json): Promise<KubeObject> {
  switch (type) {
    case 'json':
      if (typeof patch === 'string') {
        const { parseJson } = await import('../../apimachinery/json-text');
        parseJson(patch);
      }
      return byJsonPatch(object, patch);
    case 'merge': {
      const { applyMergePatch } = await import('../../merge/json-merge-patch');
      if (Array.isArray(patch)) {
        throw new CommandError('json: cannot unmarshal array into Go value of type unstructured.detector');
      }
      if (!isObject(patch)) throw new CommandError('Invalid JSON Patch');
      return asObject(applyMergePatch(asJson(object), patch));
    }
    default:
      return byStrategicPatch(object, patch);
  }
}

async function byJsonPatch(object: KubeObject, patch: Json): Promise<KubeObject> {
  const { applyJsonPatch, jsonPatchOperations } = await import('../../merge/json-patch');
  try {
    return asObject(applyJsonPatch(asJson(object), jsonPatchOperations(patch, 'jsonpatch.Patch')));
  } catch (error) {
    const message = messageOf(error).replace(/^error decoding patch: /, '');
    const missing = /doc is missing key: (.*)$/.exec(message);
    throw new CommandError(missing ? `Object to be patched is missing field (${missing[1]})` : message);
  }
}

async function byStrategicPatch(object: KubeObject, patch: Json): Promise<KubeObject> {
  // Any JSON but an object can't be read into a map; null is one without anything in it.
  if (patch !== null && !isObject(patch)) throw new CommandError('invalid JSON document');
  const { useCompiledSchema } = await import('../../host/schema-files');
  const { kindSchema } = await import('../../schema/catalog');
  await useCompiledSchema();
  const gvk = gvkOf(object);
  const schema = kindSchema(gvk.group, gvk.version, gvk.kind);
  if (!schema) {
    throw new CommandError(`strategic merge patch is not supported for ${formatGvk(gvk)} locally, try --type merge`);
  }
  const { applyStrategicPatch } = await import('../../merge/strategic-patch');
  return asObject(applyStrategicPatch(asJson(object), (patch ?? {}) as JsonObject, schema));
}
