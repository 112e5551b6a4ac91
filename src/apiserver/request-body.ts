/**
 * The body of a request as a JSON value, whatever it came as. In process it is one already, and costs nothing; bytes are read
 * as their content type says (apimachinery `runtime/serializer/json/json.go`, `protobuf/protobuf.go`, apiserver `handlers/rest.go`).
 */
import type { Json, JsonObject } from '../apimachinery/json';
import { parseJsonStrictly } from '../apimachinery/json-strict';
import { type ApiError, badRequest } from '../apimachinery/status';
import type { ApiRequest } from '../client/transport';
import { type Encoding, negotiateInput } from './encoding/negotiate';
import type { ReceivedBody } from './received-body';
import type { RequestInfo } from './request-info';
import type { ServedResource } from './served-resource';

/** What the path says the body is of, where it does not say so itself. */
interface Expected {
  apiVersion: string;
  kind: string;
}

const NO_ERRORS: readonly string[] = [];

/** @throws ApiError 415 for a media type that nobody reads, 400 for what is not of its media type. */
export async function receiveBody(
  request: ApiRequest,
  info: RequestInfo,
  resource: ServedResource,
): Promise<ReceivedBody> {
  const { body } = request;
  if (typeof body !== 'string' && !(body instanceof Uint8Array))
    return { value: body, strictErrors: NO_ERRORS, summary: undefined };
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  switch (info.verb) {
    case 'patch':
      return receivePatch(bytes, request.headers?.['content-type'] ?? '');
    case 'delete':
    case 'deletecollection':
      return bytes.length === 0
        ? { value: undefined, strictErrors: NO_ERRORS, summary: undefined }
        : receiveObject(bytes, negotiateInput(request.headers?.['content-type']), {
            apiVersion: 'meta.k8s.io/v1',
            kind: 'DeleteOptions',
          });
    case 'create':
    case 'update':
      return receiveObject(bytes, negotiateInput(request.headers?.['content-type']), expectedKind(info, resource));
    default:
      // Who reads sends nothing that counts.
      return { value: undefined, strictErrors: NO_ERRORS, summary: undefined };
  }
}

/** A body for a path that is no resource: JSON. @throws ApiError 400. */
export function plainBody(body: ApiRequest['body']): Json | undefined {
  if (!(body instanceof Uint8Array)) return body;
  if (body.length === 0) return undefined;
  try {
    return parseJsonStrictly(textOf(body)).value;
  } catch (error) {
    throw badRequest(messageOf(error));
  }
}

function expectedKind({ subresource }: RequestInfo, { info, apiVersion, subresource: find }: ServedResource): Expected {
  const served = subresource === '' ? undefined : find(subresource);
  if (!served || served.kind === '') return { apiVersion, kind: info.kind };
  const { group, version, kind } = served;
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind };
}

async function receiveObject(bytes: Uint8Array, encoding: Encoding, expected: Expected): Promise<ReceivedBody> {
  const summary = summarize(bytes);
  const unrecognized = (why: string): ApiError =>
    badRequest(
      expected.kind === 'DeleteOptions'
        ? why
        : `the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${summary})`,
    );
  if (encoding === 'protobuf')
    return { value: await fromProtobuf(bytes, expected, unrecognized), strictErrors: [], summary };
  if (encoding === 'yaml') {
    try {
      return { ...(await fromYaml(bytes)), summary };
    } catch (error) {
      throw unrecognized(messageOf(error));
    }
  }
  try {
    return { ...parseJsonStrictly(textOf(bytes)), summary };
  } catch (error) {
    throw unrecognized(`couldn't get version/kind; json parse error: ${messageOf(error)}`);
  }
}

async function receivePatch(bytes: Uint8Array, contentType: string): Promise<ReceivedBody> {
  if (contentType.includes('yaml')) {
    try {
      return { ...(await fromYaml(bytes)), summary: undefined };
    } catch (error) {
      throw badRequest(`error decoding patch: ${messageOf(error)}`);
    }
  }
  try {
    return { ...parseJsonStrictly(textOf(bytes)), summary: undefined };
  } catch (error) {
    throw badRequest(messageOf(error));
  }
}

/** Keys that stand twice are told as go-yaml tells them, all in one. */
async function fromYaml(bytes: Uint8Array): Promise<{ value: Json; strictErrors: string[] }> {
  const { parseYaml } = await import('../yaml/read');
  const text = yamlText(bytes);
  try {
    return { value: parseYaml(text), strictErrors: [] };
  } catch (error) {
    // Read again to see whether that was all that is wrong with it.
    return { value: parseYaml(text, { duplicateKeys: 'last' }), strictErrors: [messageOf(error)] };
  }
}

/** go-yaml reads nothing but UTF-8 (yaml_parser_update_buffer). */
function yamlText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`error converting YAML to JSON: yaml: ${utf8Complaint(bytes)}`);
  }
}

function utf8Complaint(bytes: Uint8Array): string {
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i] as number;
    const width =
      first < 0x80 ? 1 : (first & 0xe0) === 0xc0 ? 2 : (first & 0xf0) === 0xe0 ? 3 : (first & 0xf8) === 0xf0 ? 4 : 0;
    if (width === 0) return 'invalid leading UTF-8 octet';
    if (i + width > bytes.length) return 'incomplete UTF-8 octet sequence';
    for (let k = 1; k < width; k++)
      if (((bytes[i + k] as number) & 0xc0) !== 0x80) return 'invalid trailing UTF-8 octet';
    i += width;
  }
  return 'invalid length of a UTF-8 sequence';
}

/** An object of another kind is given back with nothing but its kind: whoever asked for it refuses it. */
async function fromProtobuf(
  bytes: Uint8Array,
  expected: Expected,
  unrecognized: (why: string) => ApiError,
): Promise<JsonObject> {
  const [{ openEnvelope, structOfKind }, { decodeMessage }, { NotMarshalableError }, { ProtobufError }] =
    await Promise.all([
      import('../schema/protobuf-object'),
      import('../schema/protobuf-decode'),
      import('../schema/protobuf-message'),
      import('../apimachinery/protobuf-wire'),
    ]);
  let kind = expected.kind;
  let apiVersion = expected.apiVersion;
  let known = false;
  try {
    const envelope = openEnvelope(bytes);
    kind = envelope.kind || kind;
    apiVersion = envelope.apiVersion || apiVersion;
    known = true;
    if (kind !== expected.kind) return { apiVersion, kind };
    const object = decodeMessage(envelope.raw, structOfKind(apiVersion, kind));
    return { apiVersion, kind, ...object };
  } catch (error) {
    if (!(error instanceof ProtobufError) && !(error instanceof NotMarshalableError)) throw error;
    const why =
      error instanceof NotMarshalableError
        ? 'object *unstructured.Unstructured does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message'
        : error.message;
    if (!known || expected.kind === 'DeleteOptions') throw unrecognized(why);
    const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
    throw badRequest(`${kind} in version "${version}" cannot be handled as a ${expected.kind}: ${why}`);
  }
}

/** summarizeData, of 30 bytes. */
function summarize(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<empty>';
  const start = bytes.subarray(0, 30);
  const text = bytes[0] === 0x7b ? textOf(start) : hexOf(start);
  return bytes.length > 30 ? `${text} ...` : text;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** What is not UTF-8 becomes U+FFFD, as encoding/json has it. */
function textOf(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
