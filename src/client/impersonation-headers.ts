/** The headers by which a request says as whom it is to be answered (client-go `transport/round_trippers.go`). */
import { joinHeaderValues } from './header-values';

export const IMPERSONATE_USER = 'impersonate-user';
export const IMPERSONATE_UID = 'impersonate-uid';
export const IMPERSONATE_GROUP = 'impersonate-group';
/** What follows is a key of `extra`, percent-encoded. */
export const IMPERSONATE_EXTRA = 'impersonate-extra-';

export interface Impersonation {
  user: string;
  uid?: string;
  groups?: readonly string[];
  extra?: ReadonlyMap<string, readonly string[]>;
}

export function impersonationHeaders({ user, uid, groups = [], extra }: Impersonation): Record<string, string> {
  const headers: Record<string, string> = { [IMPERSONATE_USER]: user };
  if (uid) headers[IMPERSONATE_UID] = uid;
  if (groups.length > 0) headers[IMPERSONATE_GROUP] = joinHeaderValues(groups);
  for (const [key, values] of extra ?? [])
    headers[`${IMPERSONATE_EXTRA}${escapeKey(key)}`.toLowerCase()] = joinHeaderValues(values);
  return headers;
}

/** Bytes that no header's name may hold, and `%` (headerKeyEscape). */
function escapeKey(key: string): string {
  return key.replace(/[^\w!#$&'*+.^`|~-]/gu, (letter) =>
    encodeURIComponent(letter).replace(/[()]/, (c) => `%${c.charCodeAt(0).toString(16)}`),
  );
}
