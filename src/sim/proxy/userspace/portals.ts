/** The rules by which packets to a service come to the proxy's own port (kubernetes 1.25 `pkg/proxy/userspace/proxier.go` openPortal, iptablesInit). */
import { familyOf } from '../../network/addresses';
import { backendsOf } from '../../network/backends';
import type { Backend } from '../../network/model';
import { comment, jump, type Match, type Rule, type Table, type Target } from '../iptables/rule';
import type { ProxySituation } from '../mode';
import type { ServicePort } from '../service-port';

const CONTAINER = 'KUBE-PORTALS-CONTAINER';
const HOST = 'KUBE-PORTALS-HOST';
const NODEPORT_CONTAINER = 'KUBE-NODEPORT-CONTAINER';
const NODEPORT_HOST = 'KUBE-NODEPORT-HOST';
const NON_LOCAL = 'KUBE-NODEPORT-NON-LOCAL';

export const CHAINS: Readonly<Record<Table, readonly string[]>> = {
  nat: [CONTAINER, HOST, NODEPORT_CONTAINER, NODEPORT_HOST],
  filter: [NON_LOCAL],
};

const clusterIPs = comment('handle ClusterIPs; NOTE: this must be before the NodePort rules');
const nodePorts = comment('handle service NodePorts; NOTE: this must be the last rule in the chain');
const toNode: Match = { kind: 'destination-type' };

/** Of built-in chains, as they stand in them. The proxy put portals in front, and node ports at the end. */
export const JUMPS: Readonly<Record<Table, readonly Rule[]>> = {
  nat: [
    { chain: 'PREROUTING', matches: [clusterIPs], target: jump(CONTAINER) },
    { chain: 'PREROUTING', matches: [toNode, nodePorts], target: jump(NODEPORT_CONTAINER) },
    { chain: 'OUTPUT', matches: [clusterIPs], target: jump(HOST) },
    { chain: 'OUTPUT', matches: [toNode, nodePorts], target: jump(NODEPORT_HOST) },
  ],
  filter: [
    {
      chain: 'INPUT',
      matches: [comment('Ensure that non-local NodePort traffic can flow')],
      target: jump(NON_LOCAL),
    },
  ],
};

/** One port of a service: the port at which the proxy listens for it, how packets come there, and whom it connects to. */
export interface Portal {
  readonly servicePort: ServicePort;
  readonly proxyPort: number;
  readonly nat: readonly Rule[];
  readonly filter: readonly Rule[];
  readonly backends: readonly Backend[];
}

/** What this proxy knew nothing of: SCTP, and services whose first cluster IP is of the other family. */
export function isServed({ protocol, service, family }: ServicePort): boolean {
  return protocol !== 'sctp' && familyOf(service.clusterIPs[0] ?? '') === family;
}

/** All addresses of load balancers, for it knew no ipMode. Traffic policies, source ranges and topology were unknown to it too. */
export function portal(servicePort: ServicePort, proxyPort: number, situation: ProxySituation): Portal {
  const { service, port, family } = servicePort;
  const nat: Rule[] = [];
  const filter: Rule[] = [];
  const redirect: Target = { kind: 'REDIRECT', port: proxyPort };
  const host = situation.nodeIP.includes(':') ? `[${situation.nodeIP}]` : situation.nodeIP;
  const translate: Target = { kind: 'DNAT', to: `${host}:${proxyPort}` };
  const to = (at: number, ip: string | undefined, ...more: Match[]): Match[] => [
    comment(servicePort.name),
    { kind: 'protocol', protocol: servicePort.protocol, written: 'module-last' },
    { kind: 'port', port: at },
    ...(ip === undefined ? [] : [{ kind: 'destination', range: hostNetwork(ip) } as const]),
    ...more,
  ];
  const ingress = service.ingress.flatMap(({ ip }) => (ip !== '' && familyOf(ip) === family ? ip : []));
  const open = (ip: string) => {
    nat.push({ chain: CONTAINER, matches: to(port.port, ip), target: redirect });
    nat.push({ chain: HOST, matches: to(port.port, ip), target: translate });
  };
  open(servicePort.clusterIP);
  for (const ip of servicePort.externalIPs) {
    nat.push({ chain: CONTAINER, matches: to(port.port, ip, { kind: 'not-bridged' }), target: redirect });
    nat.push({ chain: CONTAINER, matches: to(port.port, ip, toNode), target: redirect });
    nat.push({ chain: HOST, matches: to(port.port, ip, toNode), target: translate });
  }
  ingress.forEach(open);
  if (port.nodePort !== 0) {
    nat.push({ chain: NODEPORT_CONTAINER, matches: to(port.nodePort, undefined), target: redirect });
    nat.push({ chain: NODEPORT_HOST, matches: to(port.nodePort, undefined), target: translate });
    const isNew: Match = { kind: 'state', states: 'NEW', written: 'old' };
    filter.push({ chain: NON_LOCAL, matches: [...to(proxyPort, undefined), isNew], target: { kind: 'ACCEPT' } });
  }
  const backends = backendsOf(service, port, family).filter(({ endpoint }) => endpoint.ready);
  return { servicePort, proxyPort, nat, filter, backends };
}

/** As iptables-save prints a single address (ToCIDR). */
function hostNetwork(ip: string): string {
  return `${ip}/${ip.includes(':') ? 128 : 32}`;
}
