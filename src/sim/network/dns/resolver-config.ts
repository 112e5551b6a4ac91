/** How a pod resolves names: what its kubelet writes into /etc/resolv.conf (kubernetes `pkg/kubelet/network/dns/dns.go`). */
import type { PodDNSConfig, PodView } from '../model';

export interface ResolverConfig {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  /** `ndots:5` */
  readonly options: readonly string[];
}

/** What kubelets know of the cluster, and of their node's own resolv.conf. */
export interface ResolverSettings {
  readonly clusterDNS: string;
  readonly clusterDomain: string;
  readonly node: ResolverConfig;
}

const MOST_NAMESERVERS = 3;
const MOST_SEARCHES = 32;
const LONGEST_SEARCH = 253;
const LONGEST_SEARCH_LINE = 2048;
/** Of resolvers that are told nothing. */
const USUAL_NDOTS = 1;

/** Configurer.GetPodDNS */
export function resolverConfig(pod: PodView, settings: ResolverSettings): ResolverConfig {
  const base = baseConfig(pod, settings);
  const { dnsConfig } = pod;
  const { nameservers, searches, options } = dnsConfig ? merged(base, dnsConfig) : base;
  return { nameservers: nameservers.slice(0, MOST_NAMESERVERS), searches: fitting(searches), options };
}

function baseConfig(pod: PodView, { clusterDNS, clusterDomain, node }: ResolverSettings): ResolverConfig {
  const { dnsPolicy, hostNetwork, namespace } = pod;
  if (dnsPolicy === 'None') return { nameservers: [], searches: [], options: [] };
  // On the network of its node, ClusterFirst is no different from Default.
  if (dnsPolicy === 'Default' || (dnsPolicy === 'ClusterFirst' && hostNetwork)) return node;
  const own = [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  return { nameservers: [clusterDNS], searches: [...new Set([...own, ...node.searches])], options: ['ndots:5'] };
}

/** appendDNSConfig: options of the pod replace those of the same name. */
function merged(base: ResolverConfig, config: PodDNSConfig): ResolverConfig {
  const options = new Map(base.options.map((option) => [option.split(':')[0] as string, option]));
  for (const { name = '', value } of config.options ?? []) options.set(name, value ? `${name}:${value}` : name);
  return {
    nameservers: [...new Set([...base.nameservers, ...(config.nameservers ?? [])])],
    searches: [...new Set([...base.searches, ...(config.searches ?? [])])],
    options: [...options.values()],
  };
}

/** formDNSSearchFitsLimits */
function fitting(searches: readonly string[]): string[] {
  const kept = searches.slice(0, MOST_SEARCHES).filter(({ length }) => length <= LONGEST_SEARCH);
  while (kept.join(' ').length > LONGEST_SEARCH_LINE) kept.pop();
  return kept;
}

/** How many dots make a name worth trying as it is, before the search list (resolv.conf(5): at most 15). */
export function ndotsOf({ options }: ResolverConfig): number {
  for (const option of options) {
    const digits = /^ndots:([0-9]+)$/.exec(option)?.[1];
    if (digits !== undefined) return Math.min(15, Number(digits));
  }
  return USUAL_NDOTS;
}
