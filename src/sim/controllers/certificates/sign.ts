/** What signers do with an approved request (kubernetes `pkg/controller/certificates/signer/signer.go` handle). */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { formatTime } from '../../../apimachinery/time';
import type { Client } from '../../../client/client';
import type { ControlPlaneKeys } from '../../control-plane-keys';
import { awaitsSigner, complaint, conditionsOf, REQUESTS, SIGNERS } from './requests';

export interface Signing {
  client: Client;
  now: number;
  authority: ControlPlaneKeys['authority'];
  /** What can't be signed is left as it is: its signer says so when time passes. */
  leaveFailures?: boolean;
}

/** Who approves, signs and cleans up. */
export const CERTIFICATE_CONTROLLER = 'system:serviceaccount:kube-system:certificate-controller';

export async function signIfApproved(
  object: KubeObject,
  { client, now, authority, leaveFailures }: Signing,
): Promise<void> {
  const { request = '', signerName = '', usages = [], expirationSeconds } = object['spec'] ?? {};
  if (!awaitsSigner(object) || !Object.values<string>(SIGNERS).includes(signerName)) return;
  const { parseRequest, signRequest } = await import('../../../apiserver/certificates/sign-request');
  let status: KubeObject['status'];
  try {
    const parsed = await parseRequest(atob(request));
    const wrong = complaint(signerName, parsed, usages);
    if (wrong === 'none') return;
    if (wrong) throw new Error(wrong.why);
    const certificate = await signRequest(await authority(), parsed, { usages, expirationSeconds, now });
    status = { ...object['status'], certificate: btoa(certificate) };
  } catch (error) {
    if (leaveFailures) return;
    const time = formatTime(now);
    const failed = {
      type: 'Failed',
      status: 'True',
      reason: 'SignerValidationFailure',
      message: (error as Error).message,
      lastUpdateTime: time,
      lastTransitionTime: time,
    };
    status = { ...object['status'], conditions: [...conditionsOf(object), failed] };
  }
  try {
    await client.update(REQUESTS, { ...object, status }, undefined, 'status');
  } catch (error) {
    // Somebody else was quicker, or it is gone: looked at again when that is seen.
    if (!isReason(error, 'Conflict') && !isReason(error, 'NotFound')) throw error;
  }
}
