/**
 * Requests for certificates: those of kubelets are approved, approved ones are signed, old ones go (kubernetes
 * `pkg/controller/certificates/{approver,signer,cleaner}`).
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { formatTime, parseTime } from '../../../apimachinery/time';
import type { Context, Controller, Result } from '../../controller';
import { awaitsSigner, type Condition, conditionsOf, kubeletClient, REQUESTS, SIGNERS } from './requests';
import { CERTIFICATE_CONTROLLER, signIfApproved } from './sign';

const RESOURCE = 'certificatesigningrequests.certificates.k8s.io';
const REVIEWS = { group: 'authorization.k8s.io', version: 'v1', resource: 'subjectaccessreviews' };

const common = {
  user: CERTIFICATE_CONTROLLER,
  fieldManager: 'kube-controller-manager',
  watches: [{ resource: RESOURCE, keys: (request: KubeObject) => [request.metadata.name as string] }],
};

const approver: Controller = {
  ...common,
  name: 'certificatesigningrequest-approving-controller',
  async reconcile(name, context) {
    const request = context.cache.get(RESOURCE, '', name);
    if (request && isUndecided(request)) await approveKubelet(request, context);
    return undefined;
  },
};

const signer: Controller = {
  ...common,
  name: 'certificatesigningrequest-signing-controller',
  async reconcile(name, { cache, client, clock, keys }) {
    const request = cache.get(RESOURCE, '', name);
    if (request && awaitsSigner(request))
      await signIfApproved(request, { client, now: clock.now(), authority: () => keys.authority() });
    return undefined;
  },
};

const cleaner: Controller = {
  ...common,
  name: 'certificatesigningrequest-cleaner-controller',
  async reconcile(name, context): Promise<Result | undefined> {
    const request = context.cache.get(RESOURCE, '', name);
    const end = request && (await endOfRequest(request));
    if (!request || end === undefined) return undefined;
    const left = end - context.clock.now();
    if (left > 0) return { requeueAfter: left, periodic: true };
    const { uid = '' } = request.metadata;
    try {
      await context.client.delete(REQUESTS, '', name, { preconditions: { uid } });
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
    return undefined;
  },
};

export default [approver, signer, cleaner];

function isUndecided(request: KubeObject): boolean {
  return !request['status']?.certificate && conditionsOf(request).length === 0;
}

/** What the asker must be allowed to create, and what is written then, in the order in which they are tried (recognizers). */
const WAYS = [
  {
    subresource: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  },
  { subresource: 'nodeclient', message: 'Auto approving kubelet client certificate after SubjectAccessReview.' },
];

async function approveKubelet(request: KubeObject, { client, clock }: Context): Promise<void> {
  const { signerName, username: user = '', groups = [], uid, extra, usages = [], request: pem = '' } = request['spec'];
  if (signerName !== SIGNERS.kubeletClient) return;
  const { parseRequest } = await import('../../../apiserver/certificates/sign-request');
  const parsed = await parseRequest(atob(pem)).catch(() => undefined);
  if (!parsed || kubeletClient(parsed, usages) !== undefined) return;
  for (const { subresource, message } of WAYS) {
    if (subresource === 'selfnodeclient' && parsed.commonName !== user) continue;
    const { group, resource } = REQUESTS;
    const resourceAttributes = { group, resource, subresource, verb: 'create', version: '*' };
    const spec = { user, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}), resourceAttributes };
    const review: KubeObject = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: {},
      spec,
    };
    if (!(await client.create(REVIEWS, '', review))['status']?.allowed) continue;
    const time = formatTime(clock.now());
    const times = { lastUpdateTime: time, lastTransitionTime: time };
    const condition: Condition = { type: 'Approved', status: 'True', reason: 'AutoApproved', message, ...times };
    await client.update(REQUESTS, { ...request, status: { conditions: [condition] } }, undefined, 'approval');
    return;
  }
}

const HOUR = 3_600_000;

/** When a request goes: an hour after it was issued, denied or failed, a day after it was made, and with its certificate. */
async function endOfRequest(request: KubeObject): Promise<number | undefined> {
  const certificate: string | undefined = request['status']?.certificate;
  const decided = conditionsOf(request)
    .filter(({ type }) => type === 'Denied' || type === 'Failed' || (type === 'Approved' && certificate))
    .map(({ lastUpdateTime }) => (parseTime(lastUpdateTime ?? '') ?? Number.NaN) + HOUR);
  const ends = decided.filter((end) => !Number.isNaN(end));
  if (certificate) {
    const { endOf } = await import('../../../apiserver/certificates/sign-request');
    ends.push(endOf(atob(certificate)));
  }
  if (conditionsOf(request).length === 0)
    ends.push((parseTime(request.metadata.creationTimestamp ?? '') ?? 0) + 24 * HOUR);
  return ends.length > 0 ? Math.min(...ends) : undefined;
}
