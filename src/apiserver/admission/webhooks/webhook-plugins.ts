/**
 * MutatingAdmissionWebhook and ValidatingAdmissionWebhook: what programs outside say about a request (apiserver
 * `plugin/webhook`). As long as none is registered, none of this is loaded.
 */

import type { AdmissionPlugin } from '../plugin';
import { isRegistration, registrationsOf } from '../policies/registrations';

export const mutatingAdmissionWebhook: AdmissionPlugin = {
  name: 'MutatingAdmissionWebhook',
  handles: (_operation, { info }) => !isRegistration(info.group, info.plural),
  async admit(attributes) {
    const { mutatingwebhookconfigurations: configurations } = await registrationsOf(attributes.core.store);
    if (configurations.length > 0) await (await import('./dispatch')).mutateByWebhooks(attributes, configurations);
  },
};

export const validatingAdmissionWebhook: AdmissionPlugin = {
  name: 'ValidatingAdmissionWebhook',
  handles: (_operation, { info }) => !isRegistration(info.group, info.plural),
  async validate(attributes) {
    const { validatingwebhookconfigurations: configurations } = await registrationsOf(attributes.core.store);
    if (configurations.length > 0) await (await import('./dispatch')).validateByWebhooks(attributes, configurations);
  },
};
