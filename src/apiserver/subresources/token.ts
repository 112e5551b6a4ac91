/** `serviceaccounts/token`: a signed token for an account (kubernetes `pkg/registry/core/serviceaccount/storage/token.go`). */
import { type FieldError, invalid, invalidObject } from '../../apimachinery/field-error';
import { jsonOf } from '../../apimachinery/json';
import { type KubeObject, parseGroupVersion } from '../../apimachinery/meta';
import { badRequest, conflict, notFound } from '../../apimachinery/status';
import { formatTime } from '../../apimachinery/time';
import type { ApiResponse } from '../../client/transport';
import { randomUuid } from '../../host/entropy';
import { admissionAttributes } from '../admission-attributes';
import { type Bound, boundClaims, EXTENDED_SECONDS, WARN_ONLY_SECONDS } from '../authenticators/service-account-claims';
import type { TokenIssuer } from '../authenticators/token-issuer';
import { decodeObject } from '../decode-object';
import { manageUpdate } from '../field-manager';
import { ensureNamespace } from '../object-life';
import type { RequestContext } from '../request-context';
import { notImplemented, respondObject } from '../responses';
import { writeOptions } from '../write-options';

const GROUP = 'authentication.k8s.io';
const KIND = { group: GROUP, kind: 'TokenRequest' };
const DEFAULT_SECONDS = 3600;
const LEAST_SECONDS = 10 * 60;
const MOST_SECONDS = 2 ** 32;

interface Spec {
  audiences?: string[] | null;
  expirationSeconds?: number | null;
  boundObjectRef?: { kind?: string; apiVersion?: string; name?: string; uid?: string } | null;
  attestations?: Record<string, string[]>;
}

export async function handleToken(context: RequestContext): Promise<ApiResponse> {
  const { core, info, warnings } = context;
  if (!core.serviceAccountTokens) throw notImplemented('serviceaccounts/token');
  const issuer = await core.serviceAccountTokens();
  const options = writeOptions(context, 'CreateOptions');
  const resource = core.catalog.subresourceKind(context.resource, 'token');
  const tokenContext = { ...context, resource };
  const request = decodeObject(tokenContext, context.request.body, options.fieldValidation);
  ensureNamespace(request, info.namespace);
  const { metadata } = request;
  manageUpdate(tokenContext, undefined, request, options);
  await core.admission.admit(admissionAttributes(context, 'CREATE', request, undefined, options));
  if (metadata.name && metadata.name !== info.name) {
    const why = 'must match the service account name if specified';
    throw invalidObject(KIND, info.name, [invalid('metadata.name', metadata.name, why)]);
  }
  const account = await core.reader.get('', 'serviceaccounts', info.namespace, info.name);
  if (!account) throw notFound(context.resource.groupResource, info.name);
  if (metadata.uid && metadata.uid !== account.metadata.uid) {
    const why = `the UID in the token request (${metadata.uid}) does not match the UID of the service account (${account.metadata.uid})`;
    throw conflict({ group: GROUP, resource: KIND.kind }, info.name, why);
  }
  const now = core.clock.now();
  metadata.name = info.name;
  metadata.creationTimestamp = formatTime(now);
  const spec: Spec = request['spec'] ?? {};
  const audiences = spec.audiences?.length ? spec.audiences : [...issuer.audiences];
  const expiration = Number(spec.expirationSeconds ?? DEFAULT_SECONDS);
  request['spec'] = { ...spec, audiences, expirationSeconds: expiration, boundObjectRef: spec.boundObjectRef ?? null };
  const errors = validate(spec, expiration);
  if (errors.length > 0) throw invalidObject(KIND, '', errors);
  await core.admission.validate(admissionAttributes(context, 'CREATE', request, undefined, options));
  const bound = spec.boundObjectRef ? await boundTo(context, spec.boundObjectRef) : {};
  const token = await issuer.sign(claimsOf(account, bound, issuer, { audiences, expiration, now }));
  request['status'] = { token, expirationTimestamp: formatTime(now + expiration * 1000) };
  return respondObject(201, request, warnings);
}

/** A pod's token that its kubelet asks for as the admission plugin says lasts longer, while its use after the hour is noted. */
function claimsOf(
  account: KubeObject,
  bound: Bound,
  { url, audiences: own }: TokenIssuer,
  { audiences, expiration, now }: { audiences: string[]; expiration: number; now: number },
) {
  const extended =
    bound.pod !== undefined && expiration === WARN_ONLY_SECONDS && audiences.every((one) => own.includes(one));
  return boundClaims(account, bound, {
    issuer: url,
    audiences,
    now,
    expiration: extended ? EXTENDED_SECONDS : expiration,
    warnAfter: extended ? expiration : undefined,
    id: randomUuid(),
  });
}

/** ValidateTokenRequest. */
function validate({ attestations = {} }: Spec, expiration: number): FieldError[] {
  const errors: FieldError[] = [];
  const complain = (why: string) => errors.push(invalid('spec.expirationSeconds', expiration, why));
  if (expiration < LEAST_SECONDS) complain('may not specify a duration less than 10 minutes');
  if (expiration > MOST_SECONDS) complain('may not specify a duration larger than 2^32 seconds');
  if (Object.keys(attestations).length === 0) return errors;
  const why = 'attestations may only be specified with a webhook bound object reference';
  return [invalid('spec.attestations', jsonOf(attestations), why)];
}

/** What the token is good as long as it is there. @throws ApiError 404, 400, 409 */
async function boundTo(
  { core, info }: RequestContext,
  { kind = '', apiVersion = '', name = '', uid = '' }: NonNullable<Spec['boundObjectRef']>,
): Promise<Bound> {
  const { group, version } = parseGroupVersion(apiVersion);
  const find = async (resource: string, namespace: string) => {
    const object = await core.reader.get('', resource, namespace, name);
    if (!object) throw notFound({ group: '', resource }, name);
    const own = object.metadata.uid ?? '';
    if (uid !== '' && uid !== own) {
      const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
      throw conflict({ group, resource: kind }, name, why);
    }
    return object;
  };
  if (group === '' && kind === 'Secret') return { secret: await find('secrets', info.namespace) };
  if (group === '' && kind === 'Node') return { node: await find('nodes', '') };
  if (group !== '' || kind !== 'Pod')
    throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  const pod = await find('pods', info.namespace);
  if ((pod['spec']?.serviceAccountName ?? '') !== info.name)
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(info.name)} to pod running with different serviceaccount name.`,
    );
  const nodeName: string = pod['spec']?.nodeName ?? '';
  if (nodeName === '') return { pod };
  const node = await core.reader.get('', 'nodes', '', nodeName);
  return { pod, node: node ?? { metadata: { name: nodeName } } };
}
