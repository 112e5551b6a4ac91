/**
 * Which parts of an object a change touched. What a write leaves alone the next version shares with the one before, frozen, so
 * that it is enough to see whether it is the very same. A part that is equal and not the same counts as touched.
 */
import type { KubeObject } from '../apimachinery/meta';

/** A set of parts. */
export type Parts = number;

export const LABELS: Parts = 1;
export const ANNOTATIONS: Parts = 2;
export const OWNERS: Parts = 4;
export const FINALIZERS: Parts = 8;
/** That it is on its way out, and how long it may take. */
export const DELETION: Parts = 16;
export const SPEC: Parts = 32;
export const STATUS: Parts = 64;
/** status.phase; the status is touched then, too. */
export const PHASE: Parts = 128;
/** Whatever has no name here: touched by every change. */
const REST: Parts = 256;
/** Of an object that comes or goes, or is another one of the same name, every part. */
export const ANYTHING: Parts = 511;

export function changedParts(previous: KubeObject, object: KubeObject): Parts {
  const was = previous.metadata;
  const is = object.metadata;
  // Looked at anew, as when the store was read again.
  if (previous === object || was.uid !== is.uid) return ANYTHING;
  let parts = REST;
  if (was.labels !== is.labels) parts |= LABELS;
  if (was.annotations !== is.annotations) parts |= ANNOTATIONS;
  if (was.ownerReferences !== is.ownerReferences) parts |= OWNERS;
  if (was.finalizers !== is.finalizers) parts |= FINALIZERS;
  if (
    was.deletionTimestamp !== is.deletionTimestamp ||
    was.deletionGracePeriodSeconds !== is.deletionGracePeriodSeconds
  )
    parts |= DELETION;
  if (previous.spec !== object.spec) parts |= SPEC;
  const { status } = previous;
  if (status !== object.status) parts |= status?.phase === object.status?.phase ? STATUS : STATUS | PHASE;
  return parts;
}
