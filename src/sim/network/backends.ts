/**
 * The endpoints of one port of a service, and which of them a node may use (kubernetes `pkg/proxy/endpointslicecache.go`,
 * `pkg/proxy/topology.go`). Shared by all proxies, the load balancer and the simulated ingress controller.
 */
import { joinHostPort } from './addresses';
import type { Backend, Family, NodeView, ServicePortView, ServiceView } from './model';

const made = new WeakMap<ServiceView, Map<string, readonly Backend[]>>();
const NONE: readonly Backend[] = Object.freeze([]);

/** All endpoints of a port in one family, ready or not, each once, in the order of their ids. The same array for the same view. */
export function backendsOf(service: ServiceView, port: ServicePortView, family: Family): readonly Backend[] {
  const key = `${family} ${port.protocol} ${port.name}`;
  let byPort = made.get(service);
  if (!byPort) {
    byPort = new Map();
    made.set(service, byPort);
  }
  let backends = byPort.get(key);
  if (!backends) {
    backends = collect(service, port, family);
    byPort.set(key, backends);
  }
  return backends;
}

function collect(service: ServiceView, { name, protocol }: ServicePortView, family: Family): readonly Backend[] {
  const byId = new Map<string, Backend>();
  for (const endpoint of service.endpoints) {
    if (endpoint.family !== family) continue;
    for (const offered of endpoint.ports) {
      if (offered.name !== name || offered.protocol !== protocol || offered.port === 0) continue;
      const id = joinHostPort(endpoint.address, offered.port);
      if (!byId.has(id)) byId.set(id, { id, ip: endpoint.address, port: offered.port, endpoint });
    }
  }
  if (byId.size === 0) return NONE;
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What a node may use of a port's endpoints. */
export interface UsableBackends {
  /** For traffic policy Cluster: ready ones, near ones only if hints say so, or else serving ones that terminate. */
  readonly cluster: readonly Backend[];
  /** For traffic policy Local: those on this node. */
  readonly local: readonly Backend[];
  /** Either. */
  readonly reachable: readonly Backend[];
  /** Some node could answer, be it not this one: the difference between dropping and rejecting. */
  readonly any: boolean;
  /** Why only some were taken for `cluster`. */
  readonly topology: '' | 'PreferSameNode' | 'PreferSameZone';
}

/** CategorizeEndpoints. Lists of a policy that the port never uses are empty, as upstream's are nil. */
export function usableBackends(
  service: ServiceView,
  port: ServicePortView,
  family: Family,
  node: Pick<NodeView, 'name' | 'zone'>,
): UsableBackends {
  const all = backendsOf(service, port, family);
  const external = isExternallyReachable(service, port, family);
  const usesCluster = service.internalTrafficPolicy === 'Cluster' || external;
  const usesLocal =
    service.internalTrafficPolicy === 'Local' || (service.externalTrafficPolicy === 'Local' && external);
  const isReady = ({ endpoint }: Backend) => endpoint.ready;
  const isLeaving = ({ endpoint }: Backend) => endpoint.serving && endpoint.terminating;
  const isHere = ({ endpoint }: Backend) => endpoint.node !== '' && endpoint.node === node.name;

  const ready = all.filter(isReady);
  const topology = usesCluster ? topologyOf(ready, node) : '';
  let cluster: readonly Backend[] = NONE;
  if (usesCluster) {
    cluster = ready.filter(({ endpoint }) =>
      topology === 'PreferSameNode'
        ? endpoint.hintedNodes.includes(node.name)
        : topology === '' || endpoint.hintedZones.includes(node.zone),
    );
    if (cluster.length === 0) cluster = all.filter(isLeaving);
  }
  if (!usesLocal) return { cluster, local: NONE, reachable: cluster, any: cluster.length > 0, topology };

  const any = all.some((backend) => isReady(backend) || isLeaving(backend));
  let local = ready.filter(isHere);
  if (local.length === 0) local = all.filter((backend) => isHere(backend) && !isReady(backend) && isLeaving(backend));
  if (!usesCluster) return { cluster, local, reachable: local, any, topology };
  const either = new Set([...cluster, ...local]);
  return { cluster, local, reachable: all.filter((backend) => either.has(backend)), any, topology };
}

/** ExternallyAccessible: it is reached by something else than its cluster IP. */
export function isExternallyReachable(service: ServiceView, port: ServicePortView, family: Family): boolean {
  const isOfFamily = (ip: string) => ip !== '' && ip.includes(':') === (family === 'IPv6');
  return (
    port.nodePort !== 0 ||
    service.externalIPs.some(isOfFamily) ||
    service.ingress.some(({ ip, mode }) => mode === 'VIP' && isOfFamily(ip))
  );
}

/** topologyModeFromHints: hints count only when every ready endpoint has one and one of them is meant for us. */
function topologyOf(ready: readonly Backend[], node: Pick<NodeView, 'name' | 'zone'>): UsableBackends['topology'] {
  if (ready.length === 0) return '';
  const nodes = ready.map(({ endpoint }) => endpoint.hintedNodes);
  if (nodes.every((hints) => hints.length > 0) && nodes.some((hints) => hints.includes(node.name)))
    return 'PreferSameNode';
  const zones = ready.map(({ endpoint }) => endpoint.hintedZones);
  if (zones.every((hints) => hints.length > 0) && zones.some((hints) => hints.includes(node.zone)))
    return 'PreferSameZone';
  return '';
}
