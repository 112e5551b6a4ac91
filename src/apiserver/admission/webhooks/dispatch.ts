/** Asks all webhooks that a request is for (`plugin/webhook/mutating/dispatcher.go`, `validating/dispatcher.go`). */
import { clone, deepEqual, type Json, type JsonObject } from '../../../apimachinery/json';
import { asJson, type KubeObject } from '../../../apimachinery/meta';
import { internalError } from '../../../apimachinery/status';
import { applyJsonPatch, jsonPatchOperations } from '../../../merge/json-patch';
import { decodeObjectOf } from '../../decode-object';
import type { AdmissionAttributes } from '../plugin';
import { fromMatchedVersion, inMatchedVersion, type Matched } from '../policies/matching';
import { bodyKind } from '../policies/mutation';
import { Reinvoked, replaceObject } from '../policies/reinvoked';
import { askWebhook, WebhookFailure } from './ask';
import type { ReviewResponse } from './review';
import { type Hook, hooksOf, shouldAsk } from './webhook';

const MUTATION = 'mutation.webhook.admission.k8s.io/';
const PATCH = 'patch.webhook.admission.k8s.io/';
const FAILED_OPEN = { true: `failed-open.${MUTATION}`, false: 'failed-open.validating.webhook.admission.k8s.io/' };

/** One after the other: each sees what those before it have made. */
export async function mutateByWebhooks(
  attributes: AdmissionAttributes,
  configurations: readonly KubeObject[],
): Promise<void> {
  const { object, reinvocation } = attributes;
  const reinvoked = Reinvoked.of(reinvocation, 'MutatingAdmissionWebhook');
  if (object) reinvoked.begin(object);
  for (const [index, hook] of hooksOf(configurations).entries()) {
    const matched = await shouldAsk(attributes, hook);
    if (!matched || !reinvoked.isDue(hook.key)) continue;
    const place = `round_${reinvocation.again ? 1 : 0}_index_${index}`;
    const { configuration, webhook } = hook;
    let mutated = false;
    try {
      const response = await askWebhook(attributes, hook, matched, true);
      mutated = await applyResponse(attributes, hook, matched, response, place);
    } catch (error) {
      handleFailure(attributes, hook, error, `${FAILED_OPEN.true}${place}`);
    } finally {
      attributes.annotate(
        `${MUTATION}${place}`,
        JSON.stringify({ configuration, webhook: webhook.name ?? '', mutated }),
      );
    }
    if (mutated) reinvoked.changed();
    if (webhook.reinvocationPolicy === 'IfNeeded') reinvoked.mayRunAgain(hook.key);
  }
  if (object) reinvoked.end(object);
}

/** All at once; the first that refuses counts. */
export async function validateByWebhooks(
  attributes: AdmissionAttributes,
  configurations: readonly KubeObject[],
): Promise<void> {
  const relevant: { hook: Hook; matched: Matched }[] = [];
  for (const hook of hooksOf(configurations)) {
    const matched = await shouldAsk(attributes, hook);
    if (matched) relevant.push({ hook, matched });
  }
  const outcomes = await Promise.allSettled(
    relevant.map(async ({ hook, matched }, index) => {
      try {
        await askWebhook(attributes, hook, matched, false);
      } catch (error) {
        handleFailure(attributes, hook, error, `${FAILED_OPEN.false}round_0_index_${index}`);
      }
    }),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** What it failed of, unless that does not matter. */
function handleFailure(attributes: AdmissionAttributes, { webhook }: Hook, error: unknown, key: string): void {
  if (!(error instanceof WebhookFailure)) throw error;
  if (webhook.failurePolicy !== 'Ignore') throw internalError(error.message);
  attributes.annotate(key, webhook.name ?? '');
}

/** @returns whether the object has changed */
async function applyResponse(
  attributes: AdmissionAttributes,
  { configuration, webhook }: Hook,
  matched: Matched,
  { patch, patchType }: ReviewResponse,
  place: string,
): Promise<boolean> {
  const { name = '' } = webhook;
  if (patch === undefined) return false;
  if (!Array.isArray(patch))
    throw new WebhookFailure(name, 'received undecodable patch in webhook response: invalid JSON patch');
  if (patch.length === 0) return false;
  const { object } = attributes;
  if (!object)
    throw internalError(
      `admission webhook ${JSON.stringify(name)} attempted to modify the object, which is not supported for this operation`,
    );
  if (patchType !== 'JSONPatch') throw new WebhookFailure(name, `unsupported patch type ${JSON.stringify(patchType)}`);
  const before = clone(asJson(object));
  let patched: Json;
  try {
    const seen = (await inMatchedVersion(attributes, object, matched)) as KubeObject;
    patched = applyJsonPatch(asJson(seen), jsonPatchOperations(patch));
  } catch (error) {
    throw internalError((error as Error).message);
  }
  const back = await fromMatchedVersion(attributes, patched as JsonObject, matched);
  replaceObject(object, decodeObjectOf(bodyKind(attributes), back).object);
  attributes.annotate(
    `${PATCH}${place}`,
    JSON.stringify({ configuration, webhook: name, patch, patchType }),
    'Request',
  );
  return !deepEqual(before, asJson(object));
}
