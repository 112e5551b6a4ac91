/** Definitions in the groups of the Kubernetes community say who approved of them (apiextensions-apiserver `pkg/controller/apiapproval`). */
import type { KubeObject } from '../../../apimachinery/meta';
import { withCondition } from '../../../apiserver/custom/conditions';
import {
  conditionOf,
  type DefinitionCondition,
  type DefinitionStatus,
  specOf,
} from '../../../apiserver/custom/definition';
import { APPROVAL_ANNOTATION, approvalOf, isProtectedGroup } from '../../../apiserver/validation/api-approval';

/** The status with KubernetesAPIApprovalPolicyConformant; undefined where that changes nothing. */
export function approved(definition: KubeObject, now: string): DefinitionStatus | undefined {
  if (!isProtectedGroup(specOf(definition).group)) return undefined;
  const { state, reason: message } = approvalOf(definition.metadata.annotations?.[APPROVAL_ANNOTATION]);
  const [status, reason] = CONDITIONS[state];
  const condition: DefinitionCondition = { type: 'KubernetesAPIApprovalPolicyConformant', status, reason, message };
  const old = conditionOf(definition, condition.type);
  if (old?.status === status && old.reason === reason && old.message === message) return undefined;
  const known: DefinitionStatus = definition['status'];
  return { ...known, conditions: withCondition(known.conditions, condition, now) };
}

const CONDITIONS = {
  invalid: ['False', 'InvalidAnnotation'],
  missing: ['False', 'MissingAnnotation'],
  approved: ['True', 'ApprovedAnnotation'],
  bypassed: ['False', 'UnapprovedAnnotation'],
} as const;
