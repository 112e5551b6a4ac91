/**
 * MutatingAdmissionWebhook and ValidatingAdmissionWebhook: what programs outside say about a request (apiserver
 * `plugin/webhook`). As long as none is registered, none of this is loaded.
 */

import type { AdmissionPlugin } from '../plugin';
import { askRegistered, isRegistration, prefixOf } from '../policies/registrations';

export const mutatingAdmissionWebhook: AdmissionPlugin = {
  name: 'MutatingAdmissionWebhook',
  handles: (_operation, { info }) => !isRegistration(info.group, info.plural),
  admit: (attributes) =>
    askRegistered(attributes.core.store, 'mutatingwebhookconfigurations', async (registrations) =>
      (await import('./dispatch')).mutateByWebhooks(attributes, registrations.mutatingwebhookconfigurations),
    ),
  grounds: () => ({ empty: [prefixOf('mutatingwebhookconfigurations')] }),
};

export const validatingAdmissionWebhook: AdmissionPlugin = {
  name: 'ValidatingAdmissionWebhook',
  handles: (_operation, { info }) => !isRegistration(info.group, info.plural),
  validate: (attributes) =>
    askRegistered(attributes.core.store, 'validatingwebhookconfigurations', async (registrations) =>
      (await import('./dispatch')).validateByWebhooks(attributes, registrations.validatingwebhookconfigurations),
    ),
  grounds: () => ({ empty: [prefixOf('validatingwebhookconfigurations')] }),
};
