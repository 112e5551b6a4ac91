/** Nobody becomes an admin by asking for a certificate (kubernetes `plugin/pkg/admission/certificates/subjectrestriction/admission.go`). */
import { decodeText } from '../validation/base64';
import { admissionForbidden } from './forbidden';
import type { AdmissionPlugin } from './plugin';

const SIGNER = 'kubernetes.io/kube-apiserver-client';
const MASTERS = 'system:masters';

export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  handles: (operation, { info }, subresource) =>
    operation === 'CREATE' &&
    info.group === 'certificates.k8s.io' &&
    info.plural === 'certificatesigningrequests' &&
    subresource === '',
  async validate(attributes) {
    const { object } = attributes;
    if (object?.['spec']?.signerName !== SIGNER) return;
    const { parseRequest } = await import('../certificates/sign-request');
    let organizations: string[];
    try {
      ({ organizations } = await parseRequest(decodeText(object['spec']?.request ?? '')));
    } catch {
      // The signer reads it in the same way, and does not sign it.
      return;
    }
    if (!organizations.includes(MASTERS)) return;
    throw admissionForbidden(attributes, `use of ${SIGNER} signer with ${MASTERS} group is not allowed`);
  },
};
