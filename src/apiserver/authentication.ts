/** Who sends a request (apiserver `endpoints/filters/authentication.go`). */
import { type ApiError, apiError } from '../apimachinery/status';
import type { ApiRequest } from '../client/transport';
import type { RequestInfo } from './request-info';

export interface UserInfo {
  name: string;
  groups: readonly string[];
  uid?: string;
  extra?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Finds the user of a request by one kind of credentials; undefined when the request shows none of that kind. Credentials that
 * are shown and are not good are an ApiError 401.
 */
export type Authenticator = (request: ApiRequest) => UserInfo | undefined | Promise<UserInfo | undefined>;

export const ADMIN: UserInfo = Object.freeze({
  name: 'kubernetes-admin',
  groups: Object.freeze(['system:masters', 'system:authenticated']),
});

/** Who shows no credentials at all (user.Anonymous, user.AllUnauthenticated). */
export const ANONYMOUS: UserInfo = Object.freeze({
  name: 'system:anonymous',
  groups: Object.freeze(['system:unauthenticated']),
});

/**
 * Who a request comes from. Requests of this process say so themselves; those from outside are asked for credentials of each
 * kind in turn, and the first that are good count (apiserver `authentication/request/union`). @throws ApiError 401.
 */
export function authenticate(
  authenticators: readonly Authenticator[],
  request: ApiRequest,
  info: RequestInfo,
): UserInfo | Promise<UserInfo> {
  return request.origin === undefined ? inProcessUser(request) : userFromOutside(authenticators, request, info);
}

async function userFromOutside(
  authenticators: readonly Authenticator[],
  request: ApiRequest,
  info: RequestInfo,
): Promise<UserInfo> {
  let refusal: ApiError | undefined;
  for (const find of authenticators) {
    try {
      const user = await find(request);
      if (user) return user;
    } catch (error) {
      refusal ??= error as ApiError;
    }
  }
  if (refusal) throw refusal;
  // What the role system:public-info-viewer lets everybody see.
  if (!info.isResourceRequest && info.verb === 'get' && PUBLIC_PATHS.has(info.path)) return ANONYMOUS;
  throw unauthorized();
}

const PUBLIC_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz', '/version', '/version/']);

export function unauthorized(): ApiError {
  return apiError(401, 'Unauthorized', 'Unauthorized');
}

const known = new Map<string, UserInfo>();

/**
 * The identities of callers inside this process: the header `x-kubetick-user` names a component or a service account; without
 * it the caller is the cluster's admin.
 */
function inProcessUser(request: ApiRequest): UserInfo {
  const name = request.headers?.['x-kubetick-user'];
  if (!name) return ADMIN;
  let user = known.get(name);
  if (!user) {
    user = Object.freeze({ name, groups: Object.freeze(groupsOf(name)) });
    known.set(name, user);
  }
  return user;
}

/** Service accounts of kube-system that no bootstrap role is for: who installs what they run binds them to cluster-admin. */
export const ADD_ONS: ReadonlySet<string> = new Set([
  'cluster-autoscaler',
  'csi-provisioner',
  'ingress-controller',
  'node-group-controller',
  'vpa-admission-controller',
  'vpa-recommender',
  'vpa-updater',
]);

/** The groups that go with a name: those of service accounts and nodes (serviceaccount.UserInfo, node credentials). */
function groupsOf(name: string): string[] {
  const [system, kind, namespace, account] = name.split(':');
  if (system === 'system' && kind === 'serviceaccount' && account) {
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
    return namespace === 'kube-system' && ADD_ONS.has(account) ? [...groups, 'system:masters'] : groups;
  }
  // Without a name: what looks after the kubelets of all nodes.
  if (name === 'system:node') return ['system:nodes', 'system:masters', 'system:authenticated'];
  if (system === 'system' && kind === 'node') return ['system:nodes', 'system:authenticated'];
  // The server's own client (user.APIServerUser, which authenticates by the loopback token).
  if (name === 'system:apiserver') return ['system:authenticated', 'system:masters'];
  if (name === ADMIN.name) return [...ADMIN.groups];
  return ['system:authenticated'];
}
