/** `GET /kubetick/proxy/compare?[node=…][&services=10,100,…][&endpoints=N][&connections=N]`: the modes of kube-proxy side by side. */
import { badRequest } from '../apimachinery/status';
import { figuresOf, type ModeFigures, madeUpServices } from '../sim/proxy/compare';
import { loadMode, modeNames } from '../sim/proxy/modes';
import type { ProxyModeName } from '../sim/proxy/settings';
import { familiesOf, situationOf } from '../sim/proxy/situation';
import { createRandom } from '../sim/random';
import { currentNetwork } from './network';
import type { ClusterParts } from './paths';
import { nodeOf, settingsFor } from './proxy';

export interface ProxyComparison {
  node: string;
  endpoints: number;
  connections: number;
  scheduler: string;
  /** First the cluster's own services, then made-up ones, by their number. */
  sizes: { services: number; madeUp: boolean; modes: (ModeFigures & { mode: ProxyModeName })[] }[];
}

/** Made-up services are of IPv4, whatever the cluster is. */
const MADE_UP_NODE = { internalIPs: ['172.18.0.3'], externalIPs: [], podCIDRs: ['10.244.0.0/24'] };
const MADE_UP_RANGES = { clusterCIDR: '10.244.0.0/16', serviceCIDR: '10.96.0.0/12' };

const MOST_SERVICES = 10_000;
const MOST_ENDPOINTS = 100;
const MOST_BACKENDS = 200_000;
const MOST_CONNECTIONS = 10_000;

export async function compareModes(
  parts: ClusterParts,
  query: Readonly<Record<string, string | undefined>>,
): Promise<ProxyComparison> {
  const { network, revision } = await currentNetwork(parts);
  const node = nodeOf(network, query['node']);
  const endpoints = wholeNumber(query['endpoints'] ?? '10', 'endpoints', MOST_ENDPOINTS);
  const connections = wholeNumber(query['connections'] ?? '300', 'connections', MOST_CONNECTIONS);
  const counts = (query['services'] ?? '10,100,1000,10000')
    .split(',')
    .filter((text) => text !== '')
    .map((text) => wholeNumber(text, 'services', MOST_SERVICES));
  const tooMany = counts.find((count) => count * endpoints > MOST_BACKENDS);
  if (tooMany !== undefined)
    throw badRequest(`services times endpoints must be at most ${MOST_BACKENDS}, not ${tooMany * endpoints}`);
  const { settings, seed } = parts.record;
  const family = familiesOf(node)[0] ?? 'IPv4';
  const modes = await Promise.all(modeNames().map(async (name) => ({ name, mode: await loadMode(name) })));
  const sizes: ProxyComparison['sizes'] = [];
  const own = network.services();
  for (const services of [own, ...counts.map((count) => madeUpServices(count, endpoints))]) {
    const random = createRandom(seed).fork('compare', services === own ? revision : services.length);
    const figures = modes.map(({ name, mode }) => {
      const proxy = settingsFor(settings, name);
      const situation =
        services === own
          ? situationOf(node, family, proxy, settings)
          : situationOf({ ...node, ...MADE_UP_NODE }, 'IPv4', proxy, MADE_UP_RANGES);
      return { mode: name, ...figuresOf(mode, { services, connections, situation, random }) };
    });
    sizes.push({ services: services.length, madeUp: services !== own, modes: figures });
  }
  const { ipvsScheduler: scheduler } = settingsFor(settings, undefined);
  return { node: node.name, endpoints, connections, scheduler, sizes };
}

function wholeNumber(text: string, what: string, most: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > most)
    throw badRequest(`${what} must be from 1 to ${most}, not ${text}`);
  return number;
}
