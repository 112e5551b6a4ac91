/** Answers, good and bad. */
import type { Json } from '../apimachinery/json';
import { asJson, type KubeObject } from '../apimachinery/meta';
import { ApiError, apiError, badRequest, internalError, type Status } from '../apimachinery/status';
import type { ApiResponse } from '../client/transport';

const JSON_HEADERS: Record<string, string> = Object.freeze({ 'content-type': 'application/json' }) as Record<
  string,
  string
>;
const NO_WARNINGS: string[] = Object.freeze([]) as unknown as string[];

export function respond(code: number, body: Json, warnings: string[] = NO_WARNINGS): ApiResponse {
  return { code, headers: JSON_HEADERS, body, warnings };
}

export function respondObject(code: number, object: KubeObject, warnings: string[] = NO_WARNINGS): ApiResponse {
  return respond(code, asJson(object), warnings);
}

export function respondText(code: number, text: string): ApiResponse {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  return { code, headers, body: text, warnings: NO_WARNINGS };
}

/** 304: what the caller has is what there is. */
export function notModified(headers: Record<string, string>): ApiResponse {
  return { code: 304, headers, body: null, bytes: NO_BYTES, warnings: NO_WARNINGS };
}

const NO_BYTES = new Uint8Array();

/** The answer to a request that failed. What is no ApiError is a fault of ours: told as an internal error, without its stack. */
export function respondError(error: unknown, warnings: string[] = NO_WARNINGS): ApiResponse {
  const { status } = apiErrorOf(error);
  return respond(status.code ?? 500, status as unknown as Json, warnings);
}

function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  // What is nested deeper than this program can follow is the sender's doing.
  if (error instanceof RangeError && error.message.includes('call stack')) return badRequest('exceeded max depth');
  return internalError(messageOf(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What a client makes of a path that nobody has (client-go's reading of `404 page not found`, as Go's http.NotFound says it). */
export function pathNotFound(): ApiError {
  return apiError(404, 'NotFound', 'the server could not find the requested resource', {
    causes: [{ reason: 'UnexpectedServerResponse', message: '404 page not found' }],
  });
}

/** A path below one that is served, but no resource (apiserver `server/handler.go` serviceErrorHandler). */
export function routeNotFound(): ApiError {
  return apiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** … and a method that a path does not take. */
export function methodNotAllowed(): ApiError {
  return apiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

/** `{kind: Status, status: Success}`, as a delete answers (Store.finalizeDelete). */
export function success(details: Status['details']): Json {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } as unknown as Json;
}

/** 501, for what a simulated cluster has not got. */
export function notImplemented(what: string): ApiError {
  return apiError(501, 'NotImplemented', `${what} is not available in this cluster`);
}
