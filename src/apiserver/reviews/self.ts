/** Who am I, and what may I: SelfSubjectReview, SelfSubjectRulesReview (kubernetes `pkg/registry/{authentication,authorization}`). */
import { type JsonObject, jsonOf } from '../../apimachinery/json';
import { badRequest } from '../../apimachinery/status';
import { formatTime } from '../../apimachinery/time';
import type { ApiResponse } from '../../client/transport';
import type { UserInfo } from '../authentication';
import type { Authorizer, Rules } from '../authorization';
import { decodeObject } from '../decode-object';
import type { RequestContext } from '../request-context';
import { respondObject } from '../responses';
import { writeOptions } from '../write-options';

export async function reviewSelf(context: RequestContext): Promise<ApiResponse> {
  const { core, user } = context;
  const { kind, apiVersion } = await posted(context);
  const metadata = { creationTimestamp: formatTime(core.clock.now()) };
  const review = { kind, apiVersion, metadata, status: { userInfo: userInfo(user) } };
  return respondObject(201, review, context.warnings);
}

/** A user as reviews tell of it. */
export function userInfo({ name, uid, groups, extra = {} }: UserInfo): JsonObject {
  return {
    ...(name ? { username: name } : {}),
    ...(uid ? { uid } : {}),
    ...(groups.length > 0 ? { groups: [...groups] } : {}),
    ...(Object.keys(extra).length > 0 ? { extra: jsonOf(extra) } : {}),
  };
}

export async function reviewRules(context: RequestContext): Promise<ApiResponse> {
  const { core, user } = context;
  const { kind, apiVersion, spec } = await posted(context);
  const namespace: string = spec?.namespace ?? '';
  if (namespace === '') throw badRequest('no namespace on request');
  const { resourceRules, nonResourceRules, incomplete, error } = await rulesFor(core.authorizer, user, namespace);
  const status = {
    resourceRules,
    nonResourceRules,
    incomplete,
    ...(error ? { evaluationError: error } : {}),
  };
  const review = { kind, apiVersion, metadata: {}, spec: {}, status };
  return respondObject(201, review, context.warnings);
}

/** Without an authorizer everybody has every right. */
function rulesFor(authorizer: Authorizer | undefined, user: UserInfo, namespace: string): Rules | Promise<Rules> {
  if (!authorizer) return EVERYTHING;
  return authorizer.rulesFor?.(user, namespace) ?? UNLISTED;
}

const EVERYTHING: Rules = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  incomplete: false,
};

/** As upstream's webhook authorizer has it. */
const UNLISTED: Rules = {
  resourceRules: [],
  nonResourceRules: [],
  incomplete: true,
  error: 'the authorizer does not support user rule resolution',
};

async function posted(context: RequestContext) {
  const { fieldValidation } = writeOptions(context, 'CreateOptions');
  return decodeObject(context, context.request.body, fieldValidation);
}
