/** The DNS server of a cluster: where it is, what it answers from, and what pods are told of it. */
import { formatIP, networkBase, parseCIDR } from '../../../apimachinery/ip';
import type { Settings } from '../../controller';
import type { PodView } from '../model';
import type { Network } from '../network';
import { DNS_SERVICE, type Zone } from './answer';
import { type ResolverConfig, resolverConfig } from './resolver-config';

export type DNSSettings = Pick<Settings, 'serviceCIDR' | 'clusterDomain'>;

export interface ClusterDNS {
  readonly zone: Zone;
  /** The addresses at which it answers. */
  readonly servers: readonly string[];
  /** The resolv.conf of a pod. */
  configOf(pod: PodView): ResolverConfig;
}

/** The resolv.conf of every node: its gateway, which is outside of the simulation. */
const NODE_CONFIG: ResolverConfig = { nameservers: ['172.18.0.1'], searches: [], options: [] };

export function clusterDNS(network: Network, settings: DNSSettings, revision: number): ClusterDNS {
  const { clusterDomain } = settings;
  const given = network.service(DNS_SERVICE)?.clusterIPs ?? [];
  const serverAddress = given[0] ?? usualAddress(settings);
  const forKubelets = { clusterDNS: serverAddress, clusterDomain, node: NODE_CONFIG };
  return {
    zone: { network, domain: clusterDomain, serverAddress, serial: revision % 2 ** 32 },
    servers: [serverAddress, ...given],
    configOf: (pod) => resolverConfig(pod, forKubelets),
  };
}

/** Without a service kube-dns: the tenth of the range, which kubeadm keeps for it (GetDNSIP). */
function usualAddress({ serviceCIDR }: DNSSettings): string {
  const range = parseCIDR(serviceCIDR.split(',')[0] as string);
  return range ? formatIP({ family: range.address.family, value: networkBase(range) + 10n }) : '';
}
