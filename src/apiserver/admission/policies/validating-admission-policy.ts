/**
 * ValidatingAdmissionPolicy: what policies in the cluster say about a request, in expressions (apiserver
 * `plugin/policy/validating`). As long as there are none, none of this is loaded.
 */
import type { AdmissionPlugin } from '../plugin';
import { askRegistered, isRegistration, prefixOf } from './registrations';

export const validatingAdmissionPolicy: AdmissionPlugin = {
  name: 'ValidatingAdmissionPolicy',

  handles: (_operation, { info }) => !isExempt(info.group, info.plural),

  validate: (attributes) =>
    askRegistered(attributes.core.store, 'validatingadmissionpolicybindings', async (registrations) =>
      (await import('./validate-by-policies')).validateByPolicies(attributes, registrations),
    ),

  grounds: () => ({ empty: [prefixOf('validatingadmissionpolicybindings')] }),
};

/** Reviews are questions, and nothing is kept of them; and policies are not judged by policies. */
export function isExempt(group: string, resource: string): boolean {
  return group === 'authentication.k8s.io' || group === 'authorization.k8s.io' || isRegistration(group, resource);
}
