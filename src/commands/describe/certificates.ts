/** Certificate signing requests with what their PEM says. */
import type { CertificateRequest } from '../../printers/describe/certificate-request';
import { CommandError } from '../command';
import { messageOf } from '../errors';
import type { Target } from './target';

export async function describeSigningRequestTarget(target: Target): Promise<string> {
  const { parseCertificateRequest } = await import('../../printers/describe/certificate-request');
  const { describeCertificateSigningRequest } = await import('../../printers/describe/certificate-signing-request');
  const object = await target.get('v1');
  const related = await target.related(object);
  let request: CertificateRequest;
  try {
    request = parseCertificateRequest(object['spec']?.request ?? '');
  } catch (error) {
    throw new CommandError(`Error parsing CSR: ${messageOf(error)}`);
  }
  return describeCertificateSigningRequest(object, { ...related, request });
}
