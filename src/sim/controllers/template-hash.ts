/** The hash of a pod template that names a ReplicaSet or a ControllerRevision. */

import { jsonOf } from '../../apimachinery/json';
import { stringifyGo } from '../../apimachinery/json-text';
import type { KubeObject } from '../../apimachinery/meta';

/** The letters and digits that upstream's hashes are written in (apimachinery `util/rand` SafeEncodeString). */
const ALPHANUMS = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * As controller_utils.go ComputeHash: FNV-1a of 32 bits, printed in decimal, each digit written safely. Upstream hashes the
 * template as Go prints its structs; kubetick hashes its JSON with sorted keys, so the hashes are stable but not the same.
 */
export function templateHash(template: KubeObject, collisionCount?: number): string {
  let hash = 0x811c9dc5;
  const text =
    collisionCount === undefined ? stringifyGo(jsonOf(template)) : stringifyGo(jsonOf(template)) + collisionCount;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return safeEncode(String(hash >>> 0));
}

/** rand.SafeEncodeString */
export function safeEncode(text: string): string {
  let encoded = '';
  for (let i = 0; i < text.length; i++) encoded += ALPHANUMS[text.charCodeAt(i) % ALPHANUMS.length];
  return encoded;
}
