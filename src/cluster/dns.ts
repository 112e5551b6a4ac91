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
import { type Resolution, resolveName } from '../sim/network/dns/resolve';
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
  const { settings } = parts.record;
  if (request.path === `${DNS}query`)
    return answerQuestion(zoneOf(network, settings, revision), { name, type }) as unknown as Json;
  const pod = key === undefined ? undefined : podOf(network, key);
  return resolveFor(network, settings, revision, pod, name, type) as unknown as Json;
}

function zoneOf(network: Network, settings: Settings, revision: number): Zone {
  const serverAddress = clusterDNS(network, settings);
  return { network, domain: settings.clusterDomain, serverAddress, serial: revision % 2 ** 32 };
}

/** As a pod's resolver looks a name up, or as nobody's. */
export function resolveFor(
  network: Network,
  settings: Settings,
  revision: number,
  pod: PodView | undefined,
  name: string,
  type: string,
): Resolution {
  const zone = zoneOf(network, settings, revision);
  const { serverAddress } = zone;
  const own = { clusterDNS: serverAddress, clusterDomain: settings.clusterDomain, node: NODE_CONFIG };
  const config = pod === undefined ? plainConfig(serverAddress) : resolverConfig(pod, own);
  const servers = [serverAddress, ...(network.service(DNS_SERVICE)?.clusterIPs ?? [])];
  return resolveName(zone, name, type, config, servers);
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
