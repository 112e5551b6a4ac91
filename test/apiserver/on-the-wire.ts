/** Requests and answers as bytes, as a listener hands them on. */
import { responseEncoder } from '../../src/apiserver/encoding/response-encoder';
import type { ApiRequest, ApiResponse, Transport } from '../../src/client/transport';

export interface Sent extends ApiResponse {
  contentType: string;
  /** The body as text. */
  text: string;
  wire: Uint8Array;
}

const utf8 = new TextEncoder();

/** Sends a body as bytes and reads the answer as they go over the wire. */
export async function sendBytes(
  server: Transport,
  method: ApiRequest['method'],
  path: string,
  headers: Record<string, string> = {},
  body?: string | Uint8Array,
): Promise<Sent> {
  const bytes = typeof body === 'string' ? utf8.encode(body) : body;
  const request: ApiRequest = { method, path, headers, ...(bytes ? { body: bytes } : {}) };
  const response = await server.send(request);
  const encoder = await responseEncoder(request, response);
  const wire = response.events ? new Uint8Array() : encoder.encode(response.body);
  return { ...response, contentType: encoder.contentType, text: new TextDecoder().decode(wire), wire };
}
