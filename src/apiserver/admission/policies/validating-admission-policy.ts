/**
 * ValidatingAdmissionPolicy: what policies in the cluster say about a request, in expressions (apiserver
 * `plugin/policy/validating`). As long as there are none, none of this is loaded.
 */
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin';
import { isRegistration, type Registrations, registrationsOf } from './registrations';

export const validatingAdmissionPolicy: AdmissionPlugin = {
  name: 'ValidatingAdmissionPolicy',

  handles: (_operation, { info }) => !isExempt(info.group, info.plural),

  validate(attributes) {
    const registrations = registrationsOf(attributes.core.store);
    return registrations instanceof Promise
      ? registrations.then((late) => judge(attributes, late))
      : judge(attributes, registrations);
  },
};

function judge(attributes: AdmissionAttributes, registrations: Registrations): void | Promise<void> {
  if (registrations.validatingadmissionpolicybindings.length > 0) return judgeByPolicies(attributes, registrations);
}

async function judgeByPolicies(attributes: AdmissionAttributes, registrations: Registrations): Promise<void> {
  await (await import('./validate-by-policies')).validateByPolicies(attributes, registrations);
}

/** Reviews are questions, and nothing is kept of them; and policies are not judged by policies. */
export function isExempt(group: string, resource: string): boolean {
  return group === 'authentication.k8s.io' || group === 'authorization.k8s.io' || isRegistration(group, resource);
}
