/**
 * Sees to it that each address of a Service has its IPAddress, and none has one for nothing (kubernetes
 * `pkg/registry/core/service/ipallocator/controller/repairip.go`). Keys are `namespace/name` of Services and names of IPAddresses.
 */
import { contains, parseCIDR, parseIP } from '../../../apimachinery/ip';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { formatTime, parseTime } from '../../../apimachinery/time';
import { ipAddress } from '../../../apiserver/resources/core/service-ip-addresses';
import type { Context, Controller, IndexedCache, Result } from '../../controller';
import { keyOf } from '../../resource-names';
import { hasClusterIP } from '../../service-pods';

const ADDRESSES = { group: 'networking.k8s.io', version: 'v1', resource: 'ipaddresses' };
const RESOURCE = 'ipaddresses.networking.k8s.io';
const CIDRS = 'servicecidrs.networking.k8s.io';
const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by';
const FAMILY = 'ipaddress.kubernetes.io/ip-family';
const ALLOCATOR = 'ipallocator.k8s.io';
/** So long a Service may be on its way whose address is there already. */
const GRACE = 60_000;

interface Parent {
  group?: string;
  resource?: string;
  namespace?: string;
  name?: string;
}

const controller: Controller = {
  name: 'ipallocator-repair-controller',
  user: 'system:apiserver',
  fieldManager: 'kube-apiserver',
  eventSource: { component: 'ipallocator-repair-controller', api: 'events' },
  watches: [
    { resource: 'services', keys: (service) => [keyOf(service)] },
    {
      resource: RESOURCE,
      keys(address) {
        const { namespace, name } = parentOf(address);
        return [address.metadata.name as string, ...(namespace && name ? [`${namespace}/${name}`] : [])];
      },
    },
  ],
  reconcile: (key, context) => (key.includes('/') ? repairService(key, context) : repairAddress(key, context)),
};

function parentOf(address: KubeObject): Parent {
  return address['spec']?.parentRef ?? {};
}

function isManaged({ metadata }: KubeObject): boolean {
  return metadata.labels?.[MANAGED_BY] === ALLOCATOR;
}

/** syncService */
function repairService(key: string, context: Context): Promise<undefined> | undefined {
  const service = serviceAt(key, context.cache);
  if (!service || !hasClusterIP(service)) return undefined;
  const wrong = addressesOf(service).filter((ip) => !isHeldBy(context.cache.get(RESOURCE, '', ip), service, ip));
  return wrong.length === 0 ? undefined : repairAll(service, wrong, context);
}

function isHeldBy(address: KubeObject | undefined, service: KubeObject, ip: string): boolean {
  if (!address || !isManaged(address)) return false;
  const { group = '', resource, namespace, name } = parentOf(address);
  return (
    group === '' &&
    resource === 'services' &&
    namespace === service.metadata.namespace &&
    name === service.metadata.name &&
    address.metadata.labels?.[FAMILY] === familyOf(ip)
  );
}

async function repairAll(service: KubeObject, ips: readonly string[], context: Context): Promise<undefined> {
  const { cache, client, clock, events } = context;
  const { namespace = '', name = '' } = service.metadata;
  const warn = (reason: string, text: string) =>
    events.event(service, 'Warning', reason, text, { action: 'ClusterIPAllocation' });
  for (const ip of ips) {
    const shown = `[${familyOf(ip)}]: ${ip}`;
    if (!isInRange(ip, cache)) {
      warn(
        'ClusterIPOutOfRange',
        `Cluster IP ${shown} is not within any configured Service CIDR; please recreate service`,
      );
      continue;
    }
    const address = cache.get(RESOURCE, '', ip);
    if (address) {
      const { namespace: otherNamespace = '', name: otherName = '', resource } = parentOf(address);
      const other = resource === 'services' ? cache.get('services', otherNamespace, otherName) : undefined;
      const isOther = otherNamespace !== namespace || otherName !== name;
      if (other && isOther && addressesOf(other).includes(ip)) {
        warn(
          'ClusterIPAlreadyAllocated',
          `Cluster IP [${familyOf(ip)}]:${ip} was assigned to multiple services; please recreate service`,
        );
        continue;
      }
      if (!other || isOther)
        warn(
          'ClusterIPNotAllocated',
          `the ClusterIP ${shown} for Service ${namespace}/${name} has a wrong reference; repairing`,
        );
      await remove(ip, client);
    } else warn('ClusterIPNotAllocated', `Cluster IP ${shown} is not allocated; repairing`);
    const { apiVersion, kind, metadata, spec } = ipAddress(service, ip, formatTime(clock.now()));
    const { labels = {} } = metadata;
    await client.create(ADDRESSES, '', { apiVersion, kind, metadata: { name: ip, labels }, spec });
  }
  return undefined;
}

/** syncIPAddress */
function repairAddress(name: string, context: Context): Promise<Result | undefined> | Result | undefined {
  const { cache, clock, events } = context;
  const address = cache.get(RESOURCE, '', name);
  if (!address || !isManaged(address)) return undefined;
  const { group = '', resource, namespace, name: parent } = parentOf(address);
  const drop = (reason: string, text: string) => {
    events.event(address, 'Warning', reason, text, { action: 'IPAddressAllocation' });
    return remove(name, context.client).then(() => undefined);
  };
  if (group !== '' || resource !== 'services')
    return drop(
      'IPAddressNotAllocated',
      `IPAddress ${name} appears to have been modified, not referencing a Service ${goParent(parentOf(address))}: cleaning up`,
    );
  const owner = `${namespace}/${parent}`;
  const service = serviceAt(owner, cache);
  if (service)
    return addressesOf(service).includes(name)
      ? undefined
      : drop('IPAddressWrongReference', `IPAddress: ${name} for Service ${owner} has a wrong reference; cleaning up`);
  const age = clock.now() - (parseTime(address.metadata.creationTimestamp ?? '') ?? 0);
  if (age <= GRACE) return { requeueAfter: GRACE - age + 1 };
  return drop('IPAddressNotAllocated', `IPAddress: ${name} for Service ${owner} appears to have leaked: cleaning up`);
}

/** As Go prints it with %v. */
function goParent({ group = '', resource = '', namespace = '', name = '' }: Parent): string {
  return `&ParentReference{Group:${group},Resource:${resource},Namespace:${namespace},Name:${name},}`;
}

function serviceAt(key: string, cache: IndexedCache): KubeObject | undefined {
  const slash = key.indexOf('/');
  return cache.get('services', key.slice(0, slash), key.slice(slash + 1));
}

function addressesOf(service: KubeObject): readonly string[] {
  return service['spec']?.clusterIPs ?? [];
}

function familyOf(ip: string): string {
  return ip.includes(':') ? 'IPv6' : 'IPv4';
}

/** Where nobody says which addresses are the cluster's, all are. */
function isInRange(ip: string, cache: IndexedCache): boolean {
  const address = parseIP(ip);
  const cidrs = cache.list(CIDRS).flatMap((cidr) => (cidr['spec']?.cidrs ?? []) as string[]);
  if (cidrs.length === 0) return true;
  return cidrs.some((cidr) => {
    const network = parseCIDR(cidr);
    return network && address && contains(network, address);
  });
}

async function remove(name: string, client: Context['client']): Promise<void> {
  try {
    await client.delete(ADDRESSES, '', name);
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}

export default controller;
