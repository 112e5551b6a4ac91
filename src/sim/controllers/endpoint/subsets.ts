/** Endpoints in their canonical layout (kubernetes `pkg/api/v1/endpoints/util.go`). */

export interface EndpointAddress {
  ip: string;
  hostname?: string;
  nodeName?: string;
  targetRef?: { kind: string; namespace?: string; name?: string; uid?: string; resourceVersion?: string };
}

export interface EndpointPort {
  name?: string;
  port: number;
  protocol?: string;
  appProtocol?: string;
}

export interface EndpointSubset {
  addresses?: EndpointAddress[];
  notReadyAddresses?: EndpointAddress[];
  ports?: EndpointPort[];
}

interface PortAddresses {
  port: EndpointPort | undefined;
  /** Address → ready. */
  addresses: Map<string, { address: EndpointAddress; ready: boolean }>;
}

/**
 * RepackSubsets: addresses that offer the same ports share a subset; an address that is not ready for a port is not ready.
 * Addresses are in order, and ports in the order of upstream's hash of them.
 */
export function repackSubsets(subsets: readonly EndpointSubset[]): EndpointSubset[] {
  const byPort = new Map<string, PortAddresses>();
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets)
    for (const port of ports.length > 0 ? ports : [undefined]) {
      const key = port ? dumpPort(port) : '';
      const offered = byPort.get(key) ?? { port, addresses: new Map() };
      byPort.set(key, offered);
      for (const address of addresses) offer(offered, address, true);
      for (const address of notReadyAddresses) offer(offered, address, false);
    }
  const bySet = new Map<string, { addresses: PortAddresses['addresses']; ports: EndpointPort[] }>();
  for (const { port, addresses } of byPort.values()) {
    const key = [...addresses]
      .map(([id, { ready }]) => `${id} ${ready}`)
      .sort()
      .join('\n');
    const subset = bySet.get(key) ?? { addresses, ports: [] };
    bySet.set(key, subset);
    if (port) subset.ports.push(port);
  }
  const packed = [...bySet.values()].map(({ addresses, ports }) => layOut([...addresses.values()], ports));
  return packed.length > 1 ? packed.sort((a, b) => compare(subsetKey(a), subsetKey(b))) : packed;
}

function offer({ addresses }: PortAddresses, address: EndpointAddress, ready: boolean): void {
  const id = `${address.ip} ${address.targetRef?.uid ?? ''}`;
  const known = addresses.get(id);
  if (!known) addresses.set(id, { address, ready });
  else if (!ready) known.ready = false;
}

function layOut(addresses: { address: EndpointAddress; ready: boolean }[], ports: EndpointPort[]): EndpointSubset {
  const sorted = addresses.sort((a, b) => compareAddresses(a.address, b.address));
  const ready = sorted.filter((one) => one.ready).map((one) => one.address);
  const notReady = sorted.filter((one) => !one.ready).map((one) => one.address);
  const order = ports.length > 1 ? sortByHash(ports) : ports;
  return {
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ...(order.length > 0 ? { ports: order } : {}),
  };
}

function compareAddresses(a: EndpointAddress, b: EndpointAddress): number {
  return compare(a.ip, b.ip) || compare(a.targetRef?.uid ?? '', b.targetRef?.uid ?? '');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function subsetKey({ addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset): string {
  return [...ports.map(dumpPort), ...addresses.map(({ ip }) => ip), ...notReadyAddresses.map(({ ip }) => ip)].join(
    '\n',
  );
}

function sortByHash(ports: EndpointPort[]): EndpointPort[] {
  const hashed = ports.map((port) => ({ port, hash: fnv128a(dumpPort(port)) }));
  return hashed.sort((a, b) => compare(a.hash, b.hash)).map(({ port }) => port);
}

/** The text that upstream hashes: Go's spew of the struct (`k8s.io/utils/dump` ForHash). */
function dumpPort({ name = '', port, protocol = '', appProtocol }: EndpointPort): string {
  const application = appProtocol === undefined ? '<nil>' : appProtocol;
  return `(v1.EndpointPort){Name:(string)${name} Port:(int32)${port} Protocol:(v1.Protocol)${protocol} AppProtocol:(*string)${application}}`;
}

/** FNV-1a of 128 bits, as hex (Go `hash/fnv` New128a). */
function fnv128a(text: string): string {
  let hash = 0x6c62272e07bb014262b821756295c58dn;
  for (const byte of new TextEncoder().encode(text))
    hash = ((hash ^ BigInt(byte)) * 0x1000000000000000000013bn) & 0xffffffffffffffffffffffffffffffffn;
  return hash.toString(16).padStart(32, '0');
}
