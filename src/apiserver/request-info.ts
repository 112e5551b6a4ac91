/**
 * What a request is about, read off its method and path (apiserver `endpoints/request/requestinfo.go`,
 * RequestInfoFactory.NewRequestInfo).
 */

import { badRequest } from '../apimachinery/status';
import type { ApiRequest, RequestTarget } from '../client/transport';

export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection'
  | 'post'
  | 'put';

export interface RequestInfo {
  /** False for `/version`, `/apis/apps/v1` and the like; then only `verb` and `path` tell anything. */
  isResourceRequest: boolean;
  /** For resources: get, list, …; else the method in lower case. */
  verb: Verb;
  /** Decoded, without the query. */
  path: string;
  query: Query;
  group: string;
  version: string;
  resource: string;
  /** '' for all namespaces and for what has none. */
  namespace: string;
  name: string;
  subresource: string;
  /** What follows the subresource: `/proxy/a/b` → `a/b`. */
  subpath: string;
}

/** Query parameters; keys from outside, so read with `param`. */
export type Query = Readonly<Record<string, string | undefined>>;

/** A query parameter, '' where it is absent. */
export function param(query: Query, name: string): string {
  return Object.hasOwn(query, name) ? (query[name] ?? '') : '';
}

const METHOD_VERBS = { POST: 'create', GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const;
/** Of a request without one. */
export const NO_QUERY: Query = Object.freeze({});

/**
 * @throws ApiError 400 when the path's percent-encoding is broken.
 */
export function requestInfo(request: ApiRequest): RequestInfo {
  const { method, path, target, query } = request;
  if (target !== undefined) return infoOf(request, target);
  if (query !== undefined) return readRequest(request);
  if (method === 'GET') return asBefore(request);
  if (method !== 'POST') return readRequest(request);
  // What is created many at a time is created under one path.
  if (path !== latest.path) latest = { path, info: Object.freeze(readRequest(request)) };
  return latest.info as RequestInfo;
}

let latest: { path: string | undefined; info: RequestInfo | undefined } = { path: undefined, info: undefined };

/** Of a request that says itself what its path says. */
function infoOf({ method, path, query = NO_QUERY }: ApiRequest, target: RequestTarget): RequestInfo {
  const { group, version, resource, namespace, name, subresource } = target;
  return {
    isResourceRequest: true,
    verb: verbOf(method, name, query),
    path,
    query,
    group,
    version,
    resource,
    namespace,
    name,
    subresource,
    subpath: '',
  };
}

/** Who looks again looks at the same. */
const gets = new Map<string, RequestInfo>();
const MOST_GETS = 256;

function asBefore(request: ApiRequest): RequestInfo {
  let info = gets.get(request.path);
  if (!info) {
    info = Object.freeze(readRequest(request));
    if (gets.size >= MOST_GETS) gets.clear();
    gets.set(request.path, info);
  }
  return info;
}

function readRequest(request: ApiRequest): RequestInfo {
  let rawPath = request.path;
  const query = requestQuery(request);
  const mark = rawPath.indexOf('?');
  if (mark >= 0) rawPath = rawPath.slice(0, mark);
  const path = rawPath.includes('%') ? decodePath(rawPath) : rawPath;
  const info: RequestInfo = {
    isResourceRequest: false,
    verb: request.method.toLowerCase() as Verb,
    path,
    query,
    group: '',
    version: '',
    resource: '',
    namespace: '',
    name: '',
    subresource: '',
    subpath: '',
  };
  const parts = splitPath(path);
  if (parts.length < 3) return info;
  let at: number;
  if (parts[0] === 'api') at = 1;
  else if (parts[0] === 'apis') {
    if (parts.length < 4) return info;
    info.group = parts[1] as string;
    at = 2;
  } else return info;
  info.isResourceRequest = true;
  info.version = parts[at++] as string;
  let isWatch = false;
  if (parts[at] === 'watch') {
    // /api/v1/watch/…, deprecated since 1.11: a watch, said by the path.
    if (parts.length - at < 2) throw badRequest(`unable to determine kind and namespace from url, ${path}`);
    at++;
    isWatch = true;
  }
  if (parts[at] === 'namespaces' && parts.length > at + 1) {
    info.namespace = parts[at + 1] as string;
    const next = parts[at + 2];
    // A step after the namespace is a resource in it, unless it is one of the namespace's own subresources.
    if (next !== undefined && next !== 'status' && next !== 'finalize') at += 2;
  }
  info.resource = parts[at] as string;
  info.name = parts[at + 1] ?? '';
  info.subresource = parts[at + 2] ?? '';
  if (parts.length > at + 3) info.subpath = parts.slice(at + 3).join('/');
  info.verb = isWatch ? 'watch' : verbOf(request.method, info.name, query);
  return info;
}

function verbOf(method: ApiRequest['method'], name: string, query: Query): Verb {
  if (name === '') {
    if (method === 'GET') return isTrue(param(query, 'watch')) ? 'watch' : 'list';
    if (method === 'DELETE') return 'deletecollection';
  }
  return METHOD_VERBS[method];
}

/** The query of a request, wherever it stands. */
export function requestQuery({ path, query }: ApiRequest): Query {
  const mark = path.indexOf('?');
  if (mark < 0) return query ?? NO_QUERY;
  return { ...Object.fromEntries(new URLSearchParams(path.slice(mark + 1))), ...query };
}

/** How query parameters say yes: anything but absent, `false` and `0` (Convert_Slice_string_To_bool). */
export function isTrue(value: string): boolean {
  return value !== '' && value !== '0' && value.toLowerCase() !== 'false';
}

function splitPath(path: string): string[] {
  let [start, end] = [0, path.length];
  while (start < end && path[start] === '/') start++;
  while (end > start && path[end - 1] === '/') end--;
  return start === end ? [] : path.slice(start, end).split('/');
}

/** The whole path is decoded before it is split, as Go's URL.Path is: `%2F` separates like `/`. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw badRequest(`invalid URL escape in ${JSON.stringify(path)}`);
  }
}
