/** What a CertificateSigningRequest says and what became of it (kubernetes `pkg/apis/certificates/v1/helpers.go`, `pkg/controller/certificates/certificate_controller_utils.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import type { ParsedRequest } from '../../../apiserver/certificates/sign-request';

export const REQUESTS = { group: 'certificates.k8s.io', version: 'v1', resource: 'certificatesigningrequests' };

export const SIGNERS = {
  client: 'kubernetes.io/kube-apiserver-client',
  kubeletClient: 'kubernetes.io/kube-apiserver-client-kubelet',
  kubeletServing: 'kubernetes.io/kubelet-serving',
  legacy: 'kubernetes.io/legacy-unknown',
} as const;

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastUpdateTime?: string;
}

export function conditionsOf(request: KubeObject): Condition[] {
  return [...(request['status']?.conditions ?? [])];
}

export function has(request: KubeObject, type: string): boolean {
  return conditionsOf(request).some((condition) => condition.type === type && condition.status === 'True');
}

/** Approved, not denied, not failed, and without a certificate. */
export function awaitsSigner(request: KubeObject): boolean {
  return (
    has(request, 'Approved') && !has(request, 'Denied') && !has(request, 'Failed') && !request['status']?.certificate
  );
}

/** What a built-in signer does not sign, in upstream's words; undefined where it does; `none` for signers of others. */
export function complaint(
  signer: string,
  request: ParsedRequest,
  usages: readonly string[],
): { why: string } | 'none' | undefined {
  const told = (why: string | undefined) => (why === undefined ? undefined : { why });
  switch (signer) {
    case SIGNERS.client:
      return told(clientUsages(usages));
    case SIGNERS.kubeletClient:
      return told(kubeletClient(request, usages));
    case SIGNERS.kubeletServing:
      return told(kubeletServing(request, usages));
    case SIGNERS.legacy:
      return undefined;
    default:
      return 'none';
  }
}

/** validAPIServerClientUsages. */
function clientUsages(usages: readonly string[]): string | undefined {
  const allowed = ['digital signature', 'key encipherment', 'client auth'];
  const other = usages.find((usage) => !allowed.includes(usage));
  if (other !== undefined) return `invalid usage for client certificate: ${other}`;
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth';
}

/** ValidateKubeletClientCSR. */
export function kubeletClient({ organizations, names, commonName }: ParsedRequest, usages: readonly string[]) {
  if (!isNodes(organizations)) return 'subject organization is not system:nodes';
  if (names.dns.length > 0) return 'DNS subjectAltNames are not allowed';
  if (names.email.length > 0) return 'Email subjectAltNames are not allowed';
  if (names.ip.length > 0) return 'IP subjectAltNames are not allowed';
  if (names.url.length > 0) return 'URI subjectAltNames are not allowed';
  if (!commonName.startsWith('system:node:')) return 'subject common name does not begin with system:node:';
  return exactly(usages, 'client auth');
}

/** ValidateKubeletServingCSR. */
function kubeletServing({ organizations, names, commonName }: ParsedRequest, usages: readonly string[]) {
  if (!isNodes(organizations)) return 'subject organization is not system:nodes';
  if (names.dns.length + names.ip.length === 0) return 'DNS or IP subjectAltName is required';
  if (names.email.length > 0) return 'Email subjectAltNames are not allowed';
  if (names.url.length > 0) return 'URI subjectAltNames are not allowed';
  const wrong = exactly(usages, 'server auth');
  if (wrong !== undefined) return wrong;
  return commonName.startsWith('system:node:') ? undefined : 'subject common name does not begin with system:node:';
}

function isNodes(organizations: readonly string[]): boolean {
  return organizations.length === 1 && organizations[0] === 'system:nodes';
}

/** Keys that can't encipher do without that usage. */
function exactly(usages: readonly string[], what: string): string | undefined {
  const wanted = [what, 'digital signature', 'key encipherment'].sort();
  const without = wanted.filter((usage) => usage !== 'key encipherment');
  const given = [...new Set(usages)].sort().join();
  return given === wanted.join() || given === without.join() ? undefined : `usages did not match [${wanted.join(' ')}]`;
}
