/**
 * Events many at a time, `/kubetick/events`, for components of this process alone. `POST` of `{drafts: [{user, object}]}` creates
 * them in one commit and answers `{refused: [Status…]}`: half of all that a cluster writes are events, and one request for each
 * would be most of what they cost. `DELETE` of `{keys: [{namespace, name}]}` lets them go as etcd does when their lease ends: at
 * once, and nobody is asked.
 */
import { isObject, type Json, type JsonObject } from '../apimachinery/json';
import { asObject } from '../apimachinery/meta';
import { badRequest } from '../apimachinery/status';
import { namedUser } from '../apiserver/authentication';
import { createTogether } from '../apiserver/create-together';
import type { ServedRequest, ServerCore } from '../apiserver/request-context';
import { methodNotAllowed, respond } from '../apiserver/responses';
import { objectKey, resourcePrefix } from '../apiserver/stored';
import { unknownPath } from '../apiserver/unknown-path';
import type { ApiResponse } from '../client/transport';

const EVENTS = { group: '', version: 'v1', resource: 'events' };
const PREFIX = resourcePrefix(EVENTS.group, EVENTS.resource);

/** @param oneByOne whether each is to be a request of its own: an audit log tells of requests */
export async function answerEventBatch(
  core: ServerCore,
  request: ServedRequest,
  oneByOne: boolean,
): Promise<ApiResponse> {
  const { method, body = {}, headers, origin } = request;
  if (origin !== undefined || (method === 'POST' && oneByOne)) throw unknownPath(request.path);
  if (method === 'POST') {
    const drafts = listOf(body, 'drafts').map(({ user, object }) => ({
      user: namedUser(user as string | undefined),
      object: asObject(object as Json),
    }));
    const refusals = await createTogether(core, EVENTS, drafts, headers?.['user-agent'] ?? '');
    return respond(200, { refused: refusals.map(({ status }) => status as unknown as Json) });
  }
  if (method !== 'DELETE') throw methodNotAllowed();
  const keys = listOf(body, 'keys').map(({ namespace, name }) => objectKey(PREFIX, String(namespace), String(name)));
  await core.store.commit(keys.map((key) => ({ key, value: undefined })));
  return respond(200, {});
}

function listOf(body: Json, field: string): JsonObject[] {
  const list = isObject(body) ? body[field] : undefined;
  if (!Array.isArray(list)) throw badRequest(`${field} must be a list`);
  return list as JsonObject[];
}
