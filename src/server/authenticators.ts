/** The credentials that the listener knows: client certificates of the cluster's authority, and the admin's token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type Authenticator, type UserInfo, unauthorized } from '../apiserver/authentication';
import { ADMIN_GROUP, ADMIN_NAME } from './certificates';

const AUTHENTICATED = 'system:authenticated';

/** In the order in which upstream asks them (kubernetes `pkg/kubeapiserver/authenticator/config.go`). Further ones are added here. */
export function listenerAuthenticators(adminToken: string): Authenticator[] {
  return [certificateAuthenticator, bearerTokenAuthenticator(adminToken)];
}

/** The common name is the user, organizations are groups (apiserver `authentication/request/x509` CommonNameUserConversion). */
function certificateAuthenticator({ origin }: Parameters<Authenticator>[0]): UserInfo | undefined {
  const certificate = origin?.certificate;
  if (!certificate) return undefined;
  if (!certificate.trusted || certificate.commonName === '') throw unauthorized();
  return {
    name: certificate.commonName,
    groups: [...certificate.organizations, AUTHENTICATED],
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${certificate.fingerprint}`] },
  };
}

/** `Authorization: Bearer …` (apiserver `authentication/request/bearertoken`). */
function bearerTokenAuthenticator(adminToken: string): Authenticator {
  const expected = digest(adminToken);
  const admin: UserInfo = Object.freeze({ name: ADMIN_NAME, groups: Object.freeze([ADMIN_GROUP, AUTHENTICATED]) });
  return ({ headers }) => {
    const [scheme = '', token = ''] = (headers?.['authorization'] ?? '').trim().split(/ +/, 2);
    if (scheme.toLowerCase() !== 'bearer' || token === '') return undefined;
    // Digests are of equal length and tell nothing of how much is right.
    if (!timingSafeEqual(digest(token), expected)) throw unauthorized();
    return admin;
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
