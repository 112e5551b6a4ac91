/** DELETE of a collection: what its selectors list, one after the other (Store.DeleteCollection). Not atomic, as upstream. */
import { isReason } from '../apimachinery/status';
import type { ApiResponse } from '../client/transport';
import { deleteObject } from './delete';
import { deleteOptions } from './delete-options';
import { listBody, listObjects } from './list';
import { listOptions } from './list-options';
import type { RequestContext } from './request-context';
import { respond } from './responses';

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
  return respond(200, listBody(context, list), context.warnings);
}
