/** What a controller or a kubelet keeps in the cluster's state beside the objects; see cluster/controller-memory.ts. */
import { isObject, type JsonObject } from '../apimachinery/json';
import { isReason } from '../apimachinery/status';
import type { Client } from '../client/client';

/** What lies under such a path; an empty object where nothing does. */
export async function recalled(client: Client, path: string): Promise<JsonObject> {
  try {
    const value = await client.request({ method: 'GET', path });
    return isObject(value) ? value : {};
  } catch (error) {
    if (isReason(error, 'NotFound')) return {};
    throw error;
  }
}
