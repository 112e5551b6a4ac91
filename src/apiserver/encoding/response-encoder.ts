/**
 * Answers as bytes: what a listener puts on the wire (apiserver `endpoints/handlers/responsewriters/writers.go`,
 * `handlers/response.go` watchEncoder). In process nobody needs this.
 *
 *     const response = await server.send(request);
 *     const encoder = await responseEncoder(request, response);
 *     outgoing.writeHead(response.code, { ...response.headers, 'content-type': encoder.contentType });
 *     outgoing.end(encoder.encode(response.body)); // or, for each of response.events: outgoing.write(encoder.encodeEvent(event))
 */
import { isObject, type Json, type JsonObject } from '../../apimachinery/json';
import { stringifyGo } from '../../apimachinery/json-text';
import type { ApiRequest, ApiResponse, WatchEvent } from '../../client/transport';
import { requestQuery } from '../request-info';
import { compactJson, goJson, goJsonBytes, inGoOrder } from './go-json';
import { acceptedForm, BUILTIN, type Encoding, MEDIA_TYPES, NO_TRANSFORM } from './negotiate';
import { Recent } from './recent';

export interface ResponseEncoder {
  readonly contentType: string;
  encode(body: Json): Uint8Array;
  /** One event of a watch, framed as its content type wants it. The bytes are shared: not to be written into. */
  encodeEvent(event: WatchEvent): Uint8Array;
}

const utf8 = new TextEncoder();

/** The encoder of an answer to a request: the form that was negotiated, or that of an error, which is negotiated anew. */
export async function responseEncoder(request: ApiRequest, response: ApiResponse): Promise<ResponseEncoder> {
  const declared = response.headers['content-type'] ?? MEDIA_TYPES.json;
  if (response.bytes) return bytesEncoder(declared, response.bytes);
  const plain = plainText(response);
  if (plain !== undefined) return bytesEncoder('text/plain; charset=utf-8', utf8.encode(plain));
  if (typeof response.body === 'string') return bytesEncoder(declared, utf8.encode(response.body));
  const accepted = acceptedForm(request.headers?.['accept'], NO_TRANSFORM);
  // Nothing that is accepted can carry an error: it goes as it is, so that it is not hidden.
  if (response.code >= 400 && !accepted) return rawJsonEncoder();
  if (!response.events && !isApiObject(response.body)) return rawJsonEncoder();
  const encoding = response.code >= 400 ? (accepted?.encoding ?? 'json') : encodingOf(declared);
  const contentType = response.code >= 400 ? MEDIA_TYPES[encoding] : declared;
  switch (encoding) {
    case 'yaml':
      return yamlEncoder(contentType);
    case 'protobuf':
      return protobufEncoder(contentType);
    default:
      return jsonEncoder(contentType, !response.events && (asksForPretty(request) || isPretty(request)));
  }
}

/** Paths that nobody has are refused by Go's http.NotFound, which knows nothing of Status. */
function plainText({ code, body }: ApiResponse): string | undefined {
  if (code !== 404) return undefined;
  const details = isObject(body) ? body['details'] : undefined;
  const causes = isObject(details) ? details['causes'] : undefined;
  const cause = Array.isArray(causes) ? causes[0] : undefined;
  if (!isObject(cause) || cause['reason'] !== 'UnexpectedServerResponse') return undefined;
  return `${cause['message']}\n`;
}

function isApiObject(body: Json): boolean {
  return isObject(body) && typeof body['kind'] === 'string';
}

function encodingOf(contentType: string): Encoding {
  if (contentType.startsWith(MEDIA_TYPES.protobuf)) return 'protobuf';
  return contentType.startsWith(MEDIA_TYPES.yaml) ? 'yaml' : 'json';
}

/** `Accept: application/json;pretty=1` */
function asksForPretty({ headers }: ApiRequest): boolean {
  const accept = headers?.['accept'] ?? '';
  return accept.includes('pretty') && acceptedForm(accept, BUILTIN)?.pretty === true;
}

/** isPrettyPrint: asked for, or a person looks on. */
function isPretty(request: ApiRequest): boolean {
  const wanted = requestQuery(request)['pretty'] ?? '';
  if (wanted !== '') return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(wanted);
  return /^(?:curl|Wget|Mozilla\/5\.0)/.test(request.headers?.['user-agent'] ?? '');
}

function bytesEncoder(contentType: string, bytes: Uint8Array): ResponseEncoder {
  return { contentType, encode: () => bytes, encodeEvent: jsonEvent };
}

/** WriteRawJSON: for what is no object of the API (`/version`). */
function rawJsonEncoder(): ResponseEncoder {
  return {
    contentType: MEDIA_TYPES.json,
    encode: (body) => utf8.encode(stringifyGo(inGoOrder(body), { indent: '  ', sortKeys: false })),
    encodeEvent: jsonEvent,
  };
}

function jsonEncoder(contentType: string, pretty: boolean): ResponseEncoder {
  return {
    contentType,
    encode: (body) => (pretty ? utf8.encode(goJson(body, true)) : goJsonBytes(body)),
    encodeEvent: jsonEvent,
  };
}

async function yamlEncoder(contentType: string): Promise<ResponseEncoder> {
  const { toYaml } = await import('../../yaml/write');
  return { contentType, encode: (body) => utf8.encode(toYaml(inGoOrder(body))), encodeEvent: jsonEvent };
}

async function protobufEncoder(contentType: string): Promise<ResponseEncoder> {
  const { encodeProtobuf, encodeProtobufEvent } = await import('../../schema/protobuf-object');
  return {
    contentType,
    encode: (body) => encodeProtobuf(body as JsonObject, (item, encode) => itemBytes.of(item, encode)),
    encodeEvent: ({ type, object }) =>
      remembered(protobufEvents, type, object, () =>
        encodeProtobufEvent(type, encodeProtobuf(object as unknown as JsonObject)),
      ),
  };
}

/** Of items of lists. */
const itemBytes = new Recent<Uint8Array>(8 * 1024 * 1024, (bytes) => bytes.length);

function jsonEvent({ type, object }: WatchEvent): Uint8Array {
  return remembered(jsonEvents, type, object, () =>
    utf8.encode(`{"type":"${type}","object":${compactJson(inGoOrder(object as unknown as Json))}}\n`),
  );
}

/** The last events by their objects: all who watch the same thing are sent the same bytes. */
type Events = Recent<Map<string, Uint8Array>>;
const MOST_EVENTS = 256;
const jsonEvents: Events = new Recent(MOST_EVENTS, () => 1);
const protobufEvents: Events = new Recent(MOST_EVENTS, () => 1);

function remembered(events: Events, type: string, object: unknown, encode: () => Uint8Array): Uint8Array {
  const byType = events.of(object as object, () => new Map());
  const known = byType.get(type);
  if (known) return known;
  const bytes = encode();
  byType.set(type, bytes);
  return bytes;
}
