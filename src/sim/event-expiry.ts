/** When events go: an hour after they were last written, at a full minute (kube-apiserver --event-ttl). */
import type { KubeObject } from '../apimachinery/meta';
import { formatTime, parseTime } from '../apimachinery/time';

const TTL = 3_600_000;
const MINUTE = 60_000;

/** The minute at which an event goes, RFC 3339, as a list: one for all that go together. */
export function expiryOf(event: KubeObject): readonly string[] {
  const written: string = event['series']?.lastObservedTime ?? event['lastTimestamp'] ?? event['eventTime'] ?? '';
  const creationTimestamp = event.metadata.creationTimestamp ?? '';
  if (written === latest.written && creationTimestamp === latest.created) return latest.expiry;
  // Events made by hand may bear times of long ago.
  const instant = Math.max(parseTime(written) ?? 0, parseTime(creationTimestamp) ?? 0);
  const expiry = Object.freeze([formatTime(Math.ceil((instant + TTL) / MINUTE) * MINUTE)]);
  latest = { written, created: creationTimestamp, expiry };
  return expiry;
}

/** Many are written at one instant. */
let latest = { written: '', created: '', expiry: Object.freeze([formatTime(TTL)]) as readonly string[] };
