/**
 * MutatingAdmissionPolicy: what policies in the cluster make of an object, by expressions (apiserver `plugin/policy/mutating`). As
 * long as there are none, none of this is loaded.
 */
import type { AdmissionPlugin } from '../plugin';
import { askRegistered, prefixOf } from './registrations';
import { isExempt } from './validating-admission-policy';

export const mutatingAdmissionPolicy: AdmissionPlugin = {
  name: 'MutatingAdmissionPolicy',

  // What is deleted can't be changed, and of a connection nothing is kept.
  handles: (operation, { info }) =>
    (operation === 'CREATE' || operation === 'UPDATE') && !isExempt(info.group, info.plural),

  admit: (attributes) =>
    askRegistered(attributes.core.store, 'mutatingadmissionpolicybindings', async (registrations) =>
      (await import('./mutate-by-policies')).mutateByPolicies(attributes, registrations),
    ),

  grounds: () => ({ empty: [prefixOf('mutatingadmissionpolicybindings')] }),
};
