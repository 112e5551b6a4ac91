/** Whether there is any point in making something in a namespace. */
import { ApiError } from '../../../apimachinery/status';
import type { IndexedCache } from '../../controller';

/** True for a namespace that is there and not on its way out. */
export function isNamespaceActive(cache: IndexedCache, name: string): boolean {
  const namespace = cache.get('namespaces', '', name);
  return namespace?.['status']?.phase === 'Active' && namespace.metadata.deletionTimestamp === undefined;
}

/** Throws an error on, but not one that says that the namespace is terminating or gone (v1.NamespaceTerminatingCause). */
export function unlessTerminating(error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
  const { details } = error.status;
  if (details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating')) return;
  if (error.reason === 'NotFound' && details?.kind === 'namespaces') return;
  throw error;
}
