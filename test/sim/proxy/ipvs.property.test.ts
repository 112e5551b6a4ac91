/**
 * Walks in IPVS and userspace mode, held against what ought to become of a packet: worked out here from the services alone, without
 * rules, sets or virtual servers. `KUBETICK_PROXY_CASES=5000` runs more cases.
 */
import fc from 'fast-check';
import { familyOf } from '../../../src/sim/network/addresses';
import { backendsOf, usableBackends } from '../../../src/sim/network/backends';
import type { Backend, ServiceView } from '../../../src/sim/network/model';
import { IPVS } from '../../../src/sim/proxy/ipvs/proxy';
import type { NodeProxy, Packet, ProxySituation } from '../../../src/sim/proxy/mode';
import { type ServicePort, servicePorts } from '../../../src/sim/proxy/service-port';
import { isServed } from '../../../src/sim/proxy/userspace/portals';
import { USERSPACE } from '../../../src/sim/proxy/userspace/proxy';
import { endOf, everyEnd, isIn, isLocal } from './packets';
import { caseArbitrary, packetsOf, servicesOf, situationOfCase } from './random-cases';

const CASES = Number(process.env['KUBETICK_PROXY_CASES'] ?? 80);

interface Front {
  kind: 'cluster' | 'external' | 'balancer' | 'node port';
  port: ServicePort;
}

/** Which port of a service an address and port are, and as what. */
function frontOf(packet: Packet, services: readonly ServiceView[], at: ProxySituation): Front | undefined {
  for (const one of services)
    for (const port of servicePorts(one, at.family)) {
      if (port.port.protocol !== packet.protocol) continue;
      if (packet.port === port.port.port) {
        if (packet.destination === port.clusterIP) return { kind: 'cluster', port };
        if (port.externalIPs.includes(packet.destination)) return { kind: 'external', port };
        if (port.loadBalancerVIPs.includes(packet.destination)) return { kind: 'balancer', port };
      }
      if (packet.port === port.port.nodePort && answersNodePorts(packet.destination, at))
        return { kind: 'node port', port };
    }
  return undefined;
}

/** IPVS has no virtual server at 127.0.0.1. */
function answersNodePorts(ip: string, { settings, localIPs, nodeIP, family }: ProxySituation): boolean {
  if (!localIPs.includes(ip)) return false;
  const ranges = settings.nodePortAddresses.filter((one) => one === 'primary' || familyOf(one) === family);
  if (ranges.length === 0)
    return settings.nodePortAddresses.length === 0 || !settings.nodePortAddresses.includes('primary');
  return ranges.some((one) => (one === 'primary' ? ip === nodeIP : isIn(one, ip)));
}

function expectedInIPVS(packet: Packet, services: readonly ServiceView[], at: ProxySituation): Set<string> {
  const front = frontOf(packet, services, at);
  const isOwnAddress = isLocal(at, packet.destination);
  const bound = services.some((one) =>
    servicePorts(one, at.family).some(
      (port) =>
        port.clusterIP === packet.destination ||
        [...port.externalIPs, ...port.loadBalancerVIPs].includes(packet.destination),
    ),
  );
  if (!front) {
    const healthCheck = services.some(
      (one) => one.healthCheckNodePort === packet.port && servicePorts(one, at.family).length > 0,
    );
    return new Set([bound && !isOwnAddress && !healthCheck ? 'reject' : 'passes']);
  }
  const { kind, port } = front;
  const isOwn = packet.hook === 'output';
  // The kernel speaks to an address of its own from that address.
  const source = isOwn && bound && !isOwnAddress ? packet.destination : packet.source;
  const backends = backendsFor(front, at);
  if (kind === 'balancer' && port.sourceRanges.length > 0) {
    const may = (ip: string) => port.sourceRanges.some((range) => isIn(range, ip));
    // What comes in is looked at before a backend is, what the node sends after that.
    if (!isOwn && !may(source)) return new Set(['drop']);
    if (isOwn && !may(at.nodeIP) && backends.length > 0) return new Set(['drop']);
  }
  if (backends.length === 0) return new Set(['reject']);
  const marked = isMarked(front, source, packet, at);
  return new Set(
    backends.map((one) => {
      const { ip, endpoint } = one;
      const hairpin = endpoint.node === at.node.name && source === ip;
      const leavesNode = isOwn || !isLocal(at, ip);
      const masqueraded = leavesNode && (marked || hairpin);
      return endOf('accept', { destination: ip, port: one.port, masqueraded });
    }),
  );
}

function backendsFor({ kind, port }: Front, at: ProxySituation): readonly Backend[] {
  const { cluster, local } = usableBackends(port.service, port.port, at.family, at.node);
  const localOnly = kind === 'cluster' ? port.internalLocal : port.externalLocal;
  return localOnly && local.length > 0 ? local : cluster;
}

function isMarked({ kind, port }: Front, source: string, packet: Packet, at: ProxySituation): boolean {
  if (isIn(at.family === 'IPv6' ? '::1/128' : '127.0.0.0/8', source)) return false;
  if (kind !== 'cluster') return !port.externalLocal;
  if (at.settings.masqueradeAll) return true;
  return at.podRange === '' ? source === packet.destination : !isIn(at.podRange, source);
}

function ends(proxy: NodeProxy, packet: Packet, expected: ReadonlySet<string>): Set<string> {
  const passes = expected.has('passes');
  return everyEnd((chance) => {
    const walk = proxy.walk(packet, { chance, quiet: true });
    if (!passes) return endOf(walk.verdict, walk);
    return walk.verdict === 'accept' && walk.destination === packet.destination ? 'passes' : walk.verdict;
  });
}

test('IPVS', () => {
  fc.assert(
    fc.property(caseArbitrary, (one) => {
      const at = situationOfCase(one);
      const services = servicesOf(one);
      const proxy = IPVS.start(at);
      proxy.sync(services);
      for (const packet of packetsOf(one, services)) {
        const expected = expectedInIPVS(packet, services, at);
        const found = ends(proxy, packet, expected);
        expect({ packet, ends: [...found].sort() }).toEqual({ packet, ends: [...expected].sort() });
      }
    }),
    { numRuns: CASES, seed: 17 },
  );
});

/** A proxy that knew nothing of policies, ranges, hints, or endpoints that leave. */
function expectedInUserspace(packet: Packet, services: readonly ServiceView[], at: ProxySituation): Set<string> {
  const isOwn = packet.hook === 'output';
  const isPodHere = !isOwn && at.node.podCIDRs.some((block) => isIn(block, packet.source));
  for (const one of services)
    for (const port of servicePorts(one, at.family).filter(isServed)) {
      if (port.port.protocol !== packet.protocol) continue;
      const ingress = one.ingress.some(({ ip }) => ip === packet.destination);
      // To external IPs it opened the way for what comes from elsewhere only.
      const external = port.externalIPs.includes(packet.destination) && !isPodHere && !isOwn;
      const isFront = packet.port === port.port.port && (packet.destination === port.clusterIP || ingress || external);
      const isNodePort = packet.port === port.port.nodePort && isLocal(at, packet.destination);
      if (!isFront && !isNodePort) continue;
      const ready = backendsOf(one, port.port, at.family).filter(({ endpoint }) => endpoint.ready);
      if (ready.length === 0) return new Set([packet.protocol === 'UDP' ? 'drop' : 'reject']);
      return new Set(
        ready.map(({ ip, port: number }) => endOf('accept', { destination: ip, port: number, masqueraded: true })),
      );
    }
  return new Set(['passes']);
}

test('userspace', () => {
  fc.assert(
    fc.property(caseArbitrary, (one) => {
      const at = situationOfCase(one);
      const services = servicesOf(one);
      const proxy = USERSPACE.start(at);
      proxy.sync(services);
      for (const packet of packetsOf(one, services)) {
        const expected = expectedInUserspace(packet, services, at);
        expect({ packet, ends: [...ends(proxy, packet, expected)].sort() }).toEqual({
          packet,
          ends: [...expected].sort(),
        });
      }
    }),
    { numRuns: CASES, seed: 19 },
  );
});

test('a partial sync leads where a full one does, in both modes', () => {
  fc.assert(
    fc.property(caseArbitrary, caseArbitrary, (one, other) => {
      const before = servicesOf({ ...one, six: false });
      const now = servicesOf({ ...other, six: false });
      const at = situationOfCase({ ...one, six: false });
      for (const mode of [IPVS, USERSPACE]) {
        const partial = mode.start(at);
        partial.sync(before);
        for (const key of new Set([...before, ...now].map((view) => view.key)))
          partial.syncService(
            key,
            now.find((view) => view.key === key),
          );
        const full = mode.start(at);
        full.sync(now);
        const lines = (proxy: NodeProxy) => proxy.rules().map(({ text }) => text.split('\n').sort());
        expect(lines(partial)).toEqual(lines(full));
        expect(partial.counts()).toEqual(full.counts());
      }
    }),
    { numRuns: Math.ceil(CASES / 3), seed: 23 },
  );
});
