/**
 * The kube-proxies of the cluster's nodes. They run nowhere: what they would have written is worked out when it is asked for.
 *
 * | request | answer |
 * |---|---|
 * | `GET /kubetick/proxy/settings` | ProxySettings |
 * | `PUT /kubetick/proxy/settings` | the same, with what the body says changed |
 * | `GET /kubetick/proxy/rules?[node=…][&mode=…][&family=…]` | ProxyRules |
 * | `PUT /kubetick/proxy/sync?[node=…][&mode=…]` | ProxySync: what has changed since the last sync, and what that touches |
 * | `GET /kubetick/proxy/connections?[node=…][&ipvs=true]` | ProxyConnections: what nodes know of connections that were kept |
 * | `GET /kubetick/proxy/compare?…` | ProxyComparison: the modes side by side; see proxy-compare.ts |
 */
import { isObject, type Json, type JsonObject, jsonOf } from '../apimachinery/json';
import { apiError, badRequest, notFound } from '../apimachinery/status';
import type { ApiRequest } from '../client/transport';
import type { Settings } from '../sim/controller';
import type { Family, NodeView } from '../sim/network/model';
import type { Network } from '../sim/network/network';
import type { LastingConnections, NodeProxy, RulesText } from '../sim/proxy/mode';
import { loadMode } from '../sim/proxy/modes';
import {
  DEFAULT_PROXY_SETTINGS,
  isProxyMode,
  PROXY_MODE_NAMES,
  type ProxyModeName,
  type ProxySettings,
  proxySettings,
} from '../sim/proxy/settings';
import { familiesOf, situationOf } from '../sim/proxy/situation';
import { CLUSTER_KEY, formatClusterRecord, parseClusterRecord } from './cluster-record';
import { currentNetwork } from './network';
import type { ClusterParts } from './paths';

/** What `proxy rules` shows. */
export interface ProxyRules {
  node: string;
  mode: ProxyModeName;
  families: { family: Family; rules: readonly RulesText[]; counts: Readonly<Record<string, number>> }[];
}

const PROXY = '/kubetick/proxy/';

export async function answerProxy(parts: ClusterParts, request: ApiRequest): Promise<Json> {
  const what = `${request.method} ${request.path.slice(PROXY.length)}`;
  const { node, mode, family } = request.query ?? {};
  switch (what) {
    case 'GET settings':
      return jsonOf(proxySettings(parts.record.settings.proxy));
    case 'PUT settings':
      return jsonOf(await changeSettings(parts, (request.body ?? {}) as Json));
    case 'GET rules':
      return jsonOf(await rulesOf(parts, node, mode, family));
    case 'GET connections': {
      const { listConnections } = await import('./connections');
      return jsonOf(await listConnections(parts, node, request.query?.['ipvs'] === 'true'));
    }
    case 'GET compare': {
      const { compareModes } = await import('./proxy-compare');
      return jsonOf(await compareModes(parts, request.query ?? {}));
    }
    case 'PUT sync': {
      const { syncProxies } = await import('./proxy-sync');
      return jsonOf(await syncProxies(parts, node, mode));
    }
  }
  throw apiError(404, 'NotFound', 'the server could not find the requested resource');
}

async function rulesOf(
  parts: ClusterParts,
  nodeName: string | undefined,
  mode: string | undefined,
  wanted: string | undefined,
): Promise<ProxyRules> {
  const { settings } = parts.record;
  const { network } = await currentNetwork(parts);
  const node = nodeOf(network, nodeName);
  const proxy = settingsFor(settings, mode);
  const { nodeTables } = await import('./connections');
  const { connections } = (await nodeTables(parts, network)).of(node);
  const families: ProxyRules['families'] = [];
  for (const family of familiesOf(node)) {
    if (wanted !== undefined && wanted !== family) continue;
    const running = await startProxy(node, family, proxy, settings, connections);
    running.sync(network.services());
    families.push({ family, rules: running.rules(), counts: running.counts() });
  }
  return { node: node.name, mode: proxy.mode, families };
}

export async function startProxy(
  node: NodeView,
  family: Family,
  proxy: ProxySettings,
  settings: Settings,
  lasting: LastingConnections,
): Promise<NodeProxy> {
  return (await loadMode(proxy.mode)).start({ ...situationOf(node, family, proxy, settings), lasting });
}

/** The node that was named, or the first. */
export function nodeOf(network: Network, name: string | undefined): NodeView {
  const node = name === undefined ? network.nodes()[0] : network.node(name);
  if (!node)
    throw name === undefined
      ? badRequest('the cluster has no nodes')
      : notFound({ group: '', resource: 'nodes' }, name);
  return node;
}

/** The cluster's settings, in the mode that was named. */
export function settingsFor(settings: Settings, mode: string | undefined): ProxySettings {
  const proxy = proxySettings(settings.proxy);
  if (mode === undefined) return proxy;
  if (!isProxyMode(mode)) throw badRequest(`mode must be one of [${PROXY_MODE_NAMES.join(' ')}], not ${mode}`);
  return { ...proxy, mode };
}

/** Writes them into the cluster's record, from which every process reads them. */
async function changeSettings(parts: ClusterParts, body: Json): Promise<ProxySettings> {
  if (!isObject(body)) throw badRequest('the body must be an object');
  for (const [field, value] of Object.entries(body)) {
    const known = (DEFAULT_PROXY_SETTINGS as unknown as JsonObject)[field];
    if (known === undefined) throw badRequest(`unknown field "${field}" of a kube-proxy's settings`);
    if (typeof known !== typeof value || Array.isArray(known) !== Array.isArray(value))
      throw badRequest(`${field} must be ${Array.isArray(known) ? 'a list' : `a ${typeof known}`}`);
  }
  const changes = body as Partial<ProxySettings>;
  settingsFor(parts.record.settings, changes.mode);
  const entry = await parts.store.get(CLUSTER_KEY);
  if (!entry) throw new Error(`${CLUSTER_KEY} is gone`);
  const record = parseClusterRecord(entry.value);
  record.settings = { ...record.settings, proxy: { ...record.settings.proxy, ...changes } };
  await parts.store.commit([{ key: CLUSTER_KEY, value: formatClusterRecord(record), expect: entry.revision }]);
  parts.record.settings = record.settings;
  return proxySettings(record.settings.proxy);
}
