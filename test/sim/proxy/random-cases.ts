/** Random services, endpoints, policies, settings and packets for one node, in either family. */
import fc from 'fast-check';
import type { NodeView, ServiceView } from '../../../src/sim/network/model';
import type { Packet, ProxySituation } from '../../../src/sim/proxy/mode';
import { type EndpointLike, node, type ServiceLike, service, situation } from './views';

const PACKETS = 12;

const SIX = { node: 'fd00::2', other: 'fd00::3', pods: 'fd00:10::', out: '2001:db8::7', cluster: 'fd00:172:30::' };
const FOUR = { node: '192.168.0.2', other: '192.168.0.3', pods: '10.0.1.', out: '203.0.113.7', cluster: '172.30.0.' };

const NODE: NodeView = node('node1', {
  internalIPs: [FOUR.node, SIX.node],
  podCIDRs: ['10.0.1.0/24', 'fd00:10::/120'],
  zone: 'a',
});

const endpointArbitrary = fc.record({
  place: fc.integer({ min: 2, max: 6 }),
  onHost: fc.boolean(),
  node: fc.constantFrom('node1', 'node2', ''),
  state: fc.constantFrom('ready', 'ready', 'ready', 'leaving', 'out'),
  hints: fc.constantFrom('none', 'none', 'zone-a', 'zone-b', 'node1'),
});

const serviceArbitrary = fc.record({
  endpoints: fc.array(endpointArbitrary, { maxLength: 4 }),
  protocol: fc.constantFrom('TCP' as const, 'UDP' as const, 'SCTP' as const),
  ports: fc.integer({ min: 1, max: 2 }),
  nodePort: fc.boolean(),
  externalIP: fc.boolean(),
  balancer: fc.constantFrom('none', 'none', 'VIP', 'Proxy'),
  ranges: fc.subarray(['203.0.113.0/24', '192.168.0.0/24', '2001:db8::/32', '10.0.0.0/8'], { maxLength: 2 }),
  internalLocal: fc.boolean(),
  externalLocal: fc.boolean(),
  affinity: fc.boolean(),
});

const settingsArbitrary = fc.record({
  masqueradeAll: fc.boolean(),
  localhostNodePorts: fc.boolean(),
  detectLocalMode: fc.constantFrom('ClusterCIDR' as const, 'NodeCIDR' as const),
  nodePortAddresses: fc.constantFrom<string[]>([], ['primary'], ['192.168.0.0/16', 'fd00::/64'], ['0.0.0.0/0', '::/0']),
});

export const caseArbitrary = fc.record({
  six: fc.boolean(),
  settings: settingsArbitrary,
  noPodRange: fc.integer({ min: 0, max: 9 }).map((value) => value === 0),
  services: fc.array(serviceArbitrary, { minLength: 1, maxLength: 3 }),
  picks: fc.array(fc.record({ to: fc.nat(), from: fc.nat(), port: fc.nat(), protocol: fc.nat() }), {
    minLength: PACKETS,
    maxLength: PACKETS,
  }),
});

export type Case = typeof caseArbitrary extends fc.Arbitrary<infer T> ? T : never;

export function servicesOf({ services, six }: Case): ServiceView[] {
  const a = six ? SIX : FOUR;
  return services.map((one, i) => {
    const endpoints: EndpointLike[] = one.endpoints.map(({ place, onHost, node: on, state, hints }) => ({
      address: onHost && on === 'node1' ? a.node : onHost && on === 'node2' ? a.other : `${a.pods}${place}`,
      port: 8080 + i,
      node: on,
      ready: state === 'ready',
      serving: state !== 'out',
      terminating: state === 'leaving',
      hintedZones: hints.startsWith('zone') ? [hints.slice(5)] : [],
      hintedNodes: hints === 'node1' ? ['node1'] : [],
    }));
    const like: ServiceLike = {
      families: [six ? 'IPv6' : 'IPv4'],
      clusterIPs: [`${a.cluster}${i + 10}`],
      type: one.balancer !== 'none' ? 'LoadBalancer' : one.nodePort ? 'NodePort' : 'ClusterIP',
      externalIPs: one.externalIP ? [six ? `2001:db8:1::${i + 1}` : `198.51.100.${i + 1}`] : [],
      ingress:
        one.balancer === 'none'
          ? []
          : [{ ip: six ? `2001:db8:2::${i + 1}` : `198.51.100.${i + 101}`, hostname: '', mode: one.balancer as 'VIP' }],
      sourceRanges: one.balancer === 'none' ? [] : one.ranges,
      internalTrafficPolicy: one.internalLocal ? 'Local' : 'Cluster',
      externalTrafficPolicy:
        one.externalLocal && (one.nodePort || one.externalIP || one.balancer !== 'none') ? 'Local' : 'Cluster',
      affinitySeconds: one.affinity ? 60 : undefined,
      healthCheckNodePort: one.balancer !== 'none' && one.externalLocal ? 32000 + i : 0,
      ports: Array.from({ length: one.ports }, (_, p) => ({
        ...{ name: `p${p}`, port: 80 + p, protocol: one.protocol },
        nodePort: one.nodePort ? 30000 + 10 * i + p : 0,
      })),
      endpoints,
    };
    return service(`ns/s${i}`, like);
  });
}

export function packetsOf({ picks, six }: Case, services: readonly ServiceView[]): Packet[] {
  const a = six ? SIX : FOUR;
  const loopback = six ? '::1' : '127.0.0.1';
  const destinations = [
    ...services.flatMap((one) => [...one.clusterIPs, ...one.externalIPs, ...one.ingress.map(({ ip }) => ip)]),
    ...[a.node, a.node, a.other, loopback, `${a.pods}2`, `${a.cluster}99`],
  ];
  const sources = [`${a.pods}2`, `${a.pods}3`, a.out, a.node, a.other, loopback, six ? 'fd00:10::1:5' : '10.0.2.5'];
  const ports = [
    80,
    80,
    81,
    9,
    ...services.flatMap((one) => [...one.ports.map(({ nodePort }) => nodePort), one.healthCheckNodePort]),
  ].filter((port) => port !== 0);
  const pick = <T>(list: readonly T[], number: number): T => list[number % list.length] as T;
  return picks.map(({ to, from, port, protocol }) => {
    const source = pick(sources, from);
    const destination = pick(destinations, to);
    const isOwn = source === a.node || source === loopback;
    return {
      ...{ source, sourcePort: 40000, port: pick(ports, port) },
      destination: destination === loopback && !isOwn ? a.node : destination,
      protocol: pick([...services.map((one) => one.ports[0]?.protocol ?? 'TCP'), 'TCP' as const], protocol),
      hook: isOwn ? 'output' : 'prerouting',
    };
  });
}

export function situationOfCase({ six, settings, noPodRange }: Case): ProxySituation {
  const at = situation(settings, NODE, six ? 'IPv6' : 'IPv4');
  return noPodRange ? { ...at, podRange: '' } : at;
}
