/**
 * The cluster's DNS: `GET /kubetick/dns/query?name=…&type=…` answers one question as its server does, and
 * `GET /kubetick/dns/resolve?name=…&type=…[&pod=NAMESPACE/NAME]` tells each query of a pod's resolver, or of nobody's.
 */
import { formatIP, networkBase, parseCIDR } from '../apimachinery/ip';
import type { Json } from '../apimachinery/json';
import { badRequest, notFound } from '../apimachinery/status';
import type { ApiRequest } from '../client/transport';
import type { Settings } from '../sim/controller';
import { answerQuestion, DNS_SERVICE, type Zone } from '../sim/network/dns/answer';
import { resolveName } from '../sim/network/dns/resolve';
import { type ResolverConfig, resolverConfig } from '../sim/network/dns/resolver-config';
import type { PodView } from '../sim/network/model';
import type { Network } from '../sim/network/network';
import { currentNetwork } from './network';
import type { ClusterParts } from './paths';

export const DNS = '/kubetick/dns/';

/** The resolv.conf of every node: its gateway, which is outside of the simulation. */
const NODE_CONFIG: ResolverConfig = { nameservers: ['172.18.0.1'], searches: [], options: [] };

export async function answerDNS(parts: ClusterParts, request: ApiRequest): Promise<Json> {
  const { name, type = 'A', pod: key } = request.query ?? {};
  if (!name) throw badRequest('name must be given');
  const { network, revision } = await currentNetwork(parts);
  const { clusterDomain } = parts.record.settings;
  const serverAddress = clusterDNS(network, parts.record.settings);
  const zone: Zone = { network, domain: clusterDomain, serverAddress, serial: revision % 2 ** 32 };
  if (request.path === `${DNS}query`) return answerQuestion(zone, { name, type }) as unknown as Json;
  const settings = { clusterDNS: serverAddress, clusterDomain, node: NODE_CONFIG };
  const config = key === undefined ? plainConfig(serverAddress) : resolverConfig(podOf(network, key), settings);
  const servers = [serverAddress, ...(network.service(DNS_SERVICE)?.clusterIPs ?? [])];
  return resolveName(zone, name, type, config, servers) as unknown as Json;
}

function podOf(network: Network, key: string): PodView {
  const [namespace = '', name = ''] = key.split('/');
  const pod = network.pod(namespace, name);
  if (!pod) throw notFound({ group: '', resource: 'pods' }, name);
  return pod;
}

/** Nobody in particular asks: the name as it stands, of the cluster's server. */
function plainConfig(server: string): ResolverConfig {
  return { nameservers: [server], searches: [], options: [] };
}

/** That of the service kube-dns where there is one; else the tenth of the range, which kubeadm keeps for it (GetDNSIP). */
function clusterDNS(network: Network, { serviceCIDR }: Settings): string {
  const [given] = network.service(DNS_SERVICE)?.clusterIPs ?? [];
  if (given) return given;
  const range = parseCIDR(serviceCIDR.split(',')[0] as string);
  return range ? formatIP({ family: range.address.family, value: networkBase(range) + 10n }) : '';
}
