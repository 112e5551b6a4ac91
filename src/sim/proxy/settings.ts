/**
 * How a cluster's kube-proxies are set: one KubeProxyConfiguration for all nodes, as kubeadm makes it (kubernetes
 * `pkg/proxy/apis/config/v1alpha1/defaults.go`). It is kept in the cluster's record.
 */

export const PROXY_MODE_NAMES = ['iptables', 'nftables', 'ipvs', 'userspace'] as const;
export type ProxyModeName = (typeof PROXY_MODE_NAMES)[number];

export interface ProxySettings {
  readonly mode: ProxyModeName;
  /** Which bit of a packet's mark asks for masquerading: 14 is 0x4000. */
  readonly masqueradeBit: number;
  /** Everything to a cluster IP is masqueraded, not only what comes from outside. */
  readonly masqueradeAll: boolean;
  /** How traffic of pods is told from others: by the range of all pods, or by that of the node's own. */
  readonly detectLocalMode: 'ClusterCIDR' | 'NodeCIDR';
  /** Which addresses of nodes answer at node ports: networks, or `primary`. None: the mode's own choice. */
  readonly nodePortAddresses: readonly string[];
  /** iptables mode: node ports answer at 127.0.0.1 too. */
  readonly localhostNodePorts: boolean;
  /** The kernel has nfacct: rules count dropped and localhost packets. */
  readonly nfacct: boolean;
  /** IPVS mode: how a virtual server chooses. */
  readonly ipvsScheduler: string;
}

export const DEFAULT_PROXY_SETTINGS: ProxySettings = Object.freeze({
  mode: 'iptables',
  masqueradeBit: 14,
  masqueradeAll: false,
  detectLocalMode: 'ClusterCIDR',
  nodePortAddresses: Object.freeze([]),
  localhostNodePorts: true,
  nfacct: false,
  ipvsScheduler: 'rr',
});

/** What a record says, completed. */
export function proxySettings(written: Partial<ProxySettings> | undefined): ProxySettings {
  return { ...DEFAULT_PROXY_SETTINGS, ...written };
}

export function isProxyMode(name: string): name is ProxyModeName {
  return (PROXY_MODE_NAMES as readonly string[]).includes(name);
}

/** `0x00004000`, as both backends print it (Go's %#08x). */
export function masqueradeMark({ masqueradeBit }: ProxySettings): string {
  return `0x${(2 ** masqueradeBit).toString(16).padStart(8, '0')}`;
}
