/** pause, resume and restart: a small change to each workload, sent as a strategic merge patch (rollout_{pause,resume,restart}.go). */
import { isObject, type JsonObject } from '../../apimachinery/json';
import { formatGroupResource, type KubeObject } from '../../apimachinery/meta';
import type { Info } from '../builder/info';
import { patchObject } from '../builder/writes';
import type { Flag, Invocation } from '../command';
import { messageOf, throwCollected } from '../errors';
import { fieldManagerFlag, printFlags } from '../flag-sets';
import { printerFor } from '../print-objects';
import { findRollouts, targetFlags } from './find';

export function patchFlags(fieldManager: string): Flag[] {
  return [...printFlags(), ...targetFlags, fieldManagerFlag(fieldManager)];
}

/**
 * Patches each. `change` gives the patch, or throws why it can't be done; `done` is the word for it (`paused`). What goes
 * wrong with one does not keep the others.
 */
export async function patchRollouts(
  invocation: Invocation,
  fieldManager: string,
  done: string,
  change: (object: KubeObject) => JsonObject,
): Promise<void> {
  const result = await findRollouts(invocation);
  const { infos, error } = await result.infos();
  const errors: unknown[] = error === undefined ? [] : [error];
  if (infos.length === 0 && errors.length === 0) {
    const { namespace } = await invocation.namespace();
    invocation.streams.err(`No resources found in ${namespace} namespace.\n`);
    return;
  }
  const printer = await printerFor(invocation, done);
  for (const info of infos) {
    try {
      const patch = changeOf(info, change);
      const patched = await sendPatch(invocation, info, patch, fieldManager);
      invocation.streams.out(printer.print(patched));
      await invocation.checkpoint();
    } catch (failure) {
      errors.push(failure);
    }
  }
  throwCollected(errors);
}

function changeOf(info: Info, change: (object: KubeObject) => JsonObject): JsonObject {
  const { mapping, name } = info.reachable();
  try {
    return change(info.object as KubeObject);
  } catch (error) {
    const resource = formatGroupResource({ group: mapping.group, resource: mapping.plural });
    throw new Error(`error: ${resource} ${JSON.stringify(name)} ${messageOf(error)}`);
  }
}

async function sendPatch(
  invocation: Invocation,
  info: Info,
  patch: JsonObject,
  fieldManager: string,
): Promise<KubeObject> {
  try {
    return await patchObject(info, 'strategic', patch, { fieldManager: invocation.fieldManager(fieldManager) });
  } catch (error) {
    throw new Error(`failed to patch: ${messageOf(error)}`);
  }
}

/** The pod template's annotations; none where there is no template. */
export function templateAnnotations(object: KubeObject): Readonly<Record<string, unknown>> {
  const annotations = object['spec']?.template?.metadata?.annotations;
  return isObject(annotations) ? annotations : {};
}
