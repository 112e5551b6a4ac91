/** The word of approval that the Kubernetes community's own groups want (apiextensions-apiserver `pkg/apihelpers/helpers.go`). */

export const APPROVAL_ANNOTATION = 'api-approved.kubernetes.io';

/** IsProtectedCommunityGroup. */
export function isProtectedGroup(group: string): boolean {
  return ['k8s.io', 'kubernetes.io'].some((name) => group === name || group.endsWith(`.${name}`));
}

export type ApprovalState = 'missing' | 'bypassed' | 'approved' | 'invalid';

const SEE = 'see https://github.com/kubernetes/enhancements/pull/1111';

/** GetAPIApprovalState: what the annotation amounts to, and why. */
export function approvalOf(word: string | undefined): { state: ApprovalState; reason: string } {
  const wanted = `protected groups must have approval annotation "${APPROVAL_ANNOTATION}"`;
  if (!word) return { state: 'missing', reason: `${wanted}, ${SEE}` };
  if (word.startsWith('unapproved')) return { state: 'bypassed', reason: `not approved: ${JSON.stringify(word)}` };
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/]+/i.test(word)) return { state: 'approved', reason: `approved in ${word}` };
  return { state: 'invalid', reason: `${wanted} with either a URL or a reason starting with "unapproved", ${SEE}` };
}
