/** The patch that makes an edited object of the one that was opened (EditOptions.visitToPatch). */
import type { JsonObject } from '../../apimachinery/json';
import { asJson, type KubeObject } from '../../apimachinery/meta';
import type { PatchType } from '../../client/client';
import type { ResourceInfo } from '../../schema/schema';
import { CommandError } from '../command';

/** Strategic for kinds that kubectl has a type for, else a JSON merge patch. Neither may give it another name or kind. */
export async function editPatch(
  original: KubeObject,
  edited: KubeObject,
  { group, version, kind }: ResourceInfo,
): Promise<{ type: PatchType; patch: JsonObject }> {
  const { useCompiledSchema } = await import('../../host/schema-files');
  const { kindSchema } = await import('../../schema/catalog');
  const { checkPreconditions, createTwoWayPatch, keyUnchanged, metadataKeyUnchanged } = await import(
    '../../merge/strategic-diff'
  );
  const { isPatchError } = await import('../../merge/patch-error');
  await useCompiledSchema();
  const preconditions = [keyUnchanged('apiVersion'), keyUnchanged('kind'), metadataKeyUnchanged('name')];
  const schema = kindSchema(group, version, kind);
  try {
    if (schema) {
      return {
        type: 'strategic',
        patch: createTwoWayPatch(asJson(original), asJson(edited), schema, { preconditions }),
      };
    }
    const { createMergePatch } = await import('../../merge/json-merge-patch');
    const patch = createMergePatch(asJson(original), asJson(edited));
    checkPreconditions(patch, preconditions);
    return { type: 'merge', patch };
  } catch (error) {
    if (!isPatchError(error, 'Precondition')) throw error;
    throw new CommandError('At least one of apiVersion, kind and name was changed');
  }
}
