/**
 * What a proxy mode is. Each of the four ways in which kube-proxy brings a connection from a service to a backend implements this
 * once: it writes what the node's kernel (or the proxy itself) works by, says what a change touches in it, and walks a packet
 * through it.
 *
 * ```ts
 * const mode = await loadMode('iptables');
 * const proxy = mode.start(situationOf(network, node, 'IPv4', settings)); // one kube-proxy: one node, one family
 * proxy.sync(network.services());                    // everything
 * proxy.rules();                                     // [{ tool: 'iptables-restore', text: '*filter …' }]
 * proxy.syncService('default/web', view).touched;    // what one service's change touches
 * proxy.walk(packet, { chance });                    // each rule met, and where the packet ends up
 * ```
 */
import type { Json } from '../../apimachinery/json';
import type { Backend, Family, NodeView, Protocol, ServiceView } from '../network/model';
import type { ProxySettings } from './settings';

/** Where one kube-proxy stands. */
export interface ProxySituation {
  readonly node: NodeView;
  readonly family: Family;
  readonly settings: ProxySettings;
  /** The node's first address of this family (kube-proxy's node IP); '' where it has none. */
  readonly nodeIP: string;
  /** Every address of the node's own, loopback aside: what the kernel calls local. */
  readonly localIPs: readonly string[];
  /** Pods' addresses, by which traffic of pods is told from others (--detect-local-mode); '' where nothing tells them apart. */
  readonly podRange: string;
  /** The ranges of cluster IPs of this family. */
  readonly serviceCIDRs: readonly string[];
  /** Connections that last: a real server of IPVS that has some is not taken away, but gets weight 0. None known: it goes at once. */
  readonly lasting?: LastingConnections;
}

/** Connections through virtual servers of IPVS on one node: `10.96.0.10:80/TCP` → by real server, `10.244.1.2:8080`. */
export type LastingConnections = (virtualServer: string) => ReadonlyMap<string, ConnectionCount>;

export interface ConnectionCount {
  /** Established. */
  readonly active: number;
  /** Ended, and not forgotten yet; for UDP, which has no end, all. */
  readonly inactive: number;
}

export interface ProxyMode {
  readonly name: string;
  /** A proxy that has written nothing yet. */
  start(situation: ProxySituation): NodeProxy;
}

/** One kube-proxy: what it has written, kept per service, so that work is proportional to what changes. */
export interface NodeProxy {
  /** A full sync: everything is written anew. Services that no proxy serves are passed by. */
  sync(services: Iterable<ServiceView>): SyncReport;
  /** A partial sync: one service is new, changed or gone (undefined). */
  syncService(key: string, service: ServiceView | undefined): SyncReport;
  /** All that is written, as the node's own tools read it. */
  rules(): readonly RulesText[];
  /** How much is written: `nat rules`, `filter rules`, `map elements`, `virtual servers` … by their names. */
  counts(): Readonly<Record<string, number>>;
  /** IPVS mode: what a node balances by. */
  virtualServers?(): readonly VirtualServerView[];
  /** The first packet of a connection. It changes nothing but what `surroundings` remembers. */
  walk(packet: Packet, surroundings: WalkSurroundings): Walk;
}

export interface VirtualServerView {
  /** `10.96.0.10:80/TCP` */
  readonly id: string;
  readonly scheduler: string;
  readonly servers: readonly { readonly id: string; readonly weight: number }[];
}

export interface RulesText {
  /** The command that reads it: `iptables-restore --noflush`, `nft -f -`, `ipvsadm -R`, `ipset restore`. */
  readonly tool: string;
  readonly text: string;
}

export interface SyncReport {
  readonly full: boolean;
  /** What is handed to the tools for it: all that must be read to make the change. */
  readonly input: readonly RulesText[];
  readonly touched: readonly Touched[];
}

/** One thing in the kernel (or proxy) that a sync changes. */
export interface Touched {
  readonly action: 'add' | 'change' | 'remove' | 'rewrite';
  /** `chain KUBE-SVC-…`, `element service-ips`, `real server 10.244.1.2:80` */
  readonly what: string;
  /** In a few words: `2 rules`, `10.96.1.1 . tcp . 80`. */
  readonly detail: string;
}

/** The first packet of a connection, as it comes to this node. */
export interface Packet {
  readonly protocol: Protocol;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly port: number;
  /** `output`: the node itself (or a pod on its network) sends it; `prerouting`: it comes in by an interface. */
  readonly hook: 'prerouting' | 'output';
}

/** Chance, as rules ask for it. Random satisfies it; tests go through all of its answers instead. */
export interface Chance {
  /** A whole number from 0 (included) to `bound` (excluded). */
  below(bound: number): number;
}

/** Which backend a client had, and when: kept by whoever keeps connections. Keys are made with `affinityKey`. */
export interface AffinityMemory {
  /** Milliseconds since this client was last sent there; undefined: never. */
  age(key: string, client: string): number | undefined;
  remember(key: string, client: string): void;
}

/** What schedulers of IPVS and the proxy of userspace mode know of earlier connections: kept by whoever keeps those. */
export interface BalancerMemory {
  /** Milliseconds. */
  readonly now: number;
  connections: LastingConnections;
  /** What was left by the connection before; undefined at first. */
  state(balancer: string): Json | undefined;
  leave(balancer: string, state: Json): void;
}

export interface WalkSurroundings {
  readonly chance: Chance;
  /** Without one every client is new. */
  readonly affinity?: AffinityMemory;
  /** Without one a balancer stands where chance puts it, and nothing was connected before. */
  readonly balancers?: BalancerMemory;
  /** No steps are told, only where it ends: for many packets. */
  readonly quiet?: boolean;
}

export function affinityKey(servicePort: string, protocol: string, backend: string): string {
  return `${servicePort}/${protocol} ${backend}`;
}

/** One thing that was looked at, in order. */
export interface Step {
  /** `prerouting`, `output`, `forward`, `input`, `postrouting` */
  readonly hook: string;
  /** The table and chain, or what stands for them: `nat KUBE-SERVICES`, `ipvs`. */
  readonly place: string;
  /** The rule as it is written. */
  readonly rule: string;
  readonly matched: boolean;
  /** Why it matched, or did not: `destination is 10.96.1.1, not 10.96.0.10`. */
  readonly why: string;
  /** What it did: `jump to KUBE-SVC-…`, `DNAT to 10.244.1.2:80`, `marked for masquerading`; '' where it did nothing. */
  readonly effect: string;
}

export interface Walk {
  readonly verdict: 'accept' | 'drop' | 'reject';
  readonly steps: readonly Step[];
  /** The port of a service that it was meant for, as `namespace/name:port`; undefined where none took it. */
  readonly servicePort: string | undefined;
  readonly backend: Backend | undefined;
  /** Where it goes on to: the backend, or where it was going where nothing translated it. */
  readonly destination: string;
  readonly port: number;
  /** Whom the backend sees: the source, or the node's own address where it is masqueraded. */
  readonly source: string;
  readonly masqueraded: boolean;
  /** Rules and maps that were looked at. */
  readonly lookups: number;
  /** Hops through user space, both ways (userspace mode only). */
  readonly userspaceHops?: number;
  /** The port at which the proxy took it (userspace mode only). */
  readonly proxyPort?: number;
}
