/** Asks one webhook (`plugin/webhook/mutating/dispatcher.go` callAttrMutatingHook, `validating/dispatcher.go` callHook). */
import type { Json, JsonObject } from '../../../apimachinery/json';
import { ApiError, badRequest, type Status } from '../../../apimachinery/status';
import { newUid } from '../../object-life';
import type { AdmissionAttributes } from '../plugin';
import type { Matched } from '../policies/matching';
import { admissionReview, type ReviewResponse, readResponse } from './review';
import type { Hook, Webhook } from './webhook';

/** Where a webhook is. */
export interface WebhookTarget {
  readonly url: string;
  /** PEM; '' for what the machine trusts. */
  readonly certificateAuthority: string;
  readonly timeoutSeconds: number;
}

/** Sends a review and gives back what comes. Rejects with an Error in the words of Go's HTTP client. */
export type AskAdmissionWebhook = (target: WebhookTarget, review: JsonObject) => Promise<Json>;

/** The webhook could not be asked, or has not answered properly: its failure policy counts (ErrCallingWebhook). */
export class WebhookFailure extends Error {
  constructor(webhook: string, reason: string) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${reason}`);
  }
}

/** @throws ApiError where it says no, WebhookFailure where it says nothing */
export async function askWebhook(
  attributes: AdmissionAttributes,
  hook: Hook,
  matched: Matched,
  mutating: boolean,
): Promise<ReviewResponse> {
  const { webhook, key } = hook;
  const { name = '' } = webhook;
  if (attributes.dryRun && webhook.sideEffects !== 'None' && webhook.sideEffects !== 'NoneOnDryRun')
    throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
  const { core, namespace, reinvocation } = attributes;
  const round = reinvocation.again ? 1 : 0;
  const uid = newUid(core.random, `${key}/${round}/${namespace}/${attributes.name}`, await core.store.revision());
  let review: JsonObject;
  try {
    review = await admissionReview(attributes, matched, uid, webhook.admissionReviewVersions ?? []);
  } catch (error) {
    throw new WebhookFailure(name, `could not create admission objects: ${(error as Error).message}`);
  }
  const answer = await send(attributes, webhook, review);
  let response: ReviewResponse;
  try {
    response = readResponse(answer, review, uid, mutating);
  } catch (error) {
    throw new WebhookFailure(name, `received invalid webhook response: ${(error as Error).message}`);
  }
  for (const [key, value] of Object.entries(response.auditAnnotations))
    attributes.annotate(`${name}/${key}`, String(value));
  for (const text of response.warnings) attributes.warn(text);
  if (!response.allowed) throw denied(name, response.status);
  return response;
}

async function send({ core }: AdmissionAttributes, webhook: Webhook, review: JsonObject): Promise<Json> {
  const { name = '', clientConfig = {}, timeoutSeconds = 10 } = webhook;
  const { service, caBundle } = clientConfig;
  const url = service
    ? `https://${service.name}.${service.namespace}.svc:${service.port ?? 443}${service.path ?? '/'}`
    : (clientConfig.url ?? '');
  const failed = (why: string) =>
    new WebhookFailure(name, `failed to call webhook: Post "${url}?timeout=${timeoutSeconds}s": ${why}`);
  if (service) {
    const found = await core.reader.get('', 'services', service.namespace ?? '', service.name ?? '');
    if (!found) throw failed(`service ${JSON.stringify(service.name)} not found`);
    // Nothing runs in simulated pods that could answer.
    throw failed(
      `no endpoints available for service ${JSON.stringify(service.name)}: simulated pods run no webhooks, give it a url on this machine`,
    );
  }
  if (!core.askAdmissionWebhook) throw failed('webhooks are asked by "kubetick serve" only');
  try {
    const certificateAuthority = caBundle ? atob(caBundle) : '';
    return await core.askAdmissionWebhook({ url, certificateAuthority, timeoutSeconds }, review);
  } catch (error) {
    throw failed((error as Error).message);
  }
}

/** ToStatusErr. */
function denied(webhook: string, status: JsonObject = {}): ApiError {
  const by = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const { code, message, reason, status: outcome, ...rest } = status as Partial<Status>;
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    ...(rest as Partial<Status>),
    status: outcome === undefined || outcome === 'Success' ? 'Failure' : outcome,
    message: message ? `${by}: ${message}` : reason ? `${by}: ${reason}` : `${by} without explanation`,
    ...(reason ? { reason } : {}),
    code: Math.max(code ?? 0, 400),
  });
}
