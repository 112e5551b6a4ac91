/** Lets time pass until objects are gone (kubectl pkg/cmd/wait/delete.go IsDeleted). */

import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { resourcePath } from '../../client/client';
import { type Info, whereOf } from '../builder/info';
import { CommandError, type Invocation } from '../command';

/**
 * Resolves when each object is gone, or another of its name is there instead. `timeout` is simulated milliseconds for each.
 * Throws `timed out waiting for the condition on pods/web` when it is up, or when nothing will happen any more.
 */
export async function waitUntilGone(
  invocation: Invocation,
  objects: readonly { info: Info; uid: string | undefined }[],
  timeout: number,
): Promise<void> {
  for (const { info, uid } of objects) {
    if (await isGone(info, uid)) continue;
    const time = await invocation.time();
    const deadline = time.now() + timeout;
    do {
      const left = deadline - time.now();
      if (left <= 0 || !(await time.pass(left))) {
        throw new CommandError(`timed out waiting for the condition on ${info.objectName}`);
      }
    } while (!(await isGone(info, uid)));
  }
}

async function isGone(info: Info, uid: string | undefined): Promise<boolean> {
  const { client, mapping, name } = info.reachable();
  try {
    const object = await client.request<KubeObject>({
      method: 'GET',
      path: resourcePath(whereOf(mapping), mapping.namespaced ? info.namespace : '', name),
    });
    return uid !== undefined && object.metadata.uid !== uid;
  } catch (error) {
    if (isReason(error, 'NotFound')) return true;
    throw error;
  }
}
