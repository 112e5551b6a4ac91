/**
 * What has to be done to the EndpointSlices of one service, one address family at a time (endpointslice `reconciler.go`).
 * Pure: slices in, slices out.
 */
import { deepEqual, type Json } from '../../../apimachinery/json';
import { asObject, type KubeObject } from '../../../apimachinery/meta';
import { nameIsDNSSubdomain } from '../../../apimachinery/names';
import { HEADLESS, hasClusterIP } from '../../service-pods';
import { applyHints } from './hints';
import { applyTopology, type CPURatios, type HintEvent, topologyEnded, wantsTopology } from './topology';

export const CONTROLLER_NAME = 'endpointslice-controller.k8s.io';
export const SERVICE_NAME = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
/** kube-controller-manager --max-endpoints-per-slice */
const MAX_ENDPOINTS = 100;

export type AddressType = 'IPv4' | 'IPv6';

export interface SlicePort {
  name?: string;
  port?: number;
  protocol?: string;
  appProtocol?: string;
}

export interface Endpoint {
  addresses: string[];
  conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
  hostname?: string;
  targetRef?: { kind?: string; namespace?: string; name?: string; uid?: string; resourceVersion?: string };
  nodeName?: string;
  zone?: string;
  hints?: { forZones?: { name: string }[]; forNodes?: { name: string }[] };
}

/** The endpoints that offer the same ports. */
export interface DesiredGroup {
  ports: SlicePort[];
  endpoints: Endpoint[];
}

/** Slices to create have a generateName and no name. */
export interface SlicePlan {
  create: KubeObject[];
  update: KubeObject[];
  delete: KubeObject[];
  /** What is to be said of the hints, if anything is written. */
  events?: HintEvent[];
}

/** Groups that offer the same ports have the same key (NewPortMapKey). */
export function portKey(ports: readonly SlicePort[]): string {
  return ports
    .map(({ name = '', port, protocol = '', appProtocol = '' }) =>
      JSON.stringify([name, port ?? 0, protocol, appProtocol]),
    )
    .sort()
    .join();
}

/** reconcileByAddressType. `existing` are the slices of this family that the controller manages; `ratios` are the zones' parts of CPU. */
export function reconcileFamily(
  service: KubeObject,
  family: AddressType,
  desired: ReadonlyMap<string, DesiredGroup>,
  existing: readonly KubeObject[],
  ratios: CPURatios,
): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], delete: [] };
  const byPorts = new Map<string, KubeObject[]>();
  for (const slice of existing) {
    if (!isOwnedBy(slice, service)) plan.delete.push(slice);
    else {
      const key = portKey(slice['ports'] ?? []);
      byPorts.set(key, [...(byPorts.get(key) ?? []), slice]);
    }
  }
  for (const [key, group] of desired) merge(plan, reconcilePorts(service, family, group, byPorts.get(key) ?? []));
  for (const [key, slices] of byPorts) if (!desired.has(key)) plan.delete.push(...slices);

  // A service has at least one slice, be it empty.
  if (existing.length === plan.delete.length && plan.create.length === 0) {
    const placeholder = newSlice(service, family, []);
    const [only] = plan.delete;
    if (plan.delete.length === 1 && only && isPlaceholder(only, placeholder)) plan.delete = [];
    else plan.create.push(placeholder);
  }
  if (wantsTopology(service)) plan.events = applyTopology(plan, existing, family, ratios);
  else {
    const ended = topologyEnded(existing, family);
    if (ended) plan.events = [ended];
    applyHints(service, plan, existing);
  }
  recycle(plan, service);
  return plan;
}

function merge(plan: SlicePlan, more: SlicePlan): void {
  plan.create.push(...more.create);
  plan.update.push(...more.update);
  plan.delete.push(...more.delete);
}

/** reconcileByPortMapping: keeps endpoints where they are, fills up changed slices, then unchanged ones, then new ones. */
function reconcilePorts(
  service: KubeObject,
  family: AddressType,
  { ports, endpoints }: DesiredGroup,
  existing: readonly KubeObject[],
): SlicePlan {
  const wanted = new Map(endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]));
  const plan: SlicePlan = { create: [], update: [], delete: [] };
  const unchanged: KubeObject[] = [];
  for (const slice of existing) {
    const present: Endpoint[] = slice['endpoints'] ?? [];
    const kept: Endpoint[] = [];
    let changed = false;
    for (const endpoint of present) {
      const key = endpointKey(endpoint);
      const want = wanted.get(key);
      if (!want) continue;
      kept.push(want);
      if (!sameBeyondKey(want, endpoint)) changed = true;
      wanted.delete(key);
    }
    const labels = sliceLabels(service);
    if (changed || kept.length !== present.length) {
      if (kept.length === 0) plan.delete.push(slice);
      else plan.update.push(withEndpoints(slice, kept, labels));
    } else if (!sameUnreserved(slice.metadata.labels, service.metadata.labels))
      plan.update.push(withEndpoints(slice, present, labels));
    else unchanged.push(slice);
  }

  const left = [...wanted.values()];
  const fill = (slice: KubeObject) => {
    while (left.length > 0 && slice['endpoints'].length < MAX_ENDPOINTS) slice['endpoints'].push(left.shift());
  };
  for (const slice of [...plan.update].sort((a, b) => b['endpoints'].length - a['endpoints'].length)) fill(slice);
  while (left.length > 0) {
    const roomy = left.length < MAX_ENDPOINTS ? fullestWithRoom(unchanged, left.length) : undefined;
    if (roomy) {
      unchanged.splice(unchanged.indexOf(roomy), 1);
      const slice = withEndpoints(roomy, [...(roomy['endpoints'] ?? [])], roomy.metadata.labels ?? {});
      fill(slice);
      plan.update.push(slice);
    } else {
      const slice = newSlice(service, family, ports);
      fill(slice);
      plan.create.push(slice);
    }
  }
  return plan;
}

/** getSliceToFill: the slice that would be the fullest. */
function fullestWithRoom(slices: readonly KubeObject[], count: number): KubeObject | undefined {
  let best: KubeObject | undefined;
  let least = MAX_ENDPOINTS;
  for (const slice of slices) {
    const room = MAX_ENDPOINTS - count - (slice['endpoints']?.length ?? 0);
    if (room >= 0 && room < least) {
      least = room;
      best = slice;
    }
  }
  return best;
}

/** What an endpoint is known by (hashEndpoint): its addresses, hostname and target. */
function endpointKey({ addresses, hostname = '', targetRef }: Endpoint): string {
  return [...addresses, hostname, targetRef?.namespace ?? '', targetRef?.name ?? ''].join('\n');
}

/** EndpointsEqualBeyondHash */
function sameBeyondKey(a: Endpoint, b: Endpoint): boolean {
  const rest = ({ nodeName, zone, conditions, targetRef }: Endpoint): Json =>
    [nodeName ?? null, zone ?? null, { ...conditions }, { ...targetRef, resourceVersion: '' }] as unknown as Json;
  return deepEqual(rest(a), rest(b));
}

/** A slice of the service with nothing in it yet (newEndpointSlice). */
function newSlice(service: KubeObject, family: AddressType, ports: SlicePort[]): KubeObject {
  const { name = '', namespace = '', uid = '' } = service.metadata;
  const prefix = `${name}-`;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: nameIsDNSSubdomain(prefix, true).length > 0 ? name : prefix,
      namespace,
      labels: sliceLabels(service),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: true }],
    },
    addressType: family,
    endpoints: [],
    ports,
  };
}

function withEndpoints(slice: KubeObject, endpoints: Endpoint[], labels: Record<string, string>): KubeObject {
  return asObject({ ...slice, metadata: { ...slice.metadata, labels }, endpoints: [...endpoints] } as unknown as Json);
}

/** setEndpointSliceLabels: the service's labels and the reserved ones. */
function sliceLabels(service: KubeObject): Record<string, string> {
  const labels = unreserved(service.metadata.labels);
  if (!hasClusterIP(service)) labels[HEADLESS] = '';
  labels[SERVICE_NAME] = service.metadata.name ?? '';
  labels[MANAGED_BY] = CONTROLLER_NAME;
  return labels;
}

function unreserved(labels: Record<string, string> = {}): Record<string, string> {
  const { [HEADLESS]: _h, [SERVICE_NAME]: _s, [MANAGED_BY]: _m, ...rest } = labels;
  return rest;
}

function sameUnreserved(a: Record<string, string> | undefined, b: Record<string, string> | undefined): boolean {
  return deepEqual(unreserved(a), unreserved(b));
}

function isOwnedBy(slice: KubeObject, service: KubeObject): boolean {
  return (slice.metadata.ownerReferences ?? []).some(
    (owner) => owner.uid === service.metadata.uid && owner.kind === 'Service' && owner.apiVersion === 'v1',
  );
}

/** placeholderSliceCompare */
function isPlaceholder(slice: KubeObject, placeholder: KubeObject): boolean {
  return (
    (slice['endpoints'] ?? []).length === 0 &&
    (slice['ports'] ?? []).length === 0 &&
    slice['addressType'] === placeholder['addressType'] &&
    deepEqual(slice.metadata.labels, placeholder.metadata.labels)
  );
}

/** finalize: rather than to delete one slice and create another, one is made the other. */
function recycle(plan: SlicePlan, service: KubeObject): void {
  plan.delete = plan.delete.filter((old) => {
    const fresh = plan.create.at(-1);
    if (!fresh || old['addressType'] !== fresh['addressType'] || !isOwnedBy(old, service)) return true;
    plan.create.pop();
    const { generateName: _, ...metadata } = fresh.metadata;
    plan.update.push({ ...fresh, metadata: { ...metadata, name: old.metadata.name as string } });
    return false;
  });
}
