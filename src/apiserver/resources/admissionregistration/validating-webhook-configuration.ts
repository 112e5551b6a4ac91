/** Webhooks that may refuse a request. */
import { webhookDefinition } from './webhook-configurations';

export default webhookDefinition('validatingwebhookconfigurations', false);
