/** What a kubelet tells of a pod in its status; what others tell there stays (status_manager.go mergePodStatus). */
import { sameItems } from '../../apimachinery/first-where';
import { type JsonObject, jsonOf } from '../../apimachinery/json';
import type { PodCondition } from '../controllers/pod-state';
import type { ContainerStatus } from './container';
import type { Address } from './node-state';

/** Undefined or empty: of that nothing is told. */
export interface Told {
  observedGeneration: number | undefined;
  phase: string;
  conditions: readonly PodCondition[];
  startTime: string;
  /** In the order in which they are told. */
  containerStatuses: readonly ContainerStatus[];
  initContainerStatuses: readonly ContainerStatus[];
  ephemeralContainerStatuses: readonly ContainerStatus[];
  hostIPs: readonly string[];
  /** The same, as they are listed: all pods of a node have this list. */
  hostAddresses: readonly Address[];
  podIPs: readonly string[];
}

/** The status that was written last, as far as a kubelet wrote it. */
type Written = {
  [field in keyof Omit<Told, 'hostIPs' | 'hostAddresses' | 'podIPs'>]?: Told[field];
} & { hostIP?: string; hostIPs?: readonly Address[]; podIP?: string; podIPs?: readonly Address[] };

/** The status with what is told in it: the very one that was there, where that says all of it already. */
export function statusWith(before: JsonObject, told: Told): JsonObject {
  return says(before as Written, told) ? before : jsonOf(copyWith(before as Written, told));
}

/** Most looks find nothing new, so it comes down to comparing what is the very same. */
function says(before: Written, told: Told): boolean {
  return (
    before.phase === told.phase &&
    before.conditions === told.conditions &&
    before.startTime === told.startTime &&
    (!told.observedGeneration || before.observedGeneration === told.observedGeneration) &&
    sameItems(before.containerStatuses, told.containerStatuses) &&
    saysAny(before.initContainerStatuses, told.initContainerStatuses) &&
    saysAny(before.ephemeralContainerStatuses, told.ephemeralContainerStatuses) &&
    saysAddresses(before.hostIP, before.hostIPs, told.hostIPs) &&
    saysAddresses(before.podIP, before.podIPs, told.podIPs)
  );
}

function saysAny(before: readonly ContainerStatus[] | undefined, told: readonly ContainerStatus[]): boolean {
  return told.length === 0 || sameItems(before, told);
}

function saysAddresses(
  first: string | undefined,
  all: readonly Address[] | undefined,
  ips: readonly string[],
): boolean {
  if (ips.length === 0) return true;
  if (first !== ips[0] || all?.length !== ips.length) return false;
  for (let i = 0; i < ips.length; i++) if (all[i]?.ip !== ips[i]) return false;
  return true;
}

/** One by one: V8 is slow at a literal that begins with a copy. Keys are stored in this order. */
function copyWith(before: Written, told: Told): Written {
  const status = { ...before };
  if (told.observedGeneration) status.observedGeneration = told.observedGeneration;
  status.phase = told.phase;
  status.conditions = told.conditions;
  status.startTime = told.startTime;
  status.containerStatuses = kept(before.containerStatuses, told.containerStatuses);
  if (told.initContainerStatuses.length > 0)
    status.initContainerStatuses = kept(before.initContainerStatuses, told.initContainerStatuses);
  if (told.ephemeralContainerStatuses.length > 0)
    status.ephemeralContainerStatuses = kept(before.ephemeralContainerStatuses, told.ephemeralContainerStatuses);
  const [hostIP] = told.hostIPs;
  if (hostIP) {
    status.hostIP = hostIP;
    status.hostIPs = told.hostAddresses;
  }
  const [podIP] = told.podIPs;
  if (podIP) {
    status.podIP = podIP;
    status.podIPs = told.podIPs.map((ip) => ({ ip }));
  }
  return status;
}

/** Statuses that are the very ones of before keep their list. */
function kept(
  before: readonly ContainerStatus[] | undefined,
  told: readonly ContainerStatus[],
): readonly ContainerStatus[] {
  return before && sameItems(before, told) ? before : told;
}
