/** Makes keys and certificates, as kubeadm does (kubernetes `cmd/kubeadm/app/util/pkiutil`), with ECDSA on P-256. */
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { parseIP } from '../../apimachinery/ip';
import { randomHex } from '../../host/entropy';

/** Both PEM. */
export interface KeyPair {
  certificate: string;
  key: string;
}

export interface Wanted {
  subject: { commonName: string; organization?: string };
  from: Date;
  to: Date;
  /** For a server: the names and addresses it goes by. Else the certificate is a client's. */
  server?: readonly string[];
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const AUTHORITY_NAME = 'kubernetes';
const SERIAL_BYTES = 8;

export async function issueAuthority({ from, to }: { from: Date; to: Date }): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [AUTHORITY_NAME] }],
    notBefore: from,
    notAfter: to,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new KeyUsagesExtension(
        KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment | KeyUsageFlags.keyCertSign,
        true,
      ),
      new BasicConstraintsExtension(true, undefined, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      new SubjectAlternativeNameExtension([{ type: 'dns', value: AUTHORITY_NAME }]),
    ],
  });
  return pem(certificate, keys.privateKey);
}

export async function issueCertificate(authority: KeyPair, wanted: Wanted): Promise<KeyPair> {
  const keys = await newKeys();
  const issuer = new X509Certificate(authority.certificate);
  const { commonName, organization } = wanted.subject;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [...(organization === undefined ? [] : [{ O: [organization] }]), { CN: [commonName] }],
    issuer: issuer.subjectName,
    notBefore: wanted.from,
    notAfter: wanted.to,
    publicKey: keys.publicKey,
    signingKey: await signingKey(authority.key),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      new ExtendedKeyUsageExtension([wanted.server ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth]),
      new BasicConstraintsExtension(false, undefined, true),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(wanted.server ? [new SubjectAlternativeNameExtension(wanted.server.map(alternativeName))] : []),
    ],
  });
  return pem(certificate, keys.privateKey);
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

interface KeysMade {
  publicKey: Key;
  privateKey: Key;
}

function newKeys(): Promise<KeysMade> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function signingKey(key: string): Promise<Key> {
  return crypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(key), ALGORITHM, false, ['sign']);
}

function alternativeName(value: string): { type: 'ip' | 'dns'; value: string } {
  return { type: parseIP(value) ? 'ip' : 'dns', value };
}

/** Positive, as RFC 5280 wants it. */
function serialNumber(): string {
  return `01${randomHex(SERIAL_BYTES - 1)}`;
}

async function pem(certificate: X509Certificate, key: Key): Promise<KeyPair> {
  const exported = await crypto.subtle.exportKey('pkcs8', key);
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key: `${PemConverter.encode(exported, PemConverter.PrivateKeyTag)}\n`,
  };
}
