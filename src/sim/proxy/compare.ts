/**
 * The same connections through a kube-proxy of each mode: what it has written, what a first packet has to look at, what one endpoint's
 * change makes it write, and whom connections reach. For services as they are, or for as many as one likes, made up.
 */

import type { EndpointView, ServiceView } from '../network/model';
import type { Random } from '../random';
import { ConnectionTable } from './connections/table';
import type { NodeProxy, Packet, ProxyMode, ProxySituation } from './mode';
import { servicePorts } from './service-port';

export interface ModeFigures {
  /** Rules, elements, virtual and real servers, entries of sets, listening ports: all that is there. */
  written: number;
  /** Of a connection's first packet, over connections to services chosen by chance: in the middle, and at most. */
  lookups: { median: number; most: number };
  /** Lines that are handed over for one endpoint's change. */
  change: number;
  /** Passages through user space, for a packet and its answer. */
  hops: number;
  spread: Spread;
}

export interface Spread {
  connections: number;
  refused: number;
  /** Every second connection goes to this service, and so many each of its backends got. */
  service: string;
  backends: number;
  fewest: number;
  most: number;
}

export interface Question {
  services: readonly ServiceView[];
  connections: number;
  situation: ProxySituation;
  random: Random;
}

export function figuresOf(mode: ProxyMode, { services, connections, situation, random }: Question): ModeFigures {
  const proxy = mode.start(situation);
  proxy.sync(services);
  const asked = fronts(services, situation);
  const table = new ConnectionTable(undefined, 0);
  const lookups: number[] = [];
  const counts = new Map<string, number>();
  const busy = busiest(asked);
  let made = 0;
  let refused = 0;
  let hops = 0;
  for (let i = 0; i < connections && asked.length > 0; i++) {
    // The same ones for each mode: who asks, and whom, is drawn before any mode draws.
    const draw = random.fork('connection', i);
    const front = i % 2 === 0 && busy ? busy : (asked[draw.below(asked.length)] as Front);
    const packet = packetTo(front, clientOf(situation, draw.below(CLIENTS)), table.takePort());
    const walk = proxy.walk(packet, {
      chance: random.fork('chance', i),
      affinity: table,
      balancers: table,
      quiet: true,
    });
    made++;
    // Those to the busy service would say over and over where its rules happen to stand.
    if (front !== busy || asked.length === 1) lookups.push(walk.lookups);
    hops = Math.max(hops, walk.userspaceHops ?? 0);
    if (walk.verdict !== 'accept' || !walk.backend) {
      refused++;
      continue;
    }
    if (front === busy) counts.set(walk.backend.id, (counts.get(walk.backend.id) ?? 0) + 1);
    // All are held until the last one was made.
    table.keep(packet, walk, { mode: mode.name, client: '', milliseconds: 1 });
  }
  lookups.sort((a, b) => a - b);
  return {
    written: Object.values(proxy.counts()).reduce((sum, count) => sum + count, 0),
    lookups: { median: lookups[lookups.length >> 1] ?? 0, most: lookups.at(-1) ?? 0 },
    change: linesOfChange(proxy, services),
    hops,
    spread: { connections: made, refused, ...spreadOver(busy, counts) },
  };
}

/** The first of those with the most endpoints that are ready. */
function busiest(fronts: readonly Front[]): Front | undefined {
  let most: Front | undefined;
  for (const front of fronts) if (!most || readyOf(front) > readyOf(most)) most = front;
  return most;
}

function readyOf({ service }: Front): number {
  return service.endpoints.filter(({ ready }) => ready).length;
}

function spreadOver(
  front: Front | undefined,
  counts: ReadonlyMap<string, number>,
): Pick<Spread, 'service' | 'backends' | 'fewest' | 'most'> {
  const backends = front ? readyOf(front) : 0;
  const got = [...counts.values()];
  const fewest = got.length === 0 || got.length < backends ? 0 : Math.min(...got);
  return { service: front?.service.key ?? '', backends, fewest, most: Math.max(0, ...got) };
}

interface Front {
  service: ServiceView;
  ip: string;
  port: number;
  protocol: Packet['protocol'];
}

/** The cluster IPs of all services that have one. */
function fronts(services: readonly ServiceView[], { family }: ProxySituation): Front[] {
  return services.flatMap((service) =>
    servicePorts(service, family).map(({ clusterIP, port }) => ({
      ...{ service, ip: clusterIP, port: port.port, protocol: port.protocol },
    })),
  );
}

const CLIENTS = 50;

/** Pods of the node itself, with addresses that may be nobody's. */
function clientOf({ localIPs, node, family }: ProxySituation, index: number): string {
  const gateway = localIPs.find((ip) => !node.internalIPs.includes(ip) && !node.externalIPs.includes(ip));
  const base = gateway ?? (family === 'IPv4' ? '10.244.0.1' : 'fd00:10:244::1');
  const split = base.lastIndexOf(family === 'IPv4' ? '.' : ':') + 1;
  const last = 200 + index;
  return base.slice(0, split) + (family === 'IPv4' ? String(last) : last.toString(16));
}

function packetTo({ ip, port, protocol }: Front, source: string, sourcePort: number): Packet {
  return { protocol, source, sourcePort, destination: ip, port, hook: 'prerouting' };
}

/** What is written when the first service that has an endpoint loses one. */
function linesOfChange(proxy: NodeProxy, services: readonly ServiceView[]): number {
  const service = services.find(({ endpoints, clusterIPs }) => endpoints.length > 0 && clusterIPs.length > 0);
  if (!service) return 0;
  const { input } = proxy.syncService(service.key, { ...service, endpoints: service.endpoints.slice(1) });
  let lines = 0;
  for (const { text } of input) for (const line of text.split('\n')) if (line !== '') lines++;
  return lines;
}

/** Services that could be, each with its own endpoints, somewhere in the cluster. */
export function madeUpServices(count: number, endpoints: number): ServiceView[] {
  return Array.from({ length: count }, (_, i) => {
    const name = `service-${i + 1}`;
    const ports = [{ name: 'http', port: 8080, protocol: 'TCP' as const, appProtocol: undefined }];
    return {
      ...{ key: `made-up/${name}`, namespace: 'made-up', name, uid: name, type: 'ClusterIP', headless: false },
      ...{ externalName: '', families: ['IPv4'], clusterIPs: [addressAt(0x0a600100 + i)], externalIPs: [] },
      ...{ ingress: [], sourceRanges: [], selector: {}, affinitySeconds: undefined, healthCheckNodePort: 0 },
      ...{ internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Cluster', publishNotReadyAddresses: false },
      ...{ trafficDistribution: undefined, proxyName: undefined },
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080, nodePort: 0, appProtocol: undefined }],
      endpoints: Array.from({ length: endpoints }, (__, e) => endpointAt(i * endpoints + e, ports)),
    };
  });
}

function endpointAt(index: number, ports: EndpointView['ports']): EndpointView {
  return {
    ...{ address: addressAt(0x0a800000 + index), family: 'IPv4', ready: true, serving: true, terminating: false },
    ...{
      hostname: '',
      node: `made-up-${index % 100}`,
      zone: '',
      hintedZones: [],
      hintedNodes: [],
      pod: undefined,
      ports,
    },
  };
}

function addressAt(value: number): string {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
}
