/** Whether a user may do what a request asks for (apiserver `authorization/authorizer/interfaces.go`). */
import { formatGroupResource } from '../apimachinery/meta';
import { type ApiError, apiError } from '../apimachinery/status';
import type { UserInfo } from './authentication';
import type { RequestInfo } from './request-info';

export interface Decision {
  allowed: boolean;
  reason?: string;
}

/** Answers for one request; the default lets everybody do everything. */
export type Authorizer = (user: UserInfo, info: RequestInfo) => Decision | Promise<Decision>;

/** @throws ApiError 403 when the authorizer says no; without one everything is allowed. */
export async function authorize(authorizer: Authorizer | undefined, user: UserInfo, info: RequestInfo): Promise<void> {
  if (!authorizer) return;
  const decision = await authorizer(user, info);
  if (!decision.allowed) throw forbiddenRequest(user, info, decision.reason ?? '');
}

/**
 * The 403 of a request that is not allowed (responsewriters.ForbiddenStatusError): `pods is forbidden: User "ann" cannot list
 * resource "pods" in API group "" in the namespace "default"`.
 */
function forbiddenRequest(user: UserInfo, info: RequestInfo, reason: string): ApiError {
  const who = JSON.stringify(user.name);
  if (!info.isResourceRequest)
    return apiError(
      403,
      'Forbidden',
      `forbidden: User ${who} cannot ${info.verb} path ${JSON.stringify(info.path)}${because(reason)}`,
      {},
    );
  const { group, resource, name } = info;
  const full = info.subresource ? `${resource}/${info.subresource}` : resource;
  const where = info.namespace ? `in the namespace ${JSON.stringify(info.namespace)}` : 'at the cluster scope';
  const what = formatGroupResource({ group, resource });
  const subject = name ? `${what} ${JSON.stringify(name)}` : what;
  return apiError(
    403,
    'Forbidden',
    `${subject} is forbidden: User ${who} cannot ${info.verb} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${where}${because(reason)}`,
    { ...(name ? { name } : {}), ...(group ? { group } : {}), kind: resource },
  );
}

function because(reason: string): string {
  return reason ? `: ${reason}` : '';
}
