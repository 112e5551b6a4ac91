/** Whether a user may do what a request asks for (apiserver `authorization/authorizer/interfaces.go`). */
import { parseFieldSelector } from '../apimachinery/fields';
import { formatGroupResource } from '../apimachinery/meta';
import { type ApiError, apiError } from '../apimachinery/status';
import type { UserInfo } from './authentication';

/** What is to be allowed. A RequestInfo is one; a review asks about others. */
export interface AccessAttributes {
  /** False for paths; then only `verb` and `path` tell anything. */
  readonly isResourceRequest: boolean;
  /** One of the API's or any other: `impersonate`, `bind`. */
  readonly verb: string;
  readonly path: string;
  readonly group: string;
  /** `*`: no matter. */
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  /** '' for all namespaces and for what has none. */
  readonly namespace: string;
  readonly name: string;
  /** Of a request: what a list is narrowed to is in its `fieldSelector`. */
  readonly query?: Readonly<Record<string, string | undefined>>;
}

export interface Decision {
  allowed: boolean;
  /** Forbidden for good, where others might have been asked else. */
  denied?: boolean;
  reason?: string;
  /** What went wrong on the way to the answer. */
  error?: string;
}

/** What a user may do in a namespace (SubjectRulesReviewStatus). */
export interface Rules {
  resourceRules: readonly ResourceRule[];
  nonResourceRules: readonly NonResourceRule[];
  /** There may be more that can't be listed. */
  incomplete: boolean;
  error?: string;
}

export interface ResourceRule {
  verbs: readonly string[];
  apiGroups?: readonly string[];
  resources?: readonly string[];
  resourceNames?: readonly string[];
}

export interface NonResourceRule {
  verbs: readonly string[];
  nonResourceURLs?: readonly string[];
}

/** A server without one lets everybody do everything. */
export interface Authorizer {
  authorize(user: UserInfo, attributes: AccessAttributes): Decision | Promise<Decision>;
  /** Lists what it would allow (authorizer.RuleResolver); absent where it can't. */
  rulesFor?(user: UserInfo, namespace: string): Rules | Promise<Rules>;
}

/** The answer to a question; without an authorizer it is yes. */
export async function decide(
  authorizer: Authorizer | undefined,
  user: UserInfo,
  attributes: AccessAttributes,
): Promise<Decision> {
  return authorizer ? authorizer.authorize(user, attributes) : { allowed: true };
}

/** A list that is narrowed to one name is about that name (RequestInfoFactory.NewRequestInfo). */
export function withSelectedName<T extends AccessAttributes>(asked: T): T {
  const selector =
    asked.query && Object.hasOwn(asked.query, 'fieldSelector') ? asked.query['fieldSelector'] : undefined;
  if (!selector || asked.name !== '' || !SELECTING.has(asked.verb)) return asked;
  let name: string | undefined;
  try {
    name = parseFieldSelector(selector).exactMatch('metadata.name');
  } catch {
    // What can't be understood is refused where it is read.
  }
  return name && name !== '.' && name !== '..' && !/[/%]/.test(name) ? { ...asked, name } : asked;
}

const SELECTING: ReadonlySet<string> = new Set(['list', 'watch', 'deletecollection']);

/**
 * @param hear is told what the authorizer says
 * @throws ApiError 403 when it says no, 500 when it can't say; without one everything is allowed.
 */
export function authorize(
  authorizer: Authorizer | undefined,
  user: UserInfo,
  attributes: AccessAttributes,
  hear?: (decision: Decision) => void,
): void | Promise<void> {
  if (!authorizer) return;
  const decision = authorizer.authorize(user, attributes);
  // Every request asks: who can be told at once need not wait.
  return decision instanceof Promise
    ? decision.then((late) => demandAllowed(late, user, attributes, hear))
    : demandAllowed(decision, user, attributes, hear);
}

function demandAllowed(
  decision: Decision,
  user: UserInfo,
  attributes: AccessAttributes,
  hear: ((decision: Decision) => void) | undefined,
): void {
  hear?.(decision);
  const { allowed, reason = '', error } = decision;
  if (allowed) return;
  if (error)
    throw apiError(500, 'InternalError', `Internal Server Error: ${JSON.stringify(attributes.path)}: ${error}`);
  throw forbiddenAccess(user, attributes, reason);
}

/**
 * The 403 of what is not allowed (responsewriters.ForbiddenStatusError): `pods is forbidden: User "ann" cannot list
 * resource "pods" in API group "" in the namespace "default"`.
 */
export function forbiddenAccess(user: UserInfo, attributes: AccessAttributes, reason: string): ApiError {
  const { group, resource, name } = attributes;
  const why = `${withoutMarkup(refusal(user, attributes))}${reason ? `: ${reason}` : ''}`;
  if (!attributes.isResourceRequest) return apiError(403, 'Forbidden', `forbidden: ${why}`, {});
  const what = formatGroupResource({ group, resource });
  const subject = name ? `${what} ${JSON.stringify(name)}` : what;
  return apiError(403, 'Forbidden', `${subject} is forbidden: ${why}`, {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    kind: resource,
  });
}

/** forbiddenMessage. */
function refusal(user: UserInfo, attributes: AccessAttributes): string {
  const { verb, group, resource, subresource, namespace } = attributes;
  const who = JSON.stringify(user.name);
  if (!attributes.isResourceRequest) return `User ${who} cannot ${verb} path ${JSON.stringify(attributes.path)}`;
  const full = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope';
  return `User ${who} cannot ${verb} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${where}`;
}

/** Nothing that a browser would take for HTML. */
function withoutMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
