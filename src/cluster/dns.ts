/**
 * The cluster's DNS: `GET /kubetick/dns/query?name=…&type=…` answers one question as its server does, and
 * `GET /kubetick/dns/resolve?name=…&type=…[&pod=NAMESPACE/NAME]` tells each query of a pod's resolver, or of nobody's.
 */
import type { Json } from '../apimachinery/json';
import { badRequest, notFound } from '../apimachinery/status';
import type { ApiRequest } from '../client/transport';
import type { Settings } from '../sim/controller';
import { answerQuestion } from '../sim/network/dns/answer';
import { clusterDNS } from '../sim/network/dns/cluster-dns';
import { type Resolution, resolveName } from '../sim/network/dns/resolve';
import type { ResolverConfig } from '../sim/network/dns/resolver-config';
import type { PodView } from '../sim/network/model';
import type { Network } from '../sim/network/network';
import { currentNetwork } from './network';
import type { ClusterParts } from './paths';

export const DNS = '/kubetick/dns/';

export async function answerDNS(parts: ClusterParts, request: ApiRequest): Promise<Json> {
  const { name, type = 'A', pod: key } = request.query ?? {};
  if (!name) throw badRequest('name must be given');
  const { network, revision } = await currentNetwork(parts);
  const { settings } = parts.record;
  if (request.path === `${DNS}query`)
    return answerQuestion(clusterDNS(network, settings, revision).zone, { name, type }) as unknown as Json;
  const pod = key === undefined ? undefined : podOf(network, key);
  return resolveFor(network, settings, revision, pod, name, type) as unknown as Json;
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
  const { zone, servers, configOf } = clusterDNS(network, settings, revision);
  return resolveName(zone, name, type, pod === undefined ? plainConfig(zone.serverAddress) : configOf(pod), servers);
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
