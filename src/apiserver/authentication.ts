/** Who sends a request (apiserver `endpoints/filters/authentication.go`). */
import type { ApiRequest } from '../client/transport';

export interface UserInfo {
  name: string;
  groups: readonly string[];
  uid?: string;
  extra?: Readonly<Record<string, readonly string[]>>;
}

/** Finds the user of a request; undefined when it can't say. */
export type Authenticator = (request: ApiRequest) => UserInfo | undefined | Promise<UserInfo | undefined>;

export const ADMIN: UserInfo = Object.freeze({
  name: 'kubernetes-admin',
  groups: Object.freeze(['system:masters', 'system:authenticated']),
});

const known = new Map<string, UserInfo>();

/**
 * The identities of callers inside this process: the header `x-kubetick-user` names a component or a service account; without
 * it the caller is the cluster's admin. A listener that takes requests from outside must remove the header.
 */
export function inProcessAuthenticator(request: ApiRequest): UserInfo {
  const name = request.headers?.['x-kubetick-user'];
  if (!name) return ADMIN;
  let user = known.get(name);
  if (!user) {
    user = Object.freeze({ name, groups: Object.freeze(groupsOf(name)) });
    known.set(name, user);
  }
  return user;
}

/** The groups that go with a name: those of service accounts and nodes (serviceaccount.UserInfo, node credentials). */
function groupsOf(name: string): string[] {
  const [system, kind, namespace, account] = name.split(':');
  if (system === 'system' && kind === 'serviceaccount' && account)
    return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  if (system === 'system' && kind === 'node') return ['system:nodes', 'system:authenticated'];
  return ['system:authenticated'];
}
