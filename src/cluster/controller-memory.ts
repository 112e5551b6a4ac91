/**
 * What controllers have to remember beside the objects, `/kubetick/memory/CONTROLLER/KEY`: upstream they keep it in memory, here
 * a process ends with every command. It lies in the store under its own path; nobody but controllers and administrators sees it.
 */
import { apiError } from '../apimachinery/status';
import type { UserInfo } from '../apiserver/authentication';
import { forbiddenAccess } from '../apiserver/authorization';
import type { ServedRequest } from '../apiserver/request-context';
import type { RequestInfo } from '../apiserver/request-info';
import { methodNotAllowed, respond } from '../apiserver/responses';
import type { ApiResponse } from '../client/transport';
import type { Store } from '../store/store';

const ADMINS = 'system:masters';
const CONTROLLERS = 'system:serviceaccounts:kube-system';

export async function answerMemory(
  store: Store,
  request: ServedRequest,
  user: UserInfo,
  info: RequestInfo,
): Promise<ApiResponse> {
  // From outside, a token of an account of kube-system does not make a controller.
  const isController = request.origin === undefined && user.groups.includes(CONTROLLERS);
  if (!isController && !user.groups.includes(ADMINS)) throw forbiddenAccess(user, info, '');
  const { path: key } = info;
  const entry = await store.get(key);
  switch (request.method) {
    case 'GET':
      if (!entry) throw apiError(404, 'NotFound', `nothing is remembered at ${key}`);
      return respond(200, entry.value);
    case 'PUT':
      await store.commit([{ key, value: request.body ?? null }]);
      return respond(200, request.body ?? null);
    case 'DELETE':
      if (entry) await store.commit([{ key, value: undefined }]);
      return respond(200, null);
    default:
      throw methodNotAllowed();
  }
}
