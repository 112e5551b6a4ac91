/** --raw: one request to a path as it was typed (kubectl pkg/rawhttp/raw.go). */
import type { Json } from '../apimachinery/json';
import { stringifyGo } from '../apimachinery/json-text';
import type { ApiRequest } from '../client/transport';
import type { Invocation } from './command';

/** `get --raw`: prints what the server answers. */
export function getRaw(invocation: Invocation, uri: string): Promise<void> {
  return sendRaw(invocation, 'GET', uri);
}

/** Sends a request and prints the answer as it is. */
export async function sendRaw(
  invocation: Invocation,
  method: ApiRequest['method'],
  uri: string,
  body?: Uint8Array,
): Promise<void> {
  const client = await invocation.client();
  const { path, query } = splitUri(uri);
  const response = await client.send({ method, path, query, asBytes: true, ...(body === undefined ? {} : { body }) });
  if (response.events) {
    for await (const event of response.events) {
      invocation.streams.out(`${stringifyGo(event as unknown as Json)}\n`);
      await invocation.release();
    }
    return;
  }
  const { streams } = invocation;
  if (response.bytes) streams.out(new TextDecoder().decode(response.bytes));
  else streams.out(typeof response.body === 'string' ? response.body : `${stringifyGo(response.body)}\n`);
}

/** `/api/v1/pods?limit=1` → path and query. */
export function splitUri(uri: string): { path: string; query: Record<string, string> } {
  const at = uri.indexOf('?');
  const query: Record<string, string> = {};
  if (at >= 0) for (const [name, value] of new URLSearchParams(uri.slice(at + 1))) query[name] = value;
  const path = at < 0 ? uri : uri.slice(0, at);
  return { path: path.startsWith('/') ? path : `/${path}`, query };
}
