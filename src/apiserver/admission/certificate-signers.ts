/**
 * Who may approve requests for certificates, and who may sign them: that depends on the signer (kubernetes
 * `plugin/pkg/admission/certificates/{approval,signing}/admission.go`, `certauthorization`).
 */
import { deepEqual } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import { type AccessAttributes, decide } from '../authorization';
import type { ServedResource } from '../served-resource';
import { admissionForbidden } from './forbidden';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin';

export const certificateApproval: AdmissionPlugin = {
  name: 'CertificateApproval',
  handles: (operation, resource, subresource) =>
    operation === 'UPDATE' && isRequests(resource) && subresource === 'approval',
  async validate(attributes) {
    await requireRight(attributes, 'approve');
  },
};

export const certificateSigning: AdmissionPlugin = {
  name: 'CertificateSigning',
  handles: (operation, resource, subresource) =>
    operation === 'UPDATE' && isRequests(resource) && subresource === 'status',
  async validate(attributes) {
    const { object, oldObject } = attributes;
    if (deepEqual(decisionOf(object), decisionOf(oldObject))) return;
    await requireRight(attributes, 'sign');
  },
};

function isRequests({ info }: ServedResource): boolean {
  return info.group === 'certificates.k8s.io' && info.plural === 'certificatesigningrequests';
}

/** What a signer writes into a request. */
function decisionOf(request: KubeObject | undefined) {
  const { certificate = null, conditions = null } = request?.status ?? {};
  return [certificate, conditions];
}

/** For the signer that the stored request names, or for all of its domain (IsAuthorizedForSignerName). @throws ApiError 403 */
async function requireRight(attributes: AdmissionAttributes, verb: 'approve' | 'sign'): Promise<void> {
  const { core, user, oldObject } = attributes;
  const signer: string = oldObject?.spec?.signerName ?? '';
  const domain = signer.split('/')[0];
  for (const name of [signer, `${domain}/*`])
    if ((await decide(core.authorizer, user, rightTo(verb, name))).allowed) return;
  throw admissionForbidden(
    attributes,
    `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`,
  );
}

function rightTo(verb: string, name: string): AccessAttributes {
  return {
    isResourceRequest: true,
    verb,
    path: '',
    group: 'certificates.k8s.io',
    version: '*',
    resource: 'signers',
    subresource: '',
    namespace: '',
    name,
  };
}
