/** What a service account's token says (kubernetes `pkg/serviceaccount/claims.go`, `legacy.go`). */
import type { JsonObject } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import type { Instant } from '../../sim/clock';

export const LEGACY_ISSUER = 'kubernetes/serviceaccount';
/** The lifetime that the admission plugin asks for; tokens of that are good for longer, and tell when they should have been renewed. */
export const WARN_ONLY_SECONDS = 3607;
export const EXTENDED_SECONDS = 365 * 24 * 3600;

/** What a token is bound to. */
export interface Bound {
  pod?: KubeObject;
  secret?: KubeObject;
  /** Of a pod's node perhaps only the name is known. */
  node?: { metadata: { name?: string; uid?: string } };
}

export interface Wanted {
  issuer: string;
  audiences: readonly string[];
  now: Instant;
  /** Seconds. */
  expiration: number;
  /** Seconds after which its use is a reason to warn. */
  warnAfter?: number | undefined;
  id: string;
}

/** In the order of their names, as Go writes a map. */
export function boundClaims(account: KubeObject, { pod, secret, node }: Bound, wanted: Wanted): JsonObject {
  const now = Math.floor(wanted.now / 1000);
  const { namespace = '' } = account.metadata;
  const kubernetes: JsonObject = {
    namespace,
    ...(node ? { node: reference(node) } : {}),
    ...(pod ? { pod: reference(pod) } : {}),
    ...(secret ? { secret: reference(secret) } : {}),
    serviceaccount: reference(account),
    ...(wanted.warnAfter ? { warnafter: now + wanted.warnAfter } : {}),
  };
  return {
    aud: [...wanted.audiences],
    exp: now + wanted.expiration,
    iat: now,
    iss: wanted.issuer,
    jti: wanted.id,
    'kubernetes.io': kubernetes,
    nbf: now,
    sub: username(namespace, account.metadata.name as string),
  };
}

/** Of a token that lies in a secret: it has no end and is for the API server. */
export function legacyClaims({ metadata: account }: KubeObject, { metadata: secret }: KubeObject): JsonObject {
  const { namespace = '', name = '', uid = '' } = account;
  return {
    iss: LEGACY_ISSUER,
    'kubernetes.io/serviceaccount/namespace': namespace,
    'kubernetes.io/serviceaccount/secret.name': secret.name as string,
    'kubernetes.io/serviceaccount/service-account.name': name,
    'kubernetes.io/serviceaccount/service-account.uid': uid,
    sub: username(namespace, name),
  };
}

/** MakeUsername. */
export function username(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

function reference({ metadata: { name, uid } }: { metadata: { name?: string; uid?: string } }): JsonObject {
  return { ...(name ? { name } : {}), ...(uid ? { uid } : {}) };
}
