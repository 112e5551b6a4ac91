/** What is sent to a webhook, and what it answers (`plugin/webhook/request/admissionreview.go`). */
import { isObject, type Json, type JsonObject } from '../../../apimachinery/json';
import { asJson, type KubeObject } from '../../../apimachinery/meta';
import type { AdmissionAttributes } from '../plugin';
import { admissionRequest } from '../policies/admission-request';
import { inMatchedVersion, type Matched } from '../policies/matching';

const GROUP = 'admission.k8s.io';

export interface ReviewResponse {
  readonly allowed: boolean;
  readonly status: JsonObject | undefined;
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
  /** A JSON patch; undefined where there is none. */
  readonly patch: Json | undefined;
  readonly patchType: string;
}

/** @throws Error for a webhook that understands no version of reviews */
export async function admissionReview(
  attributes: AdmissionAttributes,
  matched: Matched,
  uid: string,
  versions: readonly string[],
): Promise<JsonObject> {
  const version = versions.find((one) => one === 'v1' || one === 'v1beta1');
  if (!version) throw new Error('webhook does not accept known AdmissionReview versions (v1, v1beta1)');
  const [object, oldObject] = await Promise.all([
    inMatchedVersion(attributes, attributes.object, matched),
    inMatchedVersion(attributes, attributes.oldObject, matched),
  ]);
  const written = (one: KubeObject | undefined): Json => (one ? asJson(one) : null);
  return {
    kind: 'AdmissionReview',
    apiVersion: `${GROUP}/${version}`,
    request: {
      uid,
      ...admissionRequest(attributes, matched),
      object: written(object),
      oldObject: written(oldObject),
    },
  };
}

/** @throws Error for an answer that is none (VerifyAdmissionResponse) */
export function readResponse(answer: Json, review: JsonObject, uid: string, mutating: boolean): ReviewResponse {
  const response = isObject(answer) ? answer['response'] : undefined;
  if (!isObject(answer) || !isObject(response)) throw new Error('webhook response was absent');
  const { patch, patchType } = response;
  const hasPatch = typeof patch === 'string' && patch !== '';
  if (review['apiVersion'] === `${GROUP}/v1`) {
    if (response['uid'] !== uid)
      throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'] ?? '')}`);
    const got = formatKind(answer);
    const expected = `${GROUP}/v1, Kind=AdmissionReview`;
    if (got !== expected) throw new Error(`expected webhook response of ${expected}, got ${got}`);
    if (mutating) {
      if (hasPatch && patchType === undefined)
        throw new Error('webhook returned response.patch but not response.patchType');
      if (!hasPatch && patchType !== undefined)
        throw new Error('webhook returned response.patchType but not response.patch');
      if (patchType === '') throw new Error('webhook returned invalid response.patchType of ""');
    } else {
      if (hasPatch) throw new Error('validating webhook may not return response.patch');
      if (patchType !== undefined) throw new Error('validating webhook may not return response.patchType');
    }
  }
  const { status, warnings, auditAnnotations } = response;
  return {
    allowed: response['allowed'] === true,
    status: isObject(status) ? status : undefined,
    warnings: Array.isArray(warnings) ? warnings.map(String) : [],
    auditAnnotations: (isObject(auditAnnotations) ? auditAnnotations : {}) as Record<string, string>,
    patch: hasPatch ? decodePatch(patch) : undefined,
    patchType: typeof patchType === 'string' ? patchType : 'JSONPatch',
  };
}

function formatKind({ apiVersion, kind }: JsonObject): string {
  return `${apiVersion ?? '/'}, Kind=${kind ?? ''}`;
}

/** A patch is JSON in base64; null for what is none. */
function decodePatch(text: string): Json {
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Json;
  } catch {
    return null;
  }
}
