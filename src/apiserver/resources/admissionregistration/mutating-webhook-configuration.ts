/** Webhooks that may change what a request writes. */
import { webhookDefinition } from './webhook-configurations';

export default webhookDefinition('mutatingwebhookconfigurations', true);
