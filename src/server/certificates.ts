/**
 * The cluster's certificates and its admin's token. They are made once and kept in the folder `pki` beside the state, for its
 * owner's eyes only, under the names that kubeadm gives them (kubernetes `cmd/kubeadm/app/constants`). What is about to
 * expire, and a server certificate that lacks a name, is made anew; the authority stays.
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { KeyPair } from '../apiserver/certificates/issue-certificate';
import { randomHex } from '../host/entropy';
import { wallClockNow } from '../host/wall-clock';
import { makeFolder, readIfThere, replaceFile } from '../store/durable-files';

export interface Credentials {
  /** The authority's certificate; all are PEM. */
  authority: string;
  server: KeyPair;
  /** Who shows it is kubernetes-admin of system:masters. */
  admin: KeyPair;
  /** The same, for the header Authorization. */
  adminToken: string;
}

export const ADMIN_NAME = 'kubernetes-admin';
export const ADMIN_GROUP = 'system:masters';

const DAY = 86_400_000;
/** kubeadm's: ten years for the authority, one for what it signs. */
const AUTHORITY_DAYS = 3650;
const DAYS = 365;
/** What is valid for less than this is made anew. */
const LEFT = 30 * DAY;
const TOKEN_BYTES = 32;

/** Names by which pods of a cluster know its API server (kubeadm `app/util/pkiutil` GetAPIServerAltNames). */
const SERVICE_NAMES = [
  ...['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'],
  ...['localhost', '127.0.0.1', '::1', '10.96.0.1'],
];

/** What lies in the state folder, and made where it lacks. `hosts` are the names and addresses the server is reached by. */
export async function ensureCredentials(stateFolder: string, hosts: readonly string[]): Promise<Credentials> {
  const folder = join(stateFolder, 'pki');
  const names = [...new Set([...SERVICE_NAMES, ...hosts])];
  const authority = await ensureAuthority(stateFolder);
  const signedHere = (certificate: X509Certificate) =>
    certificate.checkIssued(new X509Certificate(authority.certificate));
  const server = await ensurePair(
    folder,
    'apiserver',
    (certificate) => signedHere(certificate) && names.every((name) => isFor(certificate, name)),
    async () =>
      (await issuing()).issueCertificate(authority, {
        subject: { commonName: 'kube-apiserver' },
        ...validity(DAYS),
        server: names,
      }),
  );
  const admin = await ensurePair(folder, 'admin', signedHere, async () =>
    (await issuing()).issueCertificate(authority, {
      subject: { commonName: ADMIN_NAME, organization: ADMIN_GROUP },
      ...validity(DAYS),
    }),
  );
  return { authority: authority.certificate, server, admin, adminToken: ensureToken(join(folder, 'admin.token')) };
}

/** The cluster's own authority. */
export async function ensureAuthority(stateFolder: string): Promise<KeyPair> {
  const folder = join(stateFolder, 'pki');
  makeFolder(folder);
  return ensurePair(folder, 'ca', isAuthority, async () => (await issuing()).issueAuthority(validity(AUTHORITY_DAYS)));
}

/** The library that makes certificates takes longer to load than all else here. */
function issuing(): Promise<typeof import('../apiserver/certificates/issue-certificate')> {
  return import('../apiserver/certificates/issue-certificate');
}

async function ensurePair(
  folder: string,
  name: string,
  isGood: (certificate: X509Certificate) => boolean,
  make: () => Promise<KeyPair>,
): Promise<KeyPair> {
  const [certificateFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const present = readPair(certificateFile, keyFile);
  if (present && isGood(new X509Certificate(present.certificate))) return present;
  const made = await make();
  replaceFile(keyFile, made.key);
  replaceFile(certificateFile, made.certificate);
  return made;
}

/** Undefined where one of the two lacks, can't be read, or is about to expire. */
function readPair(certificateFile: string, keyFile: string): KeyPair | undefined {
  const certificate = readIfThere(certificateFile)?.toString();
  const key = readIfThere(keyFile)?.toString();
  if (certificate === undefined || key === undefined) return undefined;
  try {
    return Date.parse(new X509Certificate(certificate).validTo) - wallClockNow() > LEFT
      ? { certificate, key }
      : undefined;
  } catch {
    return undefined;
  }
}

function isAuthority(certificate: X509Certificate): boolean {
  return certificate.ca;
}

function isFor(certificate: X509Certificate, name: string): boolean {
  return (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
}

/** From a little earlier than now: clocks differ. */
function validity(days: number): { from: Date; to: Date } {
  const now = wallClockNow();
  return { from: new Date(now - 3_600_000), to: new Date(now + days * DAY) };
}

function ensureToken(file: string): string {
  const present = readIfThere(file)?.toString().trim();
  if (present) return present;
  const token = randomHex(TOKEN_BYTES);
  replaceFile(file, `${token}\n`);
  return token;
}
