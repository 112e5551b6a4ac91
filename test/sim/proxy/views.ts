/** Services, endpoints and nodes for tests of proxies: small, with what matters named. */
import { familyOf } from '../../../src/sim/network/addresses';
import type { EndpointView, NodeView, Protocol, ServicePortView, ServiceView } from '../../../src/sim/network/model';
import type { ProxySituation } from '../../../src/sim/proxy/mode';
import { type ProxySettings, proxySettings } from '../../../src/sim/proxy/settings';
import { situationOf } from '../../../src/sim/proxy/situation';

export interface EndpointLike extends Partial<Omit<EndpointView, 'address' | 'ports'>> {
  address: string;
  /** 0: the service's own port numbers. */
  port?: number;
}

export interface ServiceLike extends Partial<Omit<ServiceView, 'ports' | 'endpoints'>> {
  ports?: (Partial<ServicePortView> & { port: number })[];
  endpoints?: EndpointLike[];
}

/** @param key `namespace/name` */
export function service(key: string, like: ServiceLike): ServiceView {
  const [namespace = '', name = ''] = key.split('/');
  const { ports = [{ name: 'p80', port: 80 }], endpoints = [], ...rest } = like;
  const all: ServicePortView[] = ports.map((port) => ({
    ...{ name: '', protocol: 'TCP' as Protocol, targetPort: port.port, nodePort: 0, appProtocol: undefined },
    ...port,
  }));
  return {
    ...{ key, namespace, name, uid: key, type: 'ClusterIP', headless: false, externalName: '', families: ['IPv4'] },
    ...{ clusterIPs: ['172.30.0.41'], externalIPs: [], ingress: [], sourceRanges: [], selector: {} },
    ...{ affinitySeconds: undefined, internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Cluster' },
    ...{
      healthCheckNodePort: 0,
      publishNotReadyAddresses: false,
      trafficDistribution: undefined,
      proxyName: undefined,
    },
    ...rest,
    ports: all,
    endpoints: endpoints.map((one) => endpoint(one, all)),
  };
}

function endpoint({ address, port = 0, ...rest }: EndpointLike, ports: readonly ServicePortView[]): EndpointView {
  const ready = rest.ready ?? true;
  return {
    ...{ address, family: familyOf(address), ready, serving: rest.serving ?? ready, terminating: false },
    ...{ hostname: '', node: '', zone: '', hintedZones: [], hintedNodes: [], pod: undefined },
    ...rest,
    ports: ports.map((one) => ({
      name: one.name,
      port: port || Number(one.targetPort),
      protocol: one.protocol,
      appProtocol: undefined,
    })),
  };
}

export function vip(ip: string): ServiceView['ingress'] {
  return [{ ip, hostname: '', mode: 'VIP' }];
}

export function node(name: string, like: Partial<NodeView> = {}): NodeView {
  return {
    ...{ name, labels: {}, zone: '', internalIPs: ['192.168.0.2'], externalIPs: [], podCIDRs: ['10.0.1.0/24'] },
    ...{ ready: true, takesLoadBalancerTraffic: true },
    ...like,
  };
}

/** As upstream's tests have it: pods in 10.0.0.0/8, cluster IPs in 172.30.0.0/16. */
export function situation(
  settings: Partial<ProxySettings> = {},
  at: NodeView = node('node1'),
  family: 'IPv4' | 'IPv6' = 'IPv4',
): ProxySituation {
  const ranges = { clusterCIDR: '10.0.0.0/8,fd00:10::/64', serviceCIDR: '172.30.0.0/16,fd00:172:30::/112' };
  return situationOf(at, family, proxySettings(settings), ranges);
}
