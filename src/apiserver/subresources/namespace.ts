/**
 * How a namespace ends: a delete makes it Terminating, and it goes when what was in it has gone and its finalizers with it
 * (kubernetes `pkg/registry/core/namespace/storage/storage.go`).
 */
import type { KubeObject } from '../../apimachinery/meta';
import { formatTime } from '../../apimachinery/time';
import type { DeleteOptions } from '../delete-options';
import { FINALIZER_DELETE_DEPENDENTS, FINALIZER_ORPHAN_DEPENDENTS } from '../object-meta';

/**
 * The first delete marks the namespace (`changed`); later ones wait for `spec.finalizers` (`waiting`), and without those it
 * is deleted like anything else (`free`).
 */
export function terminateNamespace(
  object: KubeObject,
  existing: KubeObject,
  options: DeleteOptions,
  now: number,
): 'changed' | 'waiting' | 'free' {
  if (existing.metadata.deletionTimestamp) return existing['spec']?.finalizers?.length ? 'waiting' : 'free';
  const { metadata } = object;
  metadata.deletionTimestamp = formatTime(now);
  object['status'] = { ...existing['status'], phase: 'Terminating' };
  const finalizers = (metadata.finalizers ?? []).filter(
    (one) => one !== FINALIZER_ORPHAN_DEPENDENTS && one !== FINALIZER_DELETE_DEPENDENTS,
  );
  const had = (finalizer: string) => existing.metadata.finalizers?.includes(finalizer) === true;
  if (wanted(options, 'Orphan') ?? had(FINALIZER_ORPHAN_DEPENDENTS)) finalizers.push(FINALIZER_ORPHAN_DEPENDENTS);
  if (wanted(options, 'Foreground') ?? had(FINALIZER_DELETE_DEPENDENTS)) finalizers.push(FINALIZER_DELETE_DEPENDENTS);
  if (finalizers.length) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  return 'changed';
}

/** What the options say of a propagation policy, if they say anything. */
function wanted(options: DeleteOptions, policy: 'Orphan' | 'Foreground'): boolean | undefined {
  if (options.orphanDependents !== undefined) return options.orphanDependents === (policy === 'Orphan');
  return options.propagationPolicy === undefined ? undefined : options.propagationPolicy === policy;
}
