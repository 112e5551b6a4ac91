/**
 * `/openapi/v2`, `/openapi/v3` and the documents below it (kube-openapi `pkg/handler`, `pkg/handler3`). Documents are made when
 * they are asked for, and kept until other kinds are served. What names the state of a built-in document is what it is made
 * from, so that the index costs no more than its hashes.
 */
import type { Json, JsonObject } from '../../apimachinery/json';
import type { ApiRequest, ApiResponse } from '../../client/transport';
import { compiledSignature, kindSchema } from '../../schema/catalog';
import type { ResourceInfo } from '../../schema/schema';
import { sha512 } from '../digest';
import { compactJson } from '../encoding/go-json';
import { parseAccept } from '../encoding/negotiate';
import { requestQuery } from '../request-info';
import { notModified, pathNotFound } from '../responses';
import { type CustomSchemas, pathOf, version2Document, version3Document, version3Paths } from './documents';

export interface OpenApiSource {
  resources: readonly ResourceInfo[];
  custom: CustomSchemas;
  serverVersion: string;
}

/** Raised when documents are made in another way: part of the names of their states. */
const FORMAT = 1;

const PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const PROTOBUF_DEPRECATED = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

interface Made {
  document: JsonObject;
  hash: string;
  bytes?: Uint8Array;
  protobuf?: Uint8Array;
}

interface Documents {
  version3: Map<string, Promise<Made | undefined>>;
  version2: Promise<Made> | undefined;
  index: Promise<Made> | undefined;
  hashes: Map<string, Promise<string>>;
}

const kept = new WeakMap<readonly ResourceInfo[], Documents>();

function documentsOf(resources: readonly ResourceInfo[]): Documents {
  let documents = kept.get(resources);
  if (!documents) {
    documents = { version3: new Map(), version2: undefined, index: undefined, hashes: new Map() };
    kept.set(resources, documents);
  }
  return documents;
}

/** Undefined for paths that are none of these. @throws ApiError 404 for a document that there is not. */
export async function answerOpenApi(
  path: string,
  request: ApiRequest,
  source: OpenApiSource,
): Promise<ApiResponse | undefined> {
  const accept = request.headers?.['accept'] ?? '';
  if (path === '/openapi/v2') return answerVersion2(request, accept, source);
  if (path === '/openapi/v3' || path === '/openapi/v3/')
    return served(request, await index(source), 'application/json');
  if (!path.startsWith('/openapi/v3/')) return undefined;
  const name = path.slice('/openapi/v3/'.length);
  const made = await version3(name, source);
  if (!made) throw pathNotFound();
  if (!accepts(accept, ['application/json'])) return notAcceptable();
  const hash = requestQuery(request)['hash'] ?? '';
  if (hash !== '' && hash !== made.hash) return moved(serverRelativeUrl(name, made.hash));
  const response = served(request, made, 'application/json');
  response.headers['vary'] = 'Accept';
  if (hash !== '') response.headers['cache-control'] = 'public, immutable';
  return response;
}

/** `/openapi/v3/apis/apps/v1?hash=…` */
function serverRelativeUrl(name: string, hash: string): string {
  return `/openapi/v3/${name}?hash=${hash}`;
}

async function index(source: OpenApiSource): Promise<Made> {
  const documents = documentsOf(source.resources);
  documents.index ??= (async () => {
    const paths: JsonObject = {};
    for (const name of version3Paths(source.resources))
      paths[name] = { serverRelativeURL: serverRelativeUrl(name, await hashOf(name, source)) };
    const document = { paths };
    return { document, hash: (await sha512(compactJson(document))).toUpperCase() };
  })();
  return documents.index;
}

/** Names the state of a document: by what it is made from, or where kinds are custom, by what it says. */
function hashOf(name: string, source: OpenApiSource): Promise<string> {
  const { hashes } = documentsOf(source.resources);
  let hash = hashes.get(name);
  if (!hash) {
    hash = makeHash(name, source);
    hashes.set(name, hash);
  }
  return hash;
}

async function makeHash(name: string, { resources, custom, serverVersion }: OpenApiSource): Promise<string> {
  const within = resources.filter((info) => pathOf(info) === name);
  const isCustom = within.some(({ group, version, kind }) => !kindSchema(group, version, kind));
  const material = isCustom
    ? compactJson((await version3Document(name, resources, custom, serverVersion)) as Json)
    : `${FORMAT} ${compiledSignature()} ${serverVersion} ${name} ${JSON.stringify(within)}`;
  return (await sha512(material)).toUpperCase();
}

function version3(name: string, source: OpenApiSource): Promise<Made | undefined> {
  const { version3: documents } = documentsOf(source.resources);
  // Names come from outside: only those are kept that lead somewhere.
  if (!version3Paths(source.resources).includes(name)) return Promise.resolve(undefined);
  let made = documents.get(name);
  if (!made) {
    made = (async () => {
      const document = await version3Document(name, source.resources, source.custom, source.serverVersion);
      return document && { document, hash: await hashOf(name, source) };
    })();
    documents.set(name, made);
  }
  return made;
}

async function answerVersion2(request: ApiRequest, accept: string, source: OpenApiSource): Promise<ApiResponse> {
  const wanted = accepts(accept, ['application/json', PROTOBUF_DEPRECATED, PROTOBUF]);
  if (!wanted) return notAcceptable();
  const documents = documentsOf(source.resources);
  documents.version2 ??= (async () => {
    const document = await version2Document(source.resources, source.custom, source.serverVersion);
    return { document, hash: (await sha512(compactJson(document))).toUpperCase() };
  })();
  const made = await documents.version2;
  if (wanted !== 'application/json' && !made.protobuf) {
    const { encodeSwagger } = await import('./gnostic');
    made.protobuf = encodeSwagger(made.document);
  }
  const response =
    wanted === 'application/json'
      ? served(request, made, wanted)
      : served(request, { ...made, bytes: made.protobuf as Uint8Array }, PROTOBUF);
  response.headers['vary'] = 'Accept';
  return response;
}

/** The first media type of ours that is accepted. */
function accepts(accept: string, offered: readonly string[]): string | undefined {
  for (const { type, subtype } of parseAccept(accept === '' ? '*/*' : accept))
    for (const one of offered) {
      const [offeredType, offeredSubtype] = one.split('/');
      if ((type === offeredType || type === '*') && (subtype === offeredSubtype || subtype === '*')) return one;
    }
  return undefined;
}

const utf8 = new TextEncoder();

/** http.ServeContent: the document, or 304 for whom it is no news. */
function served(request: ApiRequest, made: Made, contentType: string): ApiResponse {
  const etag = `"${made.hash}"`;
  const headers: Record<string, string> = { 'content-type': contentType, etag };
  if (isKnown(request.headers?.['if-none-match'], etag)) return notModified(headers);
  return {
    code: 200,
    headers,
    body: made.document,
    warnings: [],
    // Whoever asks in process takes the document; bytes are made for the wire, once.
    get bytes() {
      made.bytes ??= utf8.encode(compactJson(made.document));
      return made.bytes;
    },
  };
}

function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
}

function moved(location: string): ApiResponse {
  const headers = { 'content-type': 'text/html; charset=utf-8', location };
  const body = `<a href="${location}">Moved Permanently</a>.\n\n`;
  return { code: 301, headers, body, warnings: [] };
}

function notAcceptable(): ApiResponse {
  return { code: 406, headers: { vary: 'Accept' }, body: '', warnings: [] };
}
