/** The admin's token, which comes before all else, as kube-apiserver's own loopback token does. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { UserInfo } from '../apiserver/authentication';
import type { RequestAuthenticator } from '../apiserver/authenticators/authenticator';
import { bearerToken } from '../apiserver/authenticators/bearer-token';
import { ADMIN_GROUP, ADMIN_NAME } from './certificates';

/** `Authorization: Bearer …` (apiserver `authentication/request/bearertoken`). */
export function adminTokenAuthenticator(adminToken: string): RequestAuthenticator {
  const expected = digest(adminToken);
  const user: UserInfo = Object.freeze({ name: ADMIN_NAME, groups: Object.freeze([ADMIN_GROUP]) });
  return {
    name: 'admin-token',
    authenticate({ headers }) {
      const token = bearerToken(headers?.['authorization']);
      if (token === undefined) return undefined;
      // Digests are of equal length and tell nothing of how much is right.
      if (!timingSafeEqual(digest(token), expected)) throw new Error('invalid bearer token');
      return { user };
    },
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
