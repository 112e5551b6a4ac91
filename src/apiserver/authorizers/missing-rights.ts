/** Rights that a write asks for beside its own, because of what is written. Loaded for the kinds that have such. */
import type { FieldError } from '../../apimachinery/field-error';
import type { KubeObject } from '../../apimachinery/meta';
import type { RequestContext } from '../request-context';

/**
 * What its writer may not write; undefined for kinds that ask for nothing, which is nearly all.
 * @param old what is there, on an update
 */
export function missingRights(
  context: RequestContext,
  object: KubeObject,
  subresource: string,
  old?: KubeObject,
): Promise<readonly FieldError[]> | undefined {
  const { core, resource } = context;
  const { group, plural } = resource.info;
  if (!core.authorizer) return undefined;
  if (group === 'admissionregistration.k8s.io' && subresource === '')
    return import('./parameters').then(({ parameterErrors }) => parameterErrors(context, object, old));
  if (group === 'resource.k8s.io' && plural === 'resourceclaims' && subresource === 'status' && old)
    return import('./claim-status').then(({ claimStatusErrors }) => claimStatusErrors(context, object, old));
  return undefined;
}
