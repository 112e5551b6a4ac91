/** Whose token is this: TokenReview (kubernetes `pkg/registry/authentication/tokenreview/storage.go`). */
import type { JsonObject } from '../../apimachinery/json';
import { badRequest } from '../../apimachinery/status';
import type { ApiResponse } from '../../client/transport';
import { hearing } from '../authentication';
import { decodeObject } from '../decode-object';
import { manageUpdate } from '../field-manager';
import { wipeSystemFields } from '../object-life';
import type { RequestContext } from '../request-context';
import { respondObject } from '../responses';
import { writeOptions } from '../write-options';
import { userInfo } from './self';

export async function reviewToken(context: RequestContext): Promise<ApiResponse> {
  const { core, request, warnings, audit } = context;
  const options = writeOptions(context, 'CreateOptions');
  const review = decodeObject(context, request.body, options.fieldValidation);
  wipeSystemFields(review);
  manageUpdate(context, undefined, review, options);
  const { token = '', audiences = [] }: { token?: string; audiences?: string[] } = review['spec'] ?? {};
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  const authentication = await core.authentication();
  const {
    user,
    audiences: meant = [],
    error,
  } = await authentication.review(token, audiences, hearing(warnings, audit));
  const status: JsonObject = {
    ...(user ? { authenticated: true, user: userInfo(user) } : { user: {} }),
    ...(meant.length > 0 ? { audiences: [...meant] } : {}),
    ...(error ? { error } : {}),
  };
  review['status'] = status;
  return respondObject(201, review, warnings);
}
