/**
 * One connection from end to end: where it meets a kube-proxy, what that one does with it, which policies are asked, who answers
 * and how the answer comes back. Pure, but for chance and what clients are remembered for.
 */
import { isLoopback, parseIP } from '../../../apimachinery/ip';
import { usableBackends } from '../../network/backends';
import { routeRequest } from '../../network/ingress/route';
import { isServed } from '../../network/ingress/served';
import type { NodeView, Protocol, ServicePortView, ServiceView } from '../../network/model';
import type { Network } from '../../network/network';
import { type DirectionVerdict, decidePolicies } from '../../network/policy/decide';
import { policyEndAt, policyEndOfPod } from '../../network/policy/ends';
import type { ConnectionTable } from '../connections/table';
import type { Chance, NodeProxy, Packet, Walk, WalkSurroundings } from '../mode';
import type { TraceSource, TraceTarget } from './ends';

export interface TraceWorld {
  readonly network: Network;
  /** The kube-proxy of a node, synchronised. */
  proxy(node: NodeView): NodeProxy;
  /** Whether an address is of one of the cluster's own ranges. */
  isInside(ip: string): boolean;
  /** Where traffic from outside comes in when nothing else says so. */
  readonly entry: NodeView | undefined;
  /** What is known there of earlier connections. */
  connections?(node: NodeView): ConnectionTable;
}

/** `sent`: it leaves the cluster, and what becomes of it there nobody here knows. */
export type Outcome = 'answered' | 'sent' | 'rejected' | 'dropped' | 'denied' | 'unreachable';

export interface Trace {
  readonly outcome: Outcome;
  /** In a sentence. */
  readonly why: string;
  /** How it came to the node, where that was not by itself. */
  readonly route: readonly string[];
  /** The node whose kube-proxy saw it; '' where none did. */
  readonly node: string;
  /** The first packet as it saw it. */
  readonly packet: Packet | undefined;
  readonly walk: Walk | undefined;
  readonly policies: { readonly egress: DirectionVerdict; readonly ingress: DirectionVerdict } | undefined;
  /** Who answers. */
  readonly answeredBy: { readonly address: string; readonly pod: string; readonly node: string } | undefined;
  /** The way of the answer, hop by hop. */
  readonly back: readonly string[];
}

const CLIENT_PORT = 40000;

export function traceConnection(
  world: TraceWorld,
  source: TraceSource,
  target: TraceTarget,
  surroundings: WalkSurroundings,
): Trace {
  const { chance } = surroundings;
  const route: string[] = [];
  const none = {
    route,
    packet: undefined,
    walk: undefined,
    policies: undefined,
    answeredBy: undefined,
    back: [],
    node: '',
  };
  if (target.ingressHost !== undefined) return traceIngress(world, source, target, chance, route);
  const entry = entryOf(world, source, target, chance, route);
  if (typeof entry === 'string') return { ...none, outcome: 'unreachable', why: entry };
  const { from, to, port } = entry;
  let { node } = entry;
  const walkAt = (at: NodeView, given: Packet) => {
    const table = world.connections?.(at);
    return world.proxy(at).walk(given, table ? { ...surroundings, affinity: table, balancers: table } : surroundings);
  };
  let packet: Packet = {
    ...{ protocol: target.protocol, source: from, sourcePort: world.connections?.(node).takePort() ?? CLIENT_PORT },
    ...{ destination: to, port, hook: source.hook },
  };
  let walk = walkAt(node, packet);
  const next = world.network.nodeAt(walk.destination);
  // To another node it goes on as it is, and meets the kube-proxy there.
  if (walk.verdict === 'accept' && !walk.backend && next && next.name !== node.name) {
    route.push(`${node.name} has no rule for it, and routes it to ${next.name}`);
    node = next;
    packet = { ...packet, source: walk.source, hook: 'prerouting' };
    walk = walkAt(node, packet);
  }
  const met = { ...none, node: node.name, packet, walk };
  if (walk.verdict === 'reject')
    return { ...met, outcome: 'rejected', why: `${node.name} rejects it: the client is told at once` };
  if (walk.verdict === 'drop')
    return { ...met, outcome: 'dropped', why: `${node.name} drops it: the client waits in vain` };
  return deliver(world, { ...met, from, to, port, target, client: from === source.ip ? source.pod : undefined });
}

interface Entry {
  node: NodeView;
  from: string;
  to: string;
  port: number;
}

/** The node at which it meets kube-proxy first, or why it meets none. */
function entryOf(
  { network, entry }: TraceWorld,
  source: TraceSource,
  target: TraceTarget,
  chance: Chance,
  route: string[],
): Entry | string {
  const { ip: to, port } = target;
  const from = source.ip;
  const balancer = balancerAt(network, to, port);
  if (balancer && (source.kind === 'outside' || balancer.proxied))
    return throughBalancer(network, balancer, { from, to, port }, chance, route);
  if (source.kind === 'pod' && source.hook === 'prerouting' && isLoopbackText(to))
    return `${to} is the pod itself: it never leaves it`;
  if (source.kind !== 'outside') {
    const node = network.node(source.node);
    return node ? { node, from, to, port } : `${source.text} is on no node`;
  }
  const own = network.nodeAt(to);
  if (own) return { node: own, from, to, port };
  const service = network.servicesAt(to)[0];
  if (service?.externalIPs.includes(to)) {
    if (!entry) return 'the cluster has no nodes';
    route.push(`external IP ${to} is routed to ${entry.name}`);
    return { node: entry, from, to, port };
  }
  if (service) return `${to} is a cluster IP: there is no route to it from outside of the cluster`;
  return network.podsAt(to).length > 0
    ? `${to} is the address of a pod: there is no route to it from outside of the cluster`
    : `nobody here has the address ${to}`;
}

interface Balancer {
  service: ServiceView;
  port: ServicePortView;
  /** It sends its own connections, to node ports: even pods' traffic goes out to it. */
  proxied: boolean;
}

function balancerAt(network: Network, ip: string, number: number): Balancer | undefined {
  for (const service of network.servicesAt(ip)) {
    const point = service.ingress.find((one) => one.ip === ip);
    const port = service.ports.find((one) => one.port === number);
    if (point && port) return { service, port, proxied: point.mode === 'Proxy' };
  }
  return undefined;
}

/** It sends to nodes that are ready; with the policy Local to those only that say by their health check that they have an endpoint. */
function throughBalancer(
  network: Network,
  { service, port, proxied }: Balancer,
  { from, to, port: number }: { from: string; to: string; port: number },
  chance: Chance,
  route: string[],
): Entry | string {
  const ready = network.nodes().filter((node) => node.ready && node.takesLoadBalancerTraffic);
  const family = to.includes(':') ? 'IPv6' : 'IPv4';
  const isLocal = service.externalTrafficPolicy === 'Local';
  const healthy = isLocal
    ? ready.filter((node) => usableBackends(service, port, family, node).local.length > 0)
    : ready;
  if (healthy.length === 0)
    return isLocal
      ? `the load balancer of ${service.key} finds no node healthy: none has an endpoint of its own`
      : `the load balancer of ${service.key} has no node to send to`;
  const node = healthy[chance.below(healthy.length)] as NodeView;
  const kind = isLocal ? 'have an endpoint' : 'are ready';
  route.push(`the load balancer of ${service.key} sends it to ${node.name}, one of ${healthy.length} that ${kind}`);
  if (!proxied) return { node, from, to, port: number };
  const address = node.internalIPs.find((ip) => ip.includes(':') === (family === 'IPv6')) ?? '';
  if (port.nodePort === 0 || address === '') return `the load balancer of ${service.key} has no node port to send to`;
  route.push(`it makes a connection of its own, from ${to} to ${address}:${port.nodePort}`);
  return { node, from: to, to: address, port: port.nodePort };
}

function isLoopbackText(ip: string): boolean {
  const address = parseIP(ip);
  return address !== undefined && isLoopback(address);
}

interface Delivery extends Omit<Trace, 'outcome' | 'why'> {
  from: string;
  to: string;
  port: number;
  target: TraceTarget;
  /** `namespace/name` of the pod that it comes from. */
  client?: string | undefined;
  walk: Walk;
}

function deliver({ network, isInside }: Pick<TraceWorld, 'network' | 'isInside'>, delivery: Delivery): Trace {
  const { from, to, port, target, client, ...trace } = delivery;
  const { walk } = trace;
  const { destination } = walk;
  const pod = network.podsAt(destination)[0];
  const node = network.nodeAt(destination);
  if (walk.backend === undefined && !pod) {
    if (isLoopbackText(destination))
      return { ...trace, outcome: 'rejected', why: `no rule takes ${destination}:${port}, and nothing listens there` };
    if (!node && (network.servicesAt(destination).length > 0 || isInside(destination)))
      return {
        ...trace,
        outcome: 'unreachable',
        why: `no rule takes ${destination}:${port}, and nobody has that address`,
      };
    if (node && target.service !== undefined)
      return {
        ...trace,
        outcome: 'rejected',
        why: `no rule takes port ${port}, and nothing listens there on ${node.name}`,
      };
  }
  // Policies see a pod's own address where it goes out, and what masquerading made of it where it comes in.
  const question = { protocol: target.protocol, port: walk.port };
  const there = policyEndAt(network, destination);
  const policies = network.policies();
  const here = policyEndOfPod(network, client, from);
  const { egress } = decidePolicies(policies, here, there, question);
  // A node that masquerades stands for itself, at whatever address of its own.
  const masquerader = walk.masqueraded ? network.node(trace.node)?.internalIPs[0] : undefined;
  const seenAs =
    masquerader === undefined && walk.source === from ? here : policyEndAt(network, masquerader ?? walk.source);
  const seen = { ...seenAs, ip: walk.source };
  const { ingress } = decidePolicies(policies, seen, there, question);
  const judged = { ...trace, policies: { egress, ingress } };
  if (!egress.allowed)
    return { ...judged, outcome: 'denied', why: `NetworkPolicies of ${egress.isolatedBy.join(', ')} let it not out` };
  if (!ingress.allowed)
    return { ...judged, outcome: 'denied', why: `NetworkPolicies of ${ingress.isolatedBy.join(', ')} let it not in` };
  const answeredBy = {
    address: `${destination.includes(':') ? `[${destination}]` : destination}:${walk.port}`,
    pod: pod && !pod.hostNetwork ? pod.key : (walk.backend?.endpoint.pod ?? ''),
    node: walk.backend?.endpoint.node || pod?.node || node?.name || '',
  };
  if (walk.backend === undefined && !pod && !node)
    return { ...judged, outcome: 'sent', why: `it leaves the cluster, to ${answeredBy.address}` };
  return {
    ...judged,
    outcome: 'answered',
    why:
      answeredBy.pod === ''
        ? `${answeredBy.address} is what it comes to`
        : `pod ${answeredBy.pod} gets it at ${answeredBy.address}`,
    answeredBy,
    back: wayBack(delivery, answeredBy.node),
  };
}

/** Answers go the same way: what was translated is translated back by the node that did it, from its connection table. */
function wayBack({ from, to, port, node, walk }: Delivery, backendNode: string): string[] {
  const at = (ip: string, number: number) => (ip.includes(':') ? `[${ip}]:${number}` : `${ip}:${number}`);
  const answer = at(walk.destination, walk.port);
  const back = [`${answer} answers ${walk.source}`];
  if (walk.proxyPort !== undefined) {
    back.push(`kube-proxy on ${node} reads the answer, and writes it to the connection that ${from} has with it`);
  } else if (walk.masqueraded) {
    back.push(`${node} knows the connection, and sends it on to ${from}`);
  } else if (backendNode !== '' && backendNode !== node && walk.backend) {
    back.push(`it is routed to ${node}, which knows the connection`);
  }
  if (walk.backend) back.push(`${node} translates it back: to the client it comes from ${at(to, port)}`);
  return back;
}

/** A request to a host of an ingress: the controller takes it, and makes a connection of its own to an endpoint. */
function traceIngress(
  { network, isInside }: TraceWorld,
  source: TraceSource,
  target: TraceTarget,
  chance: Chance,
  route: string[],
): Trace {
  const host = target.ingressHost as string;
  const none = {
    route,
    node: '',
    packet: undefined,
    walk: undefined,
    policies: undefined,
    answeredBy: undefined,
    back: [],
  };
  const served = network.ingresses().filter((one) => isServed(one, network.ingressClasses()));
  const found = routeRequest(served, { host, path: target.path, tls: target.port === 443 });
  if (!found)
    return {
      ...none,
      outcome: 'rejected',
      why: `no ingress has anything for ${host}${target.path}: the controller answers 404`,
    };
  const { ingress, backend } = found;
  const rule =
    found.rule === undefined ? 'its default backend' : `rule ${found.rule + 1}, path ${(found.path ?? 0) + 1}`;
  route.push(
    `the ingress controller at ${target.ip} takes it, by ${ingress.key}: ${rule} → service ${backend.service}:${backend.port}`,
  );
  const service = network.service(`${ingress.namespace}/${backend.service}`);
  const port = service?.ports.find(({ name, port: number }) => name === backend.port || number === backend.port);
  if (!service || !port)
    return { ...none, outcome: 'rejected', why: `there is no such service, so the controller answers 503` };
  const family = service.families[0] ?? 'IPv4';
  const { cluster } = usableBackends(service, port, family, { name: '', zone: '' });
  const usable = cluster.length > 0 ? cluster : usableBackends(service, port, family, { name: '', zone: '' }).reachable;
  if (usable.length === 0)
    return { ...none, outcome: 'rejected', why: `${service.key} has no endpoints, so the controller answers 503` };
  const chosen = usable[chance.below(usable.length)] as (typeof usable)[number];
  route.push(`it connects to the endpoint ${chosen.id} itself: no kube-proxy has a part in it`);
  const walk: Walk = {
    ...{ verdict: 'accept', steps: [], servicePort: `${service.key}:${port.name}`.replace(/:$/, ''), backend: chosen },
    ...{ destination: chosen.ip, port: chosen.port, source: target.ip, masqueraded: false, lookups: 0 },
  };
  const protocol: Protocol = 'TCP';
  const traced = deliver(
    { network, isInside },
    {
      ...none,
      walk,
      ...{ from: target.ip, to: target.ip, port: target.port, target: { ...target, protocol } },
    },
  );
  const back = [`${chosen.id} answers the controller at ${target.ip}`, `the controller answers ${source.ip}`];
  return traced.outcome === 'answered' ? { ...traced, back } : traced;
}
