/** May I, may they: SubjectAccessReviews (kubernetes `pkg/registry/authorization/{self,local,}subjectaccessreview`). */
import { invalidObject } from '../../apimachinery/field-error';
import { badRequest } from '../../apimachinery/status';
import type { ApiResponse } from '../../client/transport';
import type { UserInfo } from '../authentication';
import { type AccessAttributes, decide } from '../authorization';
import { decodeObject } from '../decode-object';
import { manageUpdate } from '../field-manager';
import { ensureNamespace, wipeSystemFields } from '../object-life';
import type { RequestContext } from '../request-context';
import { respondObject } from '../responses';
import { writeOptions } from '../write-options';
import { type AccessSpec, type Subject, selectorErrors, validateAccessReview } from './access-spec';

/** Puts the question to the authorizer; without one everything is allowed. */
export async function reviewAccess(context: RequestContext, subject: Subject): Promise<ApiResponse> {
  const { core, info, resource, request } = context;
  const options = writeOptions(context, 'CreateOptions');
  const review = decodeObject(context, request.body, options.fieldValidation);
  wipeSystemFields(review);
  ensureNamespace(review, resource.info.namespaced ? info.namespace : '');
  delete review['status'];
  manageUpdate(context, undefined, review, options);
  const errors = validateAccessReview(review, subject);
  // Upstream's own form of an object has no kind.
  if (errors.length > 0) throw invalidObject({ group: resource.info.group, kind: '' }, '', errors);
  if (subject === 'local' && info.namespace === '') throw badRequest('namespace is required on this type: ');
  const spec: AccessSpec = review['spec'] ?? {};
  const user = subject === 'self' ? context.user : userOf(spec);
  const { allowed, denied, reason, error } = await decide(core.authorizer, user, attributesOf(spec));
  const evaluationError = [
    ...(error ? [error] : []),
    ...(spec.resourceAttributes ? selectorErrors(spec.resourceAttributes) : []),
  ].join('; ');
  review['status'] = {
    allowed,
    ...(denied ? { denied } : {}),
    ...(reason ? { reason } : {}),
    ...(evaluationError ? { evaluationError } : {}),
  };
  return respondObject(201, review, context.warnings);
}

function userOf({ user = '', groups = [], uid, extra }: AccessSpec): UserInfo {
  return { name: user, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) };
}

/** AuthorizationAttributesFrom. */
function attributesOf({ resourceAttributes, nonResourceAttributes }: AccessSpec): AccessAttributes {
  const { verb = '', group = '', version = '', resource = '' } = resourceAttributes ?? {};
  const { subresource = '', namespace = '', name = '' } = resourceAttributes ?? {};
  return {
    isResourceRequest: resourceAttributes !== undefined,
    verb: resourceAttributes ? verb : (nonResourceAttributes?.verb ?? ''),
    path: nonResourceAttributes?.path ?? '',
    group,
    version: version || '*',
    resource,
    subresource,
    namespace,
    name,
  };
}
