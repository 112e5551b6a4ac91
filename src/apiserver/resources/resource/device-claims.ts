/** Requests for devices, in claims and in their templates (pkg/apis/resource/v1/defaults.go). */

interface DeviceRequest {
  allocationMode?: string;
  count?: number;
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
