/** Requests for devices, in claims and in their templates (pkg/apis/resource/v1/defaults.go). */

import { type FieldError, forbiddenField, invalidObject } from '../../../apimachinery/field-error';
import type { KubeObject } from '../../../apimachinery/meta';
import type { StrategyContext } from '../../resource';

interface DeviceRequest {
  allocationMode?: string;
  count?: number;
  adminAccess?: boolean;
}
export interface DeviceClaimSpec {
  devices?: { requests?: { exactly?: DeviceRequest; firstAvailable?: DeviceRequest[] }[] };
}

/** One device, unless told otherwise. */
export function defaultDeviceClaim(spec: DeviceClaimSpec): void {
  for (const { exactly, firstAvailable = [] } of spec.devices?.requests ?? [])
    for (const request of exactly ? [exactly, ...firstAvailable] : firstAvailable) {
      request.allocationMode ||= 'ExactCount';
      if (request.allocationMode === 'ExactCount') request.count ||= 1;
    }
}

const ADMIN_ACCESS = 'resource.kubernetes.io/admin-access';

/**
 * Devices that others use are for namespaces that an administrator has labelled so (pkg/registry/resource/utils.go AuthorizedForAdmin).
 * @throws ApiError 422
 */
export async function checkAdminAccess(
  object: KubeObject,
  { devices }: DeviceClaimSpec,
  { read }: StrategyContext,
): Promise<void> {
  const at = devices?.requests?.findIndex(({ exactly }) => exactly?.adminAccess === true) ?? -1;
  if (at < 0) return;
  await requireLabel(object, `spec.devices.requests[${at}].adminAccess`, read);
}

interface Allocation {
  devices?: { results?: { adminAccess?: boolean }[] };
}

/** Nor is such a device allocated anywhere else (AuthorizedForAdminStatus). */
export async function checkAllocatedAdminAccess(
  object: KubeObject,
  old: KubeObject,
  { read }: StrategyContext,
): Promise<void> {
  const granted = (claim: KubeObject) => {
    const { devices }: Allocation = claim['status']?.allocation ?? {};
    return devices?.results?.findIndex(({ adminAccess }) => adminAccess === true) ?? -1;
  };
  const at = granted(object);
  if (at < 0 || granted(old) >= 0) return;
  await requireLabel(object, `status.allocation.devices.results[${at}].adminAccess`, read);
}

async function requireLabel(object: KubeObject, field: string, read: StrategyContext['read']): Promise<void> {
  const { name = '', namespace = '' } = object.metadata;
  const home = await read.get('', 'namespaces', '', namespace);
  if (home?.metadata.labels?.[ADMIN_ACCESS] === 'true') return;
  const why = `admin access to devices requires the \`${ADMIN_ACCESS}: true\` label on the containing namespace`;
  const errors: FieldError[] = [forbiddenField(field, why)];
  throw invalidObject({ group: 'resource.k8s.io', kind: object.kind ?? '' }, name, errors);
}
