/**
 * Mirrors Endpoints that somebody made by hand, for a service without a selector, to EndpointSlices (kubernetes
 * `pkg/controller/endpointslicemirroring`).
 */
import { formatIP, parseIP } from '../../../apimachinery/ip';
import { deepEqual, type Json } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { nameIsDNSSubdomain } from '../../../apimachinery/names';
import { isReason } from '../../../apimachinery/status';
import type { Context, Controller } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { TRIGGER_TIME } from '../../service-pods';
import { type EndpointAddress, repackSubsets } from '../endpoint/subsets';
import {
  type AddressType,
  type Endpoint,
  MANAGED_BY,
  portKey,
  SERVICE_NAME,
  type SlicePort,
} from '../endpointslice/reconcile';
import { unlessTerminating } from '../namespace/active';

const SLICES = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
const RESOURCE = 'endpointslices.discovery.k8s.io';
const CONTROLLER_NAME = 'endpointslicemirroring-controller.k8s.io';
const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** kube-controller-manager --mirroring-max-endpoints-per-subset */
const MAX_ENDPOINTS = 1000;

const controller: Controller = {
  name: 'endpointslice-mirroring-controller',
  user: 'system:serviceaccount:kube-system:endpointslicemirroring-controller',
  fieldManager: 'kube-controller-manager',
  eventSource: { component: 'endpoint-slice-mirroring-controller' },
  watches: [
    { resource: 'services', keys: (service) => [keyOf(service)] },
    { resource: 'endpoints', keys: (endpoints) => [keyOf(endpoints)] },
    { resource: RESOURCE, keys: (slice, _, previous) => [...ownersOf(slice), ...ownersOf(previous)] },
  ],
  reconcile(key, context) {
    const { namespace, name } = splitKey(key);
    const endpoints = context.cache.get('endpoints', namespace, name);
    const service = context.cache.get('services', namespace, name);
    const existing = context.cache
      .index(RESOURCE, 'service', key)
      .filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === CONTROLLER_NAME && !metadata.deletionTimestamp);
    const wanted = endpoints && service && !service['spec'].selector && isMirrored(endpoints);
    if (!wanted) return existing.length > 0 ? remove(existing, context) : undefined;
    return mirror(endpoints, existing, context);
  },
};

function ownersOf(slice: KubeObject | undefined): string[] {
  const service = slice?.metadata.labels?.[SERVICE_NAME];
  return service && slice?.metadata.labels?.[MANAGED_BY] === CONTROLLER_NAME
    ? [`${slice.metadata.namespace}/${service}`]
    : [];
}

/** shouldMirror */
function isMirrored({ metadata }: KubeObject): boolean {
  return metadata.labels?.[SKIP_MIRROR] !== 'true' && metadata.annotations?.[LEADER] === undefined;
}

interface Mirrored {
  family: AddressType;
  ports: SlicePort[];
  endpoints: Endpoint[];
}

/** What the slices should hold, by family and ports; families of a subset that have no address are there too, and empty. */
function mirroredGroups(endpoints: KubeObject, { events }: Context): Map<string, Mirrored> {
  const groups = new Map<string, Mirrored>();
  let invalid = 0;
  let skipped = 0;
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of repackSubsets(endpoints['subsets'] ?? [])) {
    const slicePorts = ports.map(({ name = '', port, protocol = 'TCP', appProtocol }) => ({
      name,
      port,
      protocol,
      ...(appProtocol ? { appProtocol } : {}),
    }));
    let added = 0;
    const all = [
      ...addresses.map((one) => ({ one, ready: true })),
      ...notReadyAddresses.map((one) => ({ one, ready: false })),
    ];
    for (const { one, ready } of all) {
      if (added >= MAX_ENDPOINTS) break;
      const address = parseIP(one.ip);
      if (!address) {
        invalid++;
        continue;
      }
      const family = address.family === 4 ? 'IPv4' : 'IPv6';
      const key = `${family} ${portKey(slicePorts)}`;
      const group = groups.get(key) ?? { family, ports: slicePorts, endpoints: [] };
      groups.set(key, group);
      group.endpoints.push(mirroredEndpoint({ ...one, ip: formatIP(address) }, ready));
      added++;
    }
    skipped += all.length - added;
  }
  if (invalid > 0) {
    const text = `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`;
    events.event(endpoints, 'Warning', 'InvalidIPAddress', text);
  }
  if (skipped > invalid) {
    const text = `A max of ${MAX_ENDPOINTS} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`;
    events.event(endpoints, 'Warning', 'TooManyAddressesToMirror', text);
  }
  return groups;
}

/** addressToEndpoint */
function mirroredEndpoint({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(targetRef ? { targetRef } : {}),
    ...(nodeName ? { nodeName } : {}),
  };
}

async function mirror(endpoints: KubeObject, existing: readonly KubeObject[], context: Context): Promise<undefined> {
  const { client } = context;
  const { namespace = '' } = endpoints.metadata;
  const groups = mirroredGroups(endpoints, context);
  const byKey = new Map<string, KubeObject[]>();
  for (const slice of existing) {
    const key = `${slice['addressType']} ${portKey(slice['ports'] ?? [])}`;
    byKey.set(key, [...(byKey.get(key) ?? []), slice]);
  }
  const create: KubeObject[] = [];
  const update: KubeObject[] = [];
  const superfluous: KubeObject[] = [];
  for (const [key, group] of groups) {
    const [present, ...others] = byKey.get(key) ?? [];
    superfluous.push(...others);
    const slice = mirrorSlice(endpoints, group, present);
    if (!present) create.push(slice);
    else if (!isCurrent(present, slice)) update.push(slice);
  }
  for (const [key, slices] of byKey) if (!groups.has(key)) superfluous.push(...slices);
  // Rather than to delete one and create another of the same family, one is made the other.
  for (const old of [...superfluous]) {
    const at = create.findIndex((slice) => slice['addressType'] === old['addressType']);
    if (at < 0) continue;
    const [slice] = create.splice(at, 1) as [KubeObject];
    const { generateName: _, ...metadata } = slice.metadata;
    update.push({ ...slice, metadata: { ...metadata, name: old.metadata.name as string } });
    superfluous.splice(superfluous.indexOf(old), 1);
  }
  if (!endpoints.metadata.deletionTimestamp)
    for (const slice of create) {
      try {
        await client.create(SLICES, namespace, slice);
      } catch (error) {
        unlessTerminating(error);
        return;
      }
    }
  for (const slice of update) await client.update(SLICES, slice);
  await remove(superfluous, context);
}

/** newEndpointSlice */
function mirrorSlice(
  endpoints: KubeObject,
  { family, ports, endpoints: list }: Mirrored,
  present?: KubeObject,
): KubeObject {
  const { name = '', namespace = '', uid = '', labels, annotations = {} } = endpoints.metadata;
  const { [TRIGGER_TIME]: _, [LAST_APPLIED]: __, ...kept } = annotations;
  const prefix = nameIsDNSSubdomain(`${name}-`, true).length > 0 ? name : `${name}-`;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...(present ? { name: present.metadata.name as string } : { generateName: prefix }),
      namespace,
      labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: CONTROLLER_NAME },
      ...(Object.keys(kept).length > 0 ? { annotations: kept } : {}),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Endpoints', name, uid, controller: true, blockOwnerDeletion: true }],
    },
    addressType: family,
    endpoints: list.slice(0, MAX_ENDPOINTS),
    ports,
  };
}

function isCurrent(present: KubeObject, wanted: KubeObject): boolean {
  const parts = ({ metadata, endpoints }: KubeObject): Json => [
    metadata.labels ?? {},
    metadata.annotations ?? {},
    metadata.ownerReferences?.map((owner) => owner.uid) ?? [],
    endpoints ?? [],
  ];
  return deepEqual(parts(present), parts(wanted));
}

async function remove(slices: readonly KubeObject[], { client }: Context): Promise<undefined> {
  for (const { metadata } of slices) {
    try {
      await client.delete(SLICES, metadata.namespace ?? '', metadata.name ?? '');
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
  }
}

export default controller;
