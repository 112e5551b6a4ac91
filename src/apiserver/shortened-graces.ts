/**
 * When the time was cut that pods have to end. Upstream a kubelet begins to kill such a pod anew when it sees the second request
 * (pod_workers.go wasGracePeriodShortened); the object does not tell when that was, so it is remembered beside the objects.
 */
import { isObject, type Json } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';
import { formatTime, parseTime } from '../apimachinery/time';
import type { Entry, Store, Write } from '../store/store';

export const SHORTENED_GRACES = '/kubetick/memory/kubelet/shortened-graces';

/** A request to end, and what time it gives from then on. */
interface AskedToEnd {
  at: string;
  seconds: number;
}

/** What is to be written with a pod that gets less time to end than it had. */
export async function shorteningWrites(
  store: Store,
  { metadata: before }: KubeObject,
  { metadata: after }: KubeObject,
  now: number,
): Promise<readonly Write[]> {
  const { uid = '', deletionTimestamp = '', deletionGracePeriodSeconds: had = 0 } = before;
  const { deletionGracePeriodSeconds: has = 0 } = after;
  if (has === 0 || has >= had) return NOTHING;
  const entry = await store.get(SHORTENED_GRACES);
  const known = knownOf(entry);
  const first = { at: formatTime((parseTime(deletionTimestamp) ?? now) - had * 1000), seconds: had };
  const asked = [...(known[uid] ?? [first]), { at: formatTime(now), seconds: has }];
  return [{ key: SHORTENED_GRACES, value: asJson({ ...known, [uid]: asked }), expect: entry?.revision ?? 0 }];
}

/** What is to be written when a pod goes. */
export async function forgettingWrites(
  store: Store,
  { metadata: { uid = '' } }: KubeObject,
): Promise<readonly Write[]> {
  const entry = await store.get(SHORTENED_GRACES);
  if (!entry) return NOTHING;
  const { [uid]: gone, ...others } = knownOf(entry);
  if (!gone) return NOTHING;
  const value = Object.keys(others).length === 0 ? undefined : asJson(others);
  return [{ key: SHORTENED_GRACES, value, expect: entry.revision }];
}

function knownOf(entry: Entry | undefined): Record<string, AskedToEnd[]> {
  return entry && isObject(entry.value) ? (entry.value as unknown as Record<string, AskedToEnd[]>) : {};
}

const asJson = (known: Record<string, AskedToEnd[]>): Json => known as unknown as Json;
const NOTHING: readonly Write[] = Object.freeze([]);
