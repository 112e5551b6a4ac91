/**
 * Which connections are no more, whatever the clock says. Those of UDP that lead to an endpoint that is gone: kube-proxy clears them, for
 * nothing else would end them, and a client that goes on speaking would speak to nobody (kubernetes `pkg/proxy/conntrack/cleanup.go`
 * CleanStaleEntries). And those of all kinds whose other end does not run any more; a pod that terminates runs until it has ended.
 */
import { networkBase, parseCIDR, parseIP } from '../../../apimachinery/ip';
import { joinHostPort } from '../../network/addresses';
import { backendsOf } from '../../network/backends';
import type { Family } from '../../network/model';
import type { Network } from '../../network/network';
import { servicePorts } from '../service-port';
import { isWithin } from '../situation';
import type { Connection } from './connection';

export function staleConnections(network: Network): (one: Connection) => boolean {
  const serving = servingEndpoints(network);
  return (one) => {
    const { protocol, destination, port, backendIP, source, client, pod } = one;
    if (protocol === 'UDP')
      for (const front of [joinHostPort(destination, port), `*:${port}`]) {
        const endpoints = serving.get(front);
        if (endpoints && !endpoints.has(backendIP)) return true;
      }
    return !isThere(network, backendIP, pod) || !isThere(network, source, client);
  };
}

/** Who is neither pod nor node is always there: of what is outside nobody here knows. */
function isThere(network: Network, ip: string, pod: string): boolean {
  const pods = network.podsAt(ip);
  // The address may be another pod's by now.
  if (pod === '' ? pods.length > 0 : pods.some(({ key }) => key === pod)) return true;
  if (pod !== '') return false;
  return !network.nodes().some((node) => node.podCIDRs.some((block) => isWithin(block, ip) && !isGateway(block, ip)));
}

/** The node's own address among those of its pods. */
function isGateway(block: string, ip: string): boolean {
  const [network, address] = [parseCIDR(block), parseIP(ip)];
  return network !== undefined && address?.value === networkBase(network) + 1n;
}

/** By what stands in front of a UDP service, its node ports as `*:30053`: the endpoints that serve. None where nobody does: then all is left as it is. */
function servingEndpoints(network: Network): Map<string, ReadonlySet<string>> {
  const fronts = new Map<string, ReadonlySet<string>>();
  for (const service of network.services())
    for (const family of service.families as readonly Family[])
      for (const port of servicePorts(service, family)) {
        if (port.protocol !== 'udp') continue;
        const serving = backendsOf(service, port.port, family).filter(({ endpoint }) => endpoint.serving);
        if (serving.length === 0) continue;
        const endpoints = new Set(serving.map(({ ip }) => ip));
        for (const ip of [port.clusterIP, ...port.loadBalancerVIPs, ...port.externalIPs])
          fronts.set(joinHostPort(ip, port.port.port), endpoints);
        if (port.port.nodePort !== 0) fronts.set(`*:${port.port.nodePort}`, endpoints);
      }
  return fronts;
}
