/** Policies and bindings as they are written. */
import type { KubeObject } from '../../../apimachinery/meta';
import type { Criteria } from './matching';
import type { ParamKind, ParamRef } from './params';

export const POLICY_GROUP = 'admissionregistration.k8s.io';

export interface MatchCondition {
  name?: string;
  expression?: string;
}

export interface PolicySpec {
  failurePolicy?: 'Fail' | 'Ignore';
  paramKind?: ParamKind;
  matchConstraints?: Criteria;
  matchConditions?: MatchCondition[];
  variables?: { name?: string; expression?: string }[];
  validations?: Validation[];
  auditAnnotations?: { key?: string; valueExpression?: string }[];
  mutations?: Mutation[];
  reinvocationPolicy?: string;
}

export interface Validation {
  expression?: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
}

export interface Mutation {
  patchType?: string;
  applyConfiguration?: { expression?: string };
  jsonPatch?: { expression?: string };
}

export interface BindingSpec {
  policyName?: string;
  paramRef?: ParamRef;
  matchResources?: Criteria;
  validationActions?: string[];
}

export function specOf<T>(object: KubeObject): T {
  return object['spec'] as T;
}

/** The bindings of a policy. */
export function bindingsOf(policy: KubeObject, bindings: readonly KubeObject[]): KubeObject[] {
  return bindings.filter((binding) => specOf<BindingSpec>(binding).policyName === policy.metadata.name);
}
