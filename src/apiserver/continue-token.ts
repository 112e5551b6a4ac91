/** Where a list that was cut short goes on (apiserver `storage/continue.go`): opaque to clients, `{v, rv, start}` in base64url. */
import { isObject, type Json } from '../apimachinery/json';
import { badRequest } from '../apimachinery/status';
import type { Revision } from '../store/store';

/** @param key the first key that has not been listed; starts with `prefix`. A revision of -1 stands for the latest. */
export function encodeContinue(key: string, prefix: string, revision: Revision): string {
  const token = JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: key.slice(prefix.length) });
  return toBase64Url(token);
}

/** @throws ApiError 400 with upstream's `invalid continue token: …`. */
export function decodeContinue(text: string, prefix: string): { key: string; revision: Revision } {
  let token: Json;
  try {
    token = JSON.parse(fromBase64Url(text)) as Json;
  } catch (error) {
    throw invalid(`continue key is not valid: ${error instanceof Error ? error.message : error}`);
  }
  if (!isObject(token)) throw invalid('continue key is not valid');
  if (token['v'] !== 'meta.k8s.io/v1')
    throw invalid(`continue key is not valid: server does not recognize this encoded version ${token['v'] ?? ''}`);
  const revision = token['rv'];
  const start = token['start'];
  if (typeof revision !== 'number' || !Number.isSafeInteger(revision) || revision === 0)
    throw invalid('continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof start !== 'string' || start === '')
    throw invalid('continue key is not valid: encoded start key empty (version meta.k8s.io/v1)');
  // A token must not lead out of what is listed.
  if (start.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw invalid(`continue key is not valid: ${start}`);
  return { key: prefix + start, revision };
}

function invalid(why: string) {
  return badRequest(`invalid continue token: ${why}`);
}

function toBase64Url(text: string): string {
  const binary = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): string {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new Error('illegal base64 data');
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (c) => c.charCodeAt(0)));
}
