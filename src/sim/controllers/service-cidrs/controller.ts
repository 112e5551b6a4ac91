/** Makes ServiceCIDRs ready, and keeps those from going that hold addresses (kubernetes `pkg/controller/servicecidrs`). */
import { contains, type Network, parseCIDR, parseIP } from '../../../apimachinery/ip';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { parseTime } from '../../../apimachinery/time';
import type { Context, Controller, IndexedCache, Result } from '../../controller';
import { applyCondition, FINALIZER, makeReady, SERVICE_CIDRS } from './ready';

const RESOURCE = 'servicecidrs.networking.k8s.io';
const ADDRESSES = 'ipaddresses.networking.k8s.io';
const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by';
const ALLOCATOR = 'ipallocator.k8s.io';
/** So long allocators may not have heard that it goes. */
const GRACE = 10_000;

const controller: Controller = {
  name: 'service-cidr-controller',
  user: 'system:serviceaccount:kube-system:service-cidrs-controller',
  fieldManager: 'kube-controller-manager',
  watches: [
    { resource: RESOURCE, keys: (cidr, cache) => [cidr.metadata.name as string, ...overlapping(cidr, cache)] },
    // An address that goes may be what a ServiceCIDR waits for that is to go.
    {
      resource: ADDRESSES,
      keys: (address, cache) =>
        leaving(cache)
          .filter((cidr) => holds(cidr, address))
          .map(nameOf),
    },
  ],
  reconcile(key, context) {
    const cidr = context.cache.get(RESOURCE, '', key);
    if (!cidr) return undefined;
    if (cidr.metadata.deletionTimestamp) return letGo(cidr, context);
    const { finalizers = [] } = cidr.metadata;
    const isReady = cidr['status']?.conditions?.some(
      (condition: { type: string; status: string }) => condition.type === 'Ready' && condition.status === 'True',
    );
    if (isReady && finalizers.includes(FINALIZER)) return undefined;
    return makeReady(context.client, cidr, context.clock.now()).then(() => undefined);
  },
};

async function letGo(cidr: KubeObject, { cache, client, clock }: Context): Promise<Result | undefined> {
  const { name = '', finalizers = [], deletionTimestamp = '' } = cidr.metadata;
  if (!finalizers.includes(FINALIZER)) return undefined;
  const now = clock.now();
  if (!mayGo(cidr, cache)) {
    const message =
      'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR';
    await applyCondition(client, cidr, { status: 'False', reason: 'Terminating', message }, now);
    return undefined;
  }
  const left = (parseTime(deletionTimestamp) ?? now) + GRACE - now;
  if (left > 0) return { requeueAfter: left };
  try {
    await client.patch(SERVICE_CIDRS, '', name, 'strategic', {
      metadata: { '$deleteFromPrimitiveList/finalizers': [FINALIZER] },
    });
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
  return undefined;
}

/** canDeleteCIDR: others have all of its ranges, or nobody has an address of it that no other has. */
function mayGo(cidr: KubeObject, cache: IndexedCache): boolean {
  const others = cache.list(RESOURCE).filter((other) => other.metadata.name !== cidr.metadata.name);
  const elsewhere = others.flatMap(networksOf);
  const isCovered = (network: Network) =>
    elsewhere.some((other) => other.prefix <= network.prefix && contains(other, network.address));
  if (networksOf(cidr).every(isCovered)) return true;
  return !cache
    .list(ADDRESSES)
    .some(
      (address) =>
        address.metadata.labels?.[MANAGED_BY] === ALLOCATOR &&
        holds(cidr, address) &&
        !others.some((other) => holds(other, address)),
    );
}

function leaving(cache: IndexedCache): KubeObject[] {
  return cache.list(RESOURCE).filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
}

function overlapping(cidr: KubeObject, cache: IndexedCache): string[] {
  const own = networksOf(cidr);
  const overlaps = (network: Network) =>
    own.some((one) => contains(one, network.address) || contains(network, one.address));
  return leaving(cache)
    .filter((other) => networksOf(other).some(overlaps))
    .map(nameOf);
}

function holds(cidr: KubeObject, { metadata: { name = '' } }: KubeObject): boolean {
  const address = parseIP(name);
  return address !== undefined && networksOf(cidr).some((network) => contains(network, address));
}

function networksOf(cidr: KubeObject): Network[] {
  return ((cidr['spec']?.cidrs ?? []) as string[]).flatMap((text) => parseCIDR(text) ?? []);
}

function nameOf({ metadata }: KubeObject): string {
  return metadata.name as string;
}

export default controller;
