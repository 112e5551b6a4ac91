/** Who sends a request (apiserver `endpoints/filters/authentication.go`). */
import { type ApiError, apiError } from '../apimachinery/status';
import type { ApiRequest } from '../client/transport';
import type { AuditRecord } from './audit/record';

export interface UserInfo {
  name: string;
  groups: readonly string[];
  uid?: string;
  extra?: Readonly<Record<string, readonly string[]>>;
}

/** Finds the users of requests by what they show; see authenticators/chain.ts. */
export interface Authentication {
  /** @throws ApiError 401 */
  authenticate(request: ApiRequest, hearing: Hearing): Promise<UserInfo>;
  /** Whether a token is good, for one of the audiences; for none: for the API server. */
  review(token: string, audiences: readonly string[], hearing: Hearing): Promise<TokenVerdict>;
}

/** Who hears what is to be said beside the user. */
export interface Hearing {
  /** What the sender should know. */
  warn(text: string): void;
  /** What belongs into the audit log. */
  annotate(key: string, value: string): void;
}

export function hearing(warnings: string[], audit: AuditRecord | undefined): Hearing {
  return {
    warn: (text) => void warnings.push(text),
    annotate: (key, value) => audit?.annotate(key, value),
  };
}

export interface TokenVerdict {
  user?: UserInfo;
  /** Of those asked for, the ones that the token is meant for. */
  audiences?: readonly string[];
  error?: string;
}

/** Loaded when somebody first shows credentials, or comes from outside without. */
export type LoadAuthentication = () => Authentication | Promise<Authentication>;

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
 * Who a request comes from. Requests of this process say so themselves, unless they show a token; those from outside are asked
 * for credentials. @throws ApiError 401.
 */
export function authenticate(
  load: LoadAuthentication,
  request: ApiRequest,
  warnings: string[],
  audit?: AuditRecord,
): UserInfo | Promise<UserInfo> {
  const own = request.origin === undefined && !(request.headers && showsToken(request.headers));
  return own ? inProcessUser(request) : userFromOutside(load, request, hearing(warnings, audit));
}

function showsToken(headers: Record<string, string>): boolean {
  return headers['authorization'] !== undefined && headers['x-kubetick-user'] === undefined;
}

async function userFromOutside(load: LoadAuthentication, request: ApiRequest, heard: Hearing): Promise<UserInfo> {
  const authentication = await load();
  return authentication.authenticate(request, heard);
}

export function unauthorized(): ApiError {
  return apiError(401, 'Unauthorized', 'Unauthorized');
}

const known = new Map<string, UserInfo>();

/**
 * The identities of callers inside this process: the header `x-kubetick-user` names a component or a service account; without
 * it the caller is the cluster's admin.
 */
function inProcessUser(request: ApiRequest): UserInfo {
  return namedUser(request.headers?.['x-kubetick-user']);
}

/** As whom a component of this process acts under this name; without one as the cluster's admin. */
export function namedUser(name: string | undefined): UserInfo {
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
  'csi-attacher',
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
