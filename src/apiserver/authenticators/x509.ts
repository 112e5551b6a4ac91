/** Client certificates (apiserver `authentication/request/x509` AuthenticateRequest, CommonNameUserConversion). */
import { formatTime } from '../../apimachinery/time';
import type { Clock } from '../../sim/clock';
import type { RequestAuthenticator } from './authenticator';

/** The common name is the user, organizations are groups. What a listener found wrong with a certificate is wrong. */
export function certificateAuthenticator(clock: Clock): RequestAuthenticator {
  return {
    name: 'x509',
    authenticate({ origin }) {
      const certificate = origin?.certificate;
      if (!certificate) return undefined;
      const { serialNumber, commonName, organizations, uid, fingerprint, validity } = certificate;
      const refused = certificate.refused ?? (validity && outOfDate(validity, clock.now()));
      if (refused !== undefined) throw new Error(`verifying certificate SN=${serialNumber} failed: ${refused}`);
      if (commonName === '') return undefined;
      return {
        user: {
          name: commonName,
          groups: organizations,
          ...(uid ? { uid } : {}),
          extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] },
        },
      };
    },
  };
}

/** In Go's words (crypto/x509 CertificateInvalidError); undefined where it is valid. */
export function outOfDate({ from, to }: { from: number; to: number }, now: number): string | undefined {
  const told = 'x509: certificate has expired or is not yet valid: current time';
  if (now < from) return `${told} ${formatTime(now)} is before ${formatTime(from)}`;
  if (now > to) return `${told} ${formatTime(now)} is after ${formatTime(to)}`;
  return undefined;
}
