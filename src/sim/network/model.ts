/**
 * The network of a cluster as data: what DNS, the proxies of all modes, policies and ingresses read. Nothing here acts.
 *
 * `Network` (network.ts) makes these from the cache. They are plain, frozen in meaning and stable: as long as nothing changes
 * that a view is made from, the very same view is handed out, so that whoever keeps something per service compares with `===`.
 */

export type Family = 'IPv4' | 'IPv6';
export type Protocol = 'TCP' | 'UDP' | 'SCTP';
export type TrafficPolicy = 'Cluster' | 'Local';
export type Labels = Readonly<Record<string, string>>;

/** A Service with everything behind it: its spec, what it was given, and the endpoints of all its EndpointSlices. */
export interface ServiceView {
  /** `namespace/name` */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** It asks for no address: DNS answers with those of its endpoints, and proxies pass it by. */
  readonly headless: boolean;
  /** Where an ExternalName leads; '' for the rest. */
  readonly externalName: string;
  readonly families: readonly Family[];
  /** None for headless services and external names; one a family, the first one is spec.clusterIP. */
  readonly clusterIPs: readonly string[];
  readonly externalIPs: readonly string[];
  /** status.loadBalancer.ingress */
  readonly ingress: readonly IngressPoint[];
  /** spec.loadBalancerSourceRanges or the older annotation, without blanks; empty: everybody may. */
  readonly sourceRanges: readonly string[];
  readonly ports: readonly ServicePortView[];
  readonly selector: Labels | undefined;
  /** Seconds for which a client keeps its backend (sessionAffinity ClientIP); undefined without affinity. */
  readonly affinitySeconds: number | undefined;
  readonly internalTrafficPolicy: TrafficPolicy;
  /** `Cluster` too for services that can't be reached from outside. */
  readonly externalTrafficPolicy: TrafficPolicy;
  /** 0 for none. */
  readonly healthCheckNodePort: number;
  readonly publishNotReadyAddresses: boolean;
  readonly trafficDistribution: string | undefined;
  /** The label service.kubernetes.io/service-proxy-name: kube-proxy leaves the service to the proxy that it names. */
  readonly proxyName: string | undefined;
  /** Of all slices, in the order of the slices' names and then as they stand there; a FQDN slice's are left out. */
  readonly endpoints: readonly EndpointView[];
}

export interface IngressPoint {
  /** '' where it is known by a hostname. */
  readonly ip: string;
  readonly hostname: string;
  /** Only to a VIP do the nodes themselves answer; `Proxy` sends its own connections to node ports or pods. */
  readonly mode: 'VIP' | 'Proxy';
}

export interface ServicePortView {
  /** '' where the only port has no name. */
  readonly name: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly targetPort: number | string;
  /** 0 for none. */
  readonly nodePort: number;
  readonly appProtocol: string | undefined;
}

/** One endpoint of an EndpointSlice. What a condition leaves out is filled in as consumers of slices must (ready: true). */
export interface EndpointView {
  readonly address: string;
  readonly family: Family;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** '' for none, which DNS then makes from the address. */
  readonly hostname: string;
  /** The node that it is on, or ''. */
  readonly node: string;
  /** The zone that it is in, or ''. */
  readonly zone: string;
  /** Zones and nodes whose traffic it is meant for; empty: no hint. */
  readonly hintedZones: readonly string[];
  readonly hintedNodes: readonly string[];
  /** `namespace/name` of the pod behind it, where it is one. */
  readonly pod: string | undefined;
  /** The ports of its slice: the same array for all endpoints of one. */
  readonly ports: readonly EndpointPortView[];
}

export interface EndpointPortView {
  readonly name: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly appProtocol: string | undefined;
}

/** An endpoint as a proxy sees it: one address and port for one port of a service. */
export interface Backend {
  /** `10.244.1.2:8080`, `[fd00::2]:8080` */
  readonly id: string;
  readonly ip: string;
  readonly port: number;
  readonly endpoint: EndpointView;
}

export interface NodeView {
  readonly name: string;
  readonly labels: Labels;
  /** topology.kubernetes.io/zone, or ''. */
  readonly zone: string;
  /** status.addresses of type InternalIP, in their order: node ports are answered on these. */
  readonly internalIPs: readonly string[];
  readonly externalIPs: readonly string[];
  readonly podCIDRs: readonly string[];
  readonly ready: boolean;
  /** False for a node that load balancers are to leave alone, or that is about to be deleted. */
  readonly takesLoadBalancerTraffic: boolean;
}

export interface PodView {
  /** `namespace/name` */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Labels;
  readonly node: string;
  /** None before it starts. */
  readonly ips: readonly string[];
  /** It shares the network of its node, so policies do not concern it. */
  readonly hostNetwork: boolean;
  /** It holds its address: started and not ended. */
  readonly running: boolean;
  /** Its containers are there: what it serves may be asked for. */
  readonly serving: boolean;
  readonly ready: boolean;
  readonly terminating: boolean;
  readonly ports: readonly PodPort[];
  readonly hostname: string;
  readonly subdomain: string;
  readonly dnsPolicy: string;
  readonly dnsConfig: PodDNSConfig | undefined;
  /** What its /etc/hosts holds besides its own name. */
  readonly hostAliases: readonly HostAlias[];
}

export interface HostAlias {
  readonly ip: string;
  readonly hostnames?: readonly string[];
}

export interface PodPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** 0 for none. */
  readonly hostPort: number;
}

export interface PodDNSConfig {
  readonly nameservers?: readonly string[];
  readonly searches?: readonly string[];
  readonly options?: readonly { readonly name?: string; readonly value?: string }[];
}

export interface NamespaceView {
  readonly name: string;
  readonly labels: Labels;
}
