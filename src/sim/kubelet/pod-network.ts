/**
 * The network as the programs of one pod find it: its hosts file, its resolver and what policies let it ask (network/dns,
 * network/policy), and the way of a connection through the kube-proxy of its node (proxy/trace). Nothing is decided here but who
 * listens. Loaded when a pod first asks.
 */
import { isLoopback, parseIP } from '../../apimachinery/ip';
import type { KubeObject } from '../../apimachinery/meta';
import type { Settings } from '../controller';
import { familyOf } from '../network/addresses';
import { answerQuestion, DNS_SERVICE, isWithin as isNameWithin } from '../network/dns/answer';
import { type ClusterDNS, clusterDNS } from '../network/dns/cluster-dns';
import { resolveName } from '../network/dns/resolve';
import type { Family, NodeView, PodView } from '../network/model';
import type { Network } from '../network/network';
import { podView } from '../network/other-views';
import { decidePolicies, type PolicyEnd } from '../network/policy/decide';
import { policyEndOfPod, policyPod } from '../network/policy/ends';
import type { NodeProxy, ProxyMode, Walk } from '../proxy/mode';
import { loadMode } from '../proxy/modes';
import { type ProxySettings, proxySettings } from '../proxy/settings';
import { isWithin, situationOf } from '../proxy/situation';
import type { TraceSource, TraceTarget } from '../proxy/trace/ends';
import { traceConnection } from '../proxy/trace/trace';
import { createRandom } from '../random';
import { hostNameOf } from './host-name';
import type { Connection, NameAnswer, PodNetwork } from './program/program';

export interface AskingPod {
  readonly pod: KubeObject;
  /** Its addresses, once one of its containers runs; the cluster may not show them yet. */
  ips(): readonly string[];
}

export async function networkOfPod(
  network: Network,
  settings: Settings,
  asking: AskingPod,
  revision = 0,
): Promise<PodNetwork> {
  const proxy = proxySettings(settings.proxy);
  return new NetworkOfPod(network, settings, proxy, await loadMode(proxy.mode), asking, revision);
}

const TCP = 'TCP';

class NetworkOfPod implements PodNetwork {
  readonly resolver;
  private readonly view: PodView;
  private readonly hostname: string;
  private readonly dns: ClusterDNS;

  constructor(
    private readonly network: Network,
    private readonly settings: Settings,
    private readonly proxy: ProxySettings,
    private readonly mode: ProxyMode,
    private readonly asking: AskingPod,
    revision: number,
  ) {
    this.view = podView(asking.pod);
    this.hostname = hostNameOf(asking.pod).short;
    this.dns = clusterDNS(network, settings, revision);
    this.resolver = this.dns.configOf(this.view);
  }

  connect(host: string, port: number): Connection {
    const found = parseIP(host) ? host : (this.inHostsFile(host) ?? this.byDNS(host));
    if (typeof found !== 'string') return found;
    const address = parseIP(found);
    // What its own containers listen on nobody knows.
    if (!address || isLoopback(address)) return UNKNOWN;
    return { outcome: this.reach(found, port), address: found };
  }

  ask(name: string, type: string): NameAnswer {
    const [server] = this.resolver.nameservers;
    if (server === undefined || !this.dns.servers.includes(server)) return 'unknown';
    if (!this.mayAsk(server)) return 'silence';
    const answer = answerQuestion(this.dns.zone, { name, type });
    if (answer.code !== 'REFUSED') return answer;
    return this.isNobodys(name) ? { ...answer, code: 'NXDOMAIN' } : 'unknown';
  }

  /** /etc/hosts as its kubelet writes it (kubernetes `pkg/kubelet/kubelet_pods.go` managedHostsFileContent). */
  private inHostsFile(host: string): string | undefined {
    const name = host.toLowerCase();
    if (name === 'localhost') return '127.0.0.1';
    const alias = this.view.hostAliases.find(({ hostnames = [] }) =>
      hostnames.some((one) => one.toLowerCase() === name),
    );
    if (alias) return alias.ip;
    return name === this.hostname.toLowerCase() ? this.asking.ips()[0] : undefined;
  }

  /** The first address of a family that it has, IPv4 before IPv6; of several, as headless services have, any. */
  private byDNS(host: string): string | Connection {
    const { zone, servers } = this.dns;
    const [server] = this.resolver.nameservers;
    if (server !== undefined && servers.includes(server) && !this.mayAsk(server)) return { outcome: 'no name server' };
    const ips = this.asking.ips();
    const families = new Set<Family>(ips.length > 0 ? ips.map(familyOf) : ['IPv4']);
    for (const [family, type] of [
      ['IPv4', 'A'],
      ['IPv6', 'AAAA'],
    ] as const) {
      if (!families.has(family)) continue;
      const { answers } = resolveName(zone, host, type, this.resolver, servers);
      const addresses = answers.flatMap((one) => (one.type === type ? one.address : []));
      if (addresses.length > 0) return addresses[this.chance(host).below(addresses.length)] as string;
      // An alias that leads out of the cluster.
      if (answers.length > 0) return UNKNOWN;
    }
    return this.isNobodys(host) ? { outcome: 'no such name' } : UNKNOWN;
  }

  /** Could a name that the cluster does not have be anybody else's? Names outside have a domain, and none of ours. */
  private isNobodys(name: string): boolean {
    const labels = name.toLowerCase().replace(/\.$/, '').split('.');
    const last = labels.at(-1) as string;
    if (labels.length === 1 || last === 'svc') return true;
    return isNameWithin(labels.join('.'), this.settings.clusterDomain) || this.network.namespace(last) !== undefined;
  }

  /** Whether policies let a question through to the pods behind kube-dns; where there are none, to such as kubeadm has. */
  private mayAsk(server: string): boolean {
    const policies = this.network.policies();
    if (policies.length === 0) return true;
    const here = policyEndOfPod(this.network, this.view.key, this.asking.ips()[0] ?? '');
    return this.nameServers(server).some(
      (there) => decidePolicies(policies, here, there, { protocol: 'UDP', port: 53 }).allowed,
    );
  }

  private nameServers(server: string): PolicyEnd[] {
    const { network } = this;
    const pods = (network.service(DNS_SERVICE)?.endpoints ?? []).flatMap(({ address, ready }) =>
      ready ? network.podsAt(address).map((pod) => ({ ip: address, pod: policyPod(network, pod) })) : [],
    );
    if (pods.length > 0) return pods;
    const namespace = 'kube-system';
    const namespaceLabels = network.namespace(namespace)?.labels ?? { 'kubernetes.io/metadata.name': namespace };
    const ports = (['UDP', TCP] as const).map((protocol) => ({
      name: protocol === TCP ? 'dns-tcp' : 'dns',
      port: 53,
      protocol,
      hostPort: 0,
    }));
    const labels = { 'k8s-app': 'kube-dns' };
    const coredns = { namespace, name: 'coredns', labels, namespaceLabels, hostNetwork: false, ports };
    return [{ ip: server, pod: coredns }];
  }

  private reach(ip: string, port: number): 'answered' | 'refused' | 'silence' | 'unknown' {
    const trace = traceConnection(this.world(ip, port), this.source(ip), target(ip, port), {
      chance: this.chance(ip, port),
      quiet: true,
    });
    switch (trace.outcome) {
      case 'answered':
        return this.listens(trace.walk as Walk);
      case 'rejected':
        return 'refused';
      case 'sent':
        return 'unknown';
      default:
        return 'silence';
    }
  }

  /** The kube-proxies of the nodes, as far as this connection meets them: only the services that it may be for are written. */
  private world(ip: string, port: number) {
    const { network, settings } = this;
    const services = network.nodeAt(ip)
      ? network.services().filter(({ ports }) => ports.some(({ nodePort }) => nodePort === port))
      : network.servicesAt(ip);
    const ranges = [...settings.serviceCIDR.split(','), ...settings.clusterCIDR.split(',')];
    return {
      network,
      entry: undefined,
      isInside: (address: string) => ranges.some((range) => isWithin(range, address)),
      proxy: (node: NodeView): NodeProxy => {
        const proxy = this.mode.start(situationOf(node, familyOf(ip), this.proxy, settings));
        proxy.sync(services);
        return proxy;
      },
    };
  }

  private source(to: string): TraceSource {
    const { key, node, hostNetwork } = this.view;
    const ips = this.asking.ips();
    const ip = ips.find((one) => familyOf(one) === familyOf(to)) ?? ips[0] ?? '';
    return { kind: 'pod', text: key, ip, ips, pod: key, node, hook: hostNetwork ? 'output' : 'prerouting' };
  }

  /** A pod that names no ports may listen on any; on the network of its node it must name them. */
  private listens({ destination, port, backend }: Walk): 'answered' | 'refused' | 'silence' | 'unknown' {
    const { network } = this;
    const names = ({ ports }: PodView) => ports.some((one) => one.port === port && one.protocol === TCP);
    const pods = network.podsAt(destination);
    const meant = pods.find(({ key }) => key === backend?.endpoint.pod) ?? pods.find(({ hostNetwork }) => !hostNetwork);
    if (meant) return meant.serving && (meant.ports.length === 0 || names(meant)) ? 'answered' : 'refused';
    if (backend) return backend.endpoint.pod === undefined ? 'answered' : 'silence';
    if (pods.some((pod) => pod.serving && names(pod))) return 'answered';
    // What else a node listens on nobody knows, but for the ports that are kept for services.
    const [first = 0, last = 0] = this.settings.serviceNodePortRange.split('-').map(Number);
    return port >= first && port <= last ? 'refused' : 'unknown';
  }

  /** Asked again, it comes to the same: a program is played more than once, and again for its log. */
  private chance(...labels: (string | number)[]) {
    return createRandom(this.view.uid).fork(...labels);
  }
}

const UNKNOWN: Connection = { outcome: 'unknown' };

function target(ip: string, port: number): TraceTarget {
  return {
    text: ip,
    ip,
    port,
    protocol: TCP,
    path: '/',
    meaning: '',
    service: undefined,
    ingressHost: undefined,
    dns: undefined,
  };
}
