/** From a certificate request to a certificate (kubernetes `pkg/controller/certificates/{authority,signer}`). */
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type GeneralNameType,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { randomHex } from '../../host/entropy';
import type { KeyPair } from './issue-certificate';
import { SIGNED_BY_CLUSTER } from './serial-numbers';

/** What a request says. */
export interface ParsedRequest {
  commonName: string;
  organizations: string[];
  names: Record<GeneralNameType, string[]>;
  request: Pkcs10CertificateRequest;
}

/** @throws Error in upstream's words for what is no request, or is not signed with its own key (ParseCSR, CheckSignature) */
export async function parseRequest(pem: string): Promise<ParsedRequest> {
  const found = /-----BEGIN CERTIFICATE REQUEST-----[\s\S]+?-----END CERTIFICATE REQUEST-----/.exec(pem);
  if (!found) throw new Error('PEM block type must be CERTIFICATE REQUEST');
  const request = new Pkcs10CertificateRequest(found[0]);
  if (!(await request.verify())) throw new Error('x509: signature does not match the key of the request');
  const subject = request.subjectName;
  const names: ParsedRequest['names'] = { dns: [], dn: [], email: [], ip: [], url: [], guid: [], upn: [], id: [] };
  const isNames = (one: unknown) => one instanceof SubjectAlternativeNameExtension;
  const alternatives = request.extensions.find(isNames) as SubjectAlternativeNameExtension | undefined;
  for (const { type, value } of alternatives?.names.items ?? []) names[type].push(value);
  return {
    commonName: subject.getField('CN').at(-1) ?? '',
    organizations: subject.getField('O'),
    names,
    request,
  };
}

const MINUTE = 60_000;
const BACKDATE = 5 * MINUTE;
const SHORT = 8 * 60 * MINUTE;
/** --cluster-signing-duration */
const LONGEST = 365 * 24 * 60 * MINUTE;
/** Twice as long as certificates are backdated. */
const SHORTEST = 10 * MINUTE;

export interface Wish {
  usages: readonly string[];
  expirationSeconds?: number | undefined;
  /** The cluster's time, in milliseconds. */
  now: number;
}

/** Signs what the request says (PermissiveSigningPolicy). */
export async function signRequest(authority: KeyPair, { request, names }: ParsedRequest, wish: Wish): Promise<string> {
  const issuer = new X509Certificate(authority.certificate);
  const lasts = lifetime(wish.expirationSeconds);
  const from = wish.now - BACKDATE;
  const to = lasts < SHORT ? wish.now + lasts : from + lasts;
  const basic = wish.usages.reduce((all, usage) => all | (BASIC[usage] ?? 0), 0);
  const uses = wish.usages.flatMap((usage) => EXTENDED[usage] ?? []);
  const alternatives = [
    ...names.dns.map((value) => ({ type: 'dns' as const, value })),
    ...names.ip.map((value) => ({ type: 'ip' as const, value })),
    ...names.email.map((value) => ({ type: 'email' as const, value })),
    ...names.url.map((value) => ({ type: 'url' as const, value })),
  ];
  const certificate = await X509CertificateGenerator.create({
    serialNumber: `${SIGNED_BY_CLUSTER}${randomHex(10)}`,
    subject: request.subjectName,
    issuer: issuer.subjectName,
    notBefore: new Date(from),
    notAfter: new Date(to),
    publicKey: request.publicKey,
    signingKey: await crypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(authority.key), ALGORITHM, false, [
      'sign',
    ]),
    signingAlgorithm: ALGORITHM,
    extensions: [
      ...(basic > 0 ? [new KeyUsagesExtension(basic, true)] : []),
      ...(uses.length > 0 ? [new ExtendedKeyUsageExtension(uses)] : []),
      new BasicConstraintsExtension(false, undefined, true),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(alternatives.length > 0 ? [new SubjectAlternativeNameExtension(alternatives)] : []),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

function lifetime(seconds: number | undefined): number {
  return seconds === undefined ? LONGEST : Math.min(Math.max(seconds * 1000, SHORTEST), LONGEST);
}

/** Until when a certificate is good, in milliseconds. */
export function endOf(pem: string): number {
  return new X509Certificate(pem).notAfter.getTime();
}

/** keyUsageDict. */
const BASIC: Readonly<Record<string, number>> = {
  signing: KeyUsageFlags.digitalSignature,
  'digital signature': KeyUsageFlags.digitalSignature,
  'content commitment': KeyUsageFlags.nonRepudiation,
  'key encipherment': KeyUsageFlags.keyEncipherment,
  'key agreement': KeyUsageFlags.keyAgreement,
  'data encipherment': KeyUsageFlags.dataEncipherment,
  'cert sign': KeyUsageFlags.keyCertSign,
  'crl sign': KeyUsageFlags.cRLSign,
  'encipher only': KeyUsageFlags.encipherOnly,
  'decipher only': KeyUsageFlags.decipherOnly,
};

/** extKeyUsageDict. */
const EXTENDED: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': '1.3.6.1.5.5.7.3.1',
  'client auth': '1.3.6.1.5.5.7.3.2',
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  's/mime': '1.3.6.1.5.5.7.3.4',
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};
