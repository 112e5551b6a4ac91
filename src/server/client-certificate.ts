/**
 * What a client's certificate says, and whether the cluster's authority, or one that it signed, stands behind it (Go
 * crypto/x509 Certificate.Verify with ExtKeyUsageClientAuth).
 *
 * Two clocks: what the cluster's own signers issue for a CertificateSigningRequest is good by the cluster's clock, so that it
 * runs out when time is moved. All else, which comes from outside (kubeadm's files, openssl), is good by the machine's clock.
 */
import { X509Certificate } from 'node:crypto';
import { createSecureContext, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { outOfDate } from '../apiserver/authenticators/x509';
import { SIGNED_BY_CLUSTER } from '../apiserver/certificates/serial-numbers';
import type { RequestOrigin } from '../client/transport';
import { wallClockNow } from '../host/wall-clock';
import { pathLengthOf } from './path-length';

type ClientCertificate = NonNullable<RequestOrigin['certificate']>;

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const ANY_USAGE = '2.5.29.37.0';
/** Where a subject says its UID (apimachinery `pkg/apis/asn1` X509UID). */
const UID = '1.3.6.1.4.1.57683.2';
const LONGEST_CHAIN = 10;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Undefined where the client shows none; `until` when that has to be looked at again, in the machine's milliseconds. */
export function shownCertificate(
  socket: TLSSocket,
  authorities: readonly X509Certificate[],
): { certificate: ClientCertificate; until: number } | undefined {
  const shown = socket.getPeerCertificate?.(true);
  if (!shown || Object.keys(shown).length === 0) return undefined;
  const [leaf, ...others] = chainOf(shown);
  if (!leaf) return undefined;
  const certificate = judgedCertificate(leaf, others, authorities);
  const { from, to } = validityOf(leaf);
  const late = wallClockNow() < from ? from : to;
  return { certificate, until: late < wallClockNow() ? Number.POSITIVE_INFINITY : late };
}

function chainOf(shown: DetailedPeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  const seen = new Set<string>();
  for (let one: DetailedPeerCertificate | undefined = shown; one?.raw; one = one.issuerCertificate) {
    if (seen.has(one.fingerprint256)) break;
    seen.add(one.fingerprint256);
    chain.push(new X509Certificate(one.raw));
  }
  return chain;
}

/** Of a file: the certificate first, then what it leads to. @throws Error where there is none */
export function certificateIn(pem: string, authority: string | undefined): ClientCertificate {
  const [leaf, ...others] = (pem.match(CERTIFICATE) ?? []).map((one) => new X509Certificate(one));
  if (!leaf) throw new Error('tls: failed to find any PEM data in certificate input');
  return judgedCertificate(leaf, others, authority ? [new X509Certificate(authority)] : []);
}

/**
 * For a legacy object Node loads half of node:tls, and no secure connection could be made later, unless all of it is there. That it is has
 * to be asked: bundlers leave out what is imported and not used.
 */
function subjectOf(leaf: X509Certificate): Record<string, string | string[] | undefined> {
  if (!createSecureContext) throw new Error('node:tls is not loaded');
  return leaf.toLegacyObject().subject as unknown as Record<string, string | string[] | undefined>;
}

/** @param intermediates what came along with it */
function judgedCertificate(
  leaf: X509Certificate,
  intermediates: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): ClientCertificate {
  const subject = subjectOf(leaf);
  const ofCluster = leaf.serialNumber.toLowerCase().startsWith(SIGNED_BY_CLUSTER);
  const refused = wrongWith(leaf, intermediates, authorities, ofCluster);
  const uids = all(subject[UID]);
  const uidWrong = uids.length > 1 ? `expected 1 UID, but found multiple: [${uids.join(' ')}]` : undefined;
  return {
    // What is named several times is what is named last (pkix.Name.FillFromRDNSequence).
    commonName: all(subject['CN']).at(-1) ?? '',
    organizations: all(subject['O']),
    ...(uids.length === 1 ? { uid: uids[0] as string } : {}),
    fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    serialNumber: BigInt(`0x${leaf.serialNumber}`).toString(),
    ...(ofCluster ? { validity: validityOf(leaf) } : {}),
    judgedBy(authority) {
      const others = (authority.match(CERTIFICATE) ?? []).map((one) => new X509Certificate(one));
      return wrongWith(leaf, intermediates, others, false) ?? 'good';
    },
    ...((refused ?? uidWrong) ? { refused: (refused ?? uidWrong) as string } : {}),
  };
}

function all(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : [value].flat();
}

function wrongWith(
  leaf: X509Certificate,
  intermediates: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  ofCluster: boolean,
): string | undefined {
  const now = wallClockNow();
  if (!ofCluster) {
    const late = outOfDate(validityOf(leaf), now);
    if (late !== undefined) return late;
  }
  const chain = chainTo(authorities, leaf, intermediates, now);
  if (!chain) return 'x509: certificate signed by unknown authority';
  return chain.every(isForClients) ? undefined : 'x509: certificate specifies an incompatible key usage';
}

/** An authority that is for something else alone stands behind nobody (checkChainForKeyUsage). */
function isForClients({ keyUsage }: X509Certificate): boolean {
  return !keyUsage || keyUsage.includes(CLIENT_AUTH) || keyUsage.includes(ANY_USAGE);
}

/** From the certificate to one of the authorities. */
function chainTo(
  authorities: readonly X509Certificate[],
  leaf: X509Certificate,
  intermediates: readonly X509Certificate[],
  now: number,
): X509Certificate[] | undefined {
  const chain = [leaf];
  for (let current = leaf; chain.length <= LONGEST_CHAIN; ) {
    const signs = (by: X509Certificate) => hasSigned(by, current, now) && chain.length - 1 <= longestBelow(by);
    const authority = authorities.find(signs);
    if (authority) return [...chain, authority];
    const next = intermediates.find((one) => !chain.includes(one) && signs(one));
    if (!next) return undefined;
    chain.push(next);
    current = next;
  }
  return undefined;
}

function hasSigned(by: X509Certificate, one: X509Certificate, now: number): boolean {
  return by.ca && one.checkIssued(by) && one.verify(by.publicKey) && outOfDate(validityOf(by), now) === undefined;
}

function longestBelow({ raw }: X509Certificate): number {
  return pathLengthOf(raw) ?? Number.POSITIVE_INFINITY;
}

function validityOf({ validFrom, validTo }: X509Certificate): { from: number; to: number } {
  return { from: Date.parse(validFrom), to: Date.parse(validTo) };
}
