/** DELETE of a collection: what its selectors list, one after the other (Store.DeleteCollection). Not atomic, as upstream. */
import type { Json } from '../apimachinery/json';
import { isReason } from '../apimachinery/status';
import type { ApiResponse } from '../client/transport';
import { deleteObject } from './delete';
import { deleteOptions } from './delete-options';
import { listObjects } from './list';
import { listOptions } from './list-options';
import type { RequestContext } from './request-context';
import { respond } from './responses';
import { transformList } from './transform';

export async function handleDeleteCollection(context: RequestContext): Promise<ApiResponse> {
  const selection = listOptions(context);
  const options = deleteOptions(context);
  const list = await listObjects(context, selection);
  for (const { metadata } of list.items) {
    try {
      await deleteObject(context, metadata.namespace ?? '', metadata.name ?? '', options);
    } catch (error) {
      // Somebody else was faster.
      if (!isReason(error, 'NotFound')) throw error;
    }
  }
  return respond(200, (await transformList(context, list)) as Json, context.warnings);
}
