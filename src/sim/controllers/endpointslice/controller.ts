/** Keeps the EndpointSlices of services with a selector (kubernetes `pkg/controller/endpointslice/endpointslice_controller.go`). */
import type { KubeObject } from '../../../apimachinery/meta';
import { ApiError } from '../../../apimachinery/status';
import type { Context, Controller, IndexedCache, Result } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import {
  findPort,
  hasEndpoint,
  hostnameOf,
  isPodReady,
  podAddresses,
  podsOf,
  type ServicePort,
  servicesOf,
  servicesOfPods,
  TRIGGER_TIME,
  triggerTime,
} from '../../service-pods';
import { unlessTerminating } from '../namespace/active';
import {
  type AddressType,
  CONTROLLER_NAME,
  type DesiredGroup,
  type Endpoint,
  MANAGED_BY,
  portKey,
  reconcileFamily,
  SERVICE_NAME,
  type SlicePlan,
  type SlicePort,
} from './reconcile';
import { changesRatios, cpuRatios, type HintEvent, wantsTopology } from './topology';

const SLICES = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
const RESOURCE = 'endpointslices.discovery.k8s.io';
const ZONE = 'topology.kubernetes.io/zone';
/** How soon to look again for a node that a pod names and that is not there; its coming is a change of its own. */
const MISSING_NODE = 15_000;

const controller: Controller = {
  name: 'endpointslice-controller',
  user: 'system:serviceaccount:kube-system:endpointslice-controller',
  fieldManager: 'kube-controller-manager',
  eventSource: { component: 'endpoint-slice-controller' },
  watches: [
    { resource: 'services', keys: (service) => [keyOf(service)] },
    servicesOfPods,
    { resource: RESOURCE, keys: (slice, _, previous) => [...servicesOfSlice(slice), ...servicesOfSlice(previous)] },
    { resource: 'nodes', keys: servicesOnNode },
  ],
  reconcile(key, context) {
    const { namespace, name } = splitKey(key);
    const service = context.cache.get('services', namespace, name);
    if (!service || service['spec'].type === 'ExternalName' || !service['spec'].selector) return undefined;
    const pods = podsOf(service, context.cache).filter((pod) => hasEndpoint(pod, true));
    const existing = context.cache
      .index(RESOURCE, 'service', key)
      .filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === CONTROLLER_NAME && !metadata.deletionTimestamp);
    const families = addressTypes(service);
    const plan: SlicePlan & { events: HintEvent[] } = { create: [], update: [], delete: [], events: [] };
    const ratios = wantsTopology(service) ? cpuRatios(context.cache) : undefined;
    let missingNode = false;
    for (const family of families) {
      const desired = desiredGroups(service, pods, family, context.cache);
      missingNode ||= desired.missingNode;
      const slices = existing.filter((slice) => slice['addressType'] === family);
      const part = reconcileFamily(service, family, desired.groups, slices, ratios);
      plan.create.push(...part.create);
      plan.update.push(...part.update);
      plan.delete.push(...part.delete);
      plan.events.push(...(part.events ?? []));
    }
    plan.delete.push(...existing.filter((slice) => !families.includes(slice['addressType'])));
    const again: Result | undefined = missingNode ? { requeueAfter: MISSING_NODE, periodic: true } : undefined;
    if (plan.create.length + plan.update.length + plan.delete.length === 0) return again;
    return carryOut(plan, service, pods, existing, context).then(() => {
      for (const { type, reason, message } of plan.events) context.events.event(service, type, reason, message);
      return again;
    });
  },
};

function servicesOfSlice(slice: KubeObject | undefined): string[] {
  const service = slice?.metadata.labels?.[SERVICE_NAME];
  return service && slice?.metadata.labels?.[MANAGED_BY] === CONTROLLER_NAME
    ? [`${slice.metadata.namespace}/${service}`]
    : [];
}

/** A node that comes, goes or moves to another zone changes the endpoints of the pods on it. */
function servicesOnNode(node: KubeObject, cache: IndexedCache, previous?: KubeObject): readonly string[] {
  const gone = previous === node;
  if (previous && !gone && previous.metadata.labels?.[ZONE] === node.metadata.labels?.[ZONE])
    return changesRatios(node, previous) ? servicesByZone(cache) : [];
  const keys = new Set(changesRatios(node, previous) ? servicesByZone(cache) : []);
  for (const pod of cache.index('pods', 'node', node.metadata.name ?? ''))
    for (const key of servicesOf(pod, cache)) keys.add(key);
  return [...keys];
}

function servicesByZone(cache: IndexedCache): string[] {
  return cache.list('services').filter(wantsTopology).map(keyOf);
}

/** getAddressTypesForService */
function addressTypes(service: KubeObject): AddressType[] {
  const { ipFamilies, clusterIP } = service['spec'];
  if (ipFamilies?.length) return ipFamilies;
  if (clusterIP && clusterIP !== 'None') return [clusterIP.includes(':') ? 'IPv6' : 'IPv4'];
  return ['IPv4', 'IPv6'];
}

function desiredGroups(
  service: KubeObject,
  pods: readonly KubeObject[],
  family: AddressType,
  cache: IndexedCache,
): { groups: Map<string, DesiredGroup>; missingNode: boolean } {
  const groups = new Map<string, DesiredGroup>();
  let missingNode = false;
  for (const pod of pods) {
    const ports = endpointPorts(service, pod);
    const key = portKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    groups.set(key, group);
    const node = cache.get('nodes', '', pod['spec'].nodeName ?? '');
    if (!node && !service['spec'].publishNotReadyAddresses) {
      missingNode = true;
      continue;
    }
    const addresses = podAddresses(pod, family === 'IPv6');
    if (addresses.length > 0) group.endpoints.push(podEndpoint(pod, node, service, addresses));
  }
  return { groups, missingNode };
}

/** getEndpointPorts */
function endpointPorts(service: KubeObject, pod: KubeObject): SlicePort[] {
  const ports: SlicePort[] = [];
  for (const port of (service['spec'].ports ?? []) as ServicePort[]) {
    const number = findPort(pod, port);
    if (number === undefined) continue;
    ports.push({
      name: port.name ?? '',
      port: number,
      protocol: port.protocol ?? 'TCP',
      ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
    });
  }
  return ports;
}

/** podToEndpoint */
function podEndpoint(
  pod: KubeObject,
  node: KubeObject | undefined,
  service: KubeObject,
  addresses: string[],
): Endpoint {
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service['spec'].publishNotReadyAddresses === true || (serving && !terminating);
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  const hostname = hostnameOf(pod, service);
  const zone = node?.metadata.labels?.[ZONE];
  const { nodeName } = pod['spec'];
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(zone ? { zone } : {}),
  };
}

async function carryOut(
  plan: SlicePlan,
  service: KubeObject,
  pods: readonly KubeObject[],
  existing: readonly KubeObject[],
  { client, events }: Context,
): Promise<void> {
  const { namespace = '', name = '' } = service.metadata;
  const trigger = triggerTime(service, pods, existing[0]);
  const stamped = (slice: KubeObject): KubeObject => {
    const { [TRIGGER_TIME]: _, ...annotations } = slice.metadata.annotations ?? {};
    if (trigger) annotations[TRIGGER_TIME] = trigger;
    return { ...slice, metadata: { ...slice.metadata, annotations } };
  };
  try {
    // What is about to go with its service is not made anew.
    if (!service.metadata.deletionTimestamp)
      for (const slice of plan.create) {
        try {
          await client.create(SLICES, namespace, stamped(slice));
        } catch (error) {
          unlessTerminating(error);
          return;
        }
      }
    for (const slice of plan.update) await client.update(SLICES, stamped(slice));
    for (const slice of plan.delete) await client.delete(SLICES, namespace, slice.metadata.name ?? '');
  } catch (error) {
    if (error instanceof ApiError && error.reason !== 'Conflict') {
      const text = `Error updating Endpoint Slices for Service ${namespace}/${name}: ${error.message}`;
      events.event(service, 'Warning', 'FailedToUpdateEndpointSlices', text);
    }
    throw error;
  }
}

export default controller;
