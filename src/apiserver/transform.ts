/** Objects in the form that the caller accepts: as they are, as a Table, or their metadata only (apiserver `handlers/response.go`). */
import type { Json } from '../apimachinery/json';
import type { KubeObject } from '../apimachinery/meta';
import type { WatchEvent } from '../client/transport';
import { listBody, type ObjectList } from './list';
import type { RequestContext } from './request-context';

export async function transformObject(_context: RequestContext, object: KubeObject): Promise<KubeObject> {
  return object;
}

export async function transformList(context: RequestContext, list: ObjectList): Promise<Json> {
  return listBody(context, list);
}

export function transformEvent(_context: RequestContext, event: WatchEvent): WatchEvent {
  return event;
}
