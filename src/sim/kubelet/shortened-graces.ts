/** What the API server has noted of pods whose time to end was cut (apiserver/shortened-graces.ts). */
import { isObject } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { isReason } from '../../apimachinery/status';
import { parseTime } from '../../apimachinery/time';
import { SHORTENED_GRACES } from '../../apiserver/shortened-graces';
import type { Client } from '../../client/client';
import type { Kill } from './stopping';

/** By uid: when they were asked to end, and how much time they got each time. */
export async function shortenedGraces(client: Client): Promise<ReadonlyMap<string, readonly Kill[]>> {
  const value = await client.request({ method: 'GET', path: SHORTENED_GRACES }).catch((error: unknown) => {
    if (isReason(error, 'NotFound')) return {};
    throw error;
  });
  const found = new Map<string, readonly Kill[]>();
  for (const [uid, asked] of Object.entries(isObject(value) ? value : {}))
    found.set(
      uid,
      (asked as { at: string; seconds: number }[]).map(({ at, seconds }) => ({
        asked: parseTime(at) ?? 0,
        grace: seconds * 1000,
      })),
    );
  return found;
}

/** Whether it was asked to end, for the first time or anew, since it was last seen like this. */
export function isAskedToEnd(pod: KubeObject, previous: KubeObject | undefined): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  if (deletionTimestamp === undefined) return false;
  // Seen for the first time, or anew: nobody knows what was missed.
  if (previous === undefined || previous === pod) return true;
  const was = previous.metadata;
  return was.deletionTimestamp !== deletionTimestamp || was.deletionGracePeriodSeconds !== deletionGracePeriodSeconds;
}
