/** Keeps the Endpoints of services with a selector (kubernetes `pkg/controller/endpoint/endpoints_controller.go`). */
import { deepEqual, type Json } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { ApiError, isReason } from '../../../apimachinery/status';
import type { Context, Controller } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import {
  findPort,
  HEADLESS,
  hasClusterIP,
  hasEndpoint,
  hostnameOf,
  isPodReady,
  podAddresses,
  podsOf,
  type ServicePort,
  servicesOfPods,
  TRIGGER_TIME,
  triggerTime,
} from '../../service-pods';
import { unlessTerminating } from '../namespace/active';
import { type EndpointAddress, type EndpointPort, type EndpointSubset, repackSubsets } from './subsets';

const ENDPOINTS = { group: '', version: 'v1', resource: 'endpoints' };
const NAME = 'endpoint-controller';
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const MAX_CAPACITY = 1000;

const controller: Controller = {
  name: NAME,
  user: 'system:serviceaccount:kube-system:endpoint-controller',
  fieldManager: 'kube-controller-manager',
  watches: [
    { resource: 'services', keys: (service) => [keyOf(service)] },
    servicesOfPods,
    { resource: 'endpoints', keys: (endpoints) => [keyOf(endpoints)] },
  ],
  reconcile(key, context) {
    const { namespace, name } = splitKey(key);
    const service = context.cache.get('services', namespace, name);
    const endpoints = context.cache.get('endpoints', namespace, name);
    if (!service) return endpoints && removeLeftover(endpoints, context);
    if (service['spec'].type === 'ExternalName' || !service['spec'].selector) return undefined;
    const pods = podsOf(service, context.cache);
    const subsets = desiredSubsets(service, pods);
    if (endpoints && isCurrent(endpoints, subsets, service)) return undefined;
    return write(service, pods, subsets, endpoints, context);
  },
};

/**
 * Upstream removes the Endpoints of every service that goes while it looks, and those without one when it starts. Here every
 * process starts anew, so it keeps to those that bear its label: Endpoints made by hand may wait for their service.
 */
function removeLeftover(endpoints: KubeObject, { client }: Context): Promise<undefined> | undefined {
  if (endpoints.metadata.labels?.[MANAGED_BY] !== NAME) return undefined;
  const { namespace = '', name = '' } = endpoints.metadata;
  return client.delete(ENDPOINTS, namespace, name).then(
    () => undefined,
    (error) => {
      if (!isReason(error, 'NotFound')) throw error;
      return undefined;
    },
  );
}

function desiredSubsets(service: KubeObject, pods: readonly KubeObject[]): EndpointSubset[] {
  const { publishNotReadyAddresses = false, ports = [], clusterIP, ipFamilies } = service['spec'];
  const ipv6 = ipFamilies?.[0] ? ipFamilies[0] === 'IPv6' : String(clusterIP ?? '').includes(':');
  const subsets: EndpointSubset[] = [];
  for (const pod of pods) {
    if (!hasEndpoint(pod, publishNotReadyAddresses)) continue;
    const address = endpointAddress(pod, service, ipv6);
    if (!address) continue;
    const isReady = publishNotReadyAddresses || isPodReady(pod);
    const add = (offered: EndpointPort[]) =>
      subsets.push({ [isReady ? 'addresses' : 'notReadyAddresses']: [address], ports: offered });
    if (ports.length === 0) {
      // A headless service need not have ports.
      if (clusterIP === 'None') add([]);
      continue;
    }
    for (const port of ports as ServicePort[]) {
      const number = findPort(pod, port);
      if (number !== undefined) add([endpointPort(port, number)]);
    }
  }
  return repackSubsets(subsets);
}

/** podToEndpointAddressForService */
function endpointAddress(pod: KubeObject, service: KubeObject, ipv6: boolean): EndpointAddress | undefined {
  const ip = podAddresses(pod, ipv6)[0];
  if (ip === undefined) return undefined;
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  const hostname = hostnameOf(pod, service);
  return {
    ip,
    ...(hostname ? { hostname } : {}),
    nodeName: pod['spec'].nodeName ?? '',
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

function endpointPort({ name, protocol, appProtocol }: ServicePort, port: number): EndpointPort {
  return {
    ...(name ? { name } : {}),
    port,
    ...(protocol ? { protocol } : {}),
    ...(appProtocol ? { appProtocol } : {}),
  };
}

function isCurrent(endpoints: KubeObject, subsets: EndpointSubset[], service: KubeObject): boolean {
  const { labels = {}, annotations = {} } = endpoints.metadata;
  const present: EndpointSubset[] = endpoints['subsets'] ?? [];
  return (
    (sameSubsets(present, subsets) || sameSubsets(repackSubsets(present), subsets)) &&
    deepEqual(labels, endpointsLabels(service)) &&
    count(present) <= MAX_CAPACITY &&
    annotations[OVER_CAPACITY] === undefined
  );
}

function sameSubsets(a: EndpointSubset[], b: EndpointSubset[]): boolean {
  return deepEqual(a as unknown as Json, b as unknown as Json);
}

function endpointsLabels(service: KubeObject): Record<string, string> {
  const { [HEADLESS]: _, ...labels } = service.metadata.labels ?? {};
  return { ...labels, ...(hasClusterIP(service) ? {} : { [HEADLESS]: '' }), [MANAGED_BY]: NAME };
}

function count(subsets: EndpointSubset[]): number {
  return subsets.reduce((sum, one) => sum + (one.addresses?.length ?? 0) + (one.notReadyAddresses?.length ?? 0), 0);
}

async function write(
  service: KubeObject,
  pods: readonly KubeObject[],
  subsets: EndpointSubset[],
  present: KubeObject | undefined,
  { client, events }: Context,
): Promise<undefined> {
  const { namespace = '', name = '' } = service.metadata;
  const { [TRIGGER_TIME]: _, [OVER_CAPACITY]: __, ...annotations } = present?.metadata.annotations ?? {};
  const trigger = triggerTime(service, pods, present);
  if (trigger) annotations[TRIGGER_TIME] = trigger;
  const kept = truncate(subsets);
  if (kept !== subsets) annotations[OVER_CAPACITY] = 'truncated';
  const endpoints: KubeObject = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...(present?.metadata ?? { name, namespace }), labels: endpointsLabels(service), annotations },
    subsets: kept,
  };
  try {
    if (present) await client.update(ENDPOINTS, endpoints);
    else await client.create(ENDPOINTS, namespace, endpoints);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    try {
      if (!present) unlessTerminating(error);
      else throw error;
    } catch (failure) {
      if (!present)
        events.event(
          endpoints,
          'Warning',
          'FailedToCreateEndpoint',
          `Failed to create endpoint for service ${namespace}/${name}: ${error.message}`,
        );
      else
        events.event(
          endpoints,
          'Warning',
          'FailedToUpdateEndpoint',
          `Failed to update endpoint ${namespace}/${name}: ${error.message}`,
        );
      throw failure;
    }
  }
}

/** truncateEndpoints: at most 1000 addresses, ready ones first, each subset in proportion. The same array when they are fewer. */
function truncate(subsets: EndpointSubset[]): EndpointSubset[] {
  const ready = subsets.reduce((sum, { addresses = [] }) => sum + addresses.length, 0);
  const notReady = subsets.reduce((sum, { notReadyAddresses = [] }) => sum + notReadyAddresses.length, 0);
  if (ready + notReady <= MAX_CAPACITY) return subsets;
  const cutReady = ready > MAX_CAPACITY;
  const max = cutReady ? MAX_CAPACITY : MAX_CAPACITY - ready;
  const total = cutReady ? ready : notReady;
  let room = max;
  return subsets.map(({ addresses = [], notReadyAddresses = [], ports }) => {
    const list = cutReady ? addresses : notReadyAddresses;
    const kept = list.slice(0, Math.min(Math.ceil((list.length / total) * max), room));
    room -= kept.length;
    return {
      addresses: cutReady ? kept : addresses,
      notReadyAddresses: cutReady ? [] : kept,
      ...(ports ? { ports } : {}),
    };
  });
}

export default controller;
