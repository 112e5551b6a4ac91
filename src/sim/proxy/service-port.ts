/** A port of a service as the proxies of one family see it (kubernetes `pkg/proxy/serviceport.go` BaseServicePortInfo). */
import { formatCIDR, parseCIDR } from '../../apimachinery/ip';
import { familyOf } from '../network/addresses';
import { type UsableBackends, usableBackends } from '../network/backends';
import type { Family, NodeView, ServicePortView, ServiceView } from '../network/model';

export interface ServicePort {
  readonly service: ServiceView;
  readonly port: ServicePortView;
  readonly family: Family;
  /** `namespace/name:port`, or `namespace/name` where the port has no name (ServicePortName.String). */
  readonly name: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly clusterIP: string;
  readonly externalIPs: readonly string[];
  /** Addresses of load balancers for which the node itself answers. */
  readonly loadBalancerVIPs: readonly string[];
  readonly sourceRanges: readonly string[];
  readonly internalLocal: boolean;
  readonly externalLocal: boolean;
  /** By something else than its cluster IP. */
  readonly externallyAccessible: boolean;
  readonly usesCluster: boolean;
  readonly usesLocal: boolean;
}

/** Empty for what proxies pass by: headless services, external names, those without an address of this family, those of other proxies. */
export function servicePorts(service: ServiceView, family: Family): ServicePort[] {
  if (service.headless || service.type === 'ExternalName' || service.proxyName !== undefined) return [];
  const isOfFamily = (ip: string) => ip !== '' && familyOf(ip) === family;
  const clusterIP = service.clusterIPs.find(isOfFamily);
  if (clusterIP === undefined) return [];
  const externalIPs = service.externalIPs.filter(isOfFamily);
  const loadBalancerVIPs = service.ingress.flatMap(({ ip, mode }) => (mode === 'VIP' && isOfFamily(ip) ? ip : []));
  const sourceRanges = service.sourceRanges.filter(isOfFamily).map(canonicalCIDR);
  const internalLocal = service.internalTrafficPolicy === 'Local';
  const externalLocal = service.externalTrafficPolicy === 'Local';
  return service.ports.map((port) => {
    const externallyAccessible = port.nodePort !== 0 || loadBalancerVIPs.length > 0 || externalIPs.length > 0;
    return {
      service,
      port,
      family,
      name: port.name === '' ? service.key : `${service.key}:${port.name}`,
      protocol: port.protocol.toLowerCase() as ServicePort['protocol'],
      clusterIP,
      externalIPs,
      loadBalancerVIPs,
      sourceRanges,
      internalLocal,
      externalLocal,
      externallyAccessible,
      usesCluster: !internalLocal || externallyAccessible,
      usesLocal: internalLocal || (externalLocal && externallyAccessible),
    };
  });
}

/** What upstream's proxiers all work out first of a port: its backends, and whether traffic of either kind has any. */
export interface ServicePortBackends extends UsableBackends {
  readonly hasInternal: boolean;
  readonly hasExternal: boolean;
}

export function servicePortBackends(
  { service, port, family, internalLocal, externalLocal }: ServicePort,
  node: Pick<NodeView, 'name' | 'zone'>,
): ServicePortBackends {
  const usable = usableBackends(service, port, family, node);
  return {
    ...usable,
    hasInternal: internalLocal ? usable.local.length > 0 : usable.any,
    hasExternal: externalLocal ? usable.local.length > 0 : usable.any,
  };
}

function canonicalCIDR(text: string): string {
  const network = parseCIDR(text);
  return network ? formatCIDR(network) : text;
}
