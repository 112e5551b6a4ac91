/**
 * What changes of services, or of their endpoints, make the kube-proxy of a node do, in each mode. What the proxies have seen last
 * lies in the store, `/kubetick/proxy/synced`: each sync takes up from there.
 */
import { type Json, jsonOf } from '../apimachinery/json';
import type { Settings } from '../sim/controller';
import type { Family, NodeView, ServiceView } from '../sim/network/model';
import type { LastingConnections, SyncReport } from '../sim/proxy/mode';
import { modeNames } from '../sim/proxy/modes';
import type { ProxyModeName } from '../sim/proxy/settings';
import { familiesOf } from '../sim/proxy/situation';
import { nodeTables } from './connections';
import { currentNetwork } from './network';
import type { ClusterParts } from './paths';
import { nodeOf, settingsFor, startProxy } from './proxy';

export interface ProxySync {
  node: string;
  /** Nothing has changed since the last sync: these are the changes of then. */
  again: boolean;
  /** One for each service that changed. Empty where nothing was synchronised before, or too much at once: then all is written anew. */
  changes: { service: string; what: string; modes: ModeSync[] }[];
  /** A full sync. */
  full: ModeSync[];
}

export interface ModeSync {
  mode: ProxyModeName;
  family: Family;
  report: SyncReport;
  /** How much there is in all. */
  counts: Readonly<Record<string, number>>;
}

const SYNCED = '/kubetick/proxy/synced';
/** More than so many services at once are no change that could be told one by one. */
const MOST_CHANGES = 20;

/** What was seen last: each service as a view, and what those that had changed then were before. */
interface Synced {
  views: Record<string, ServiceView>;
  before: Record<string, ServiceView | null>;
}

export async function syncProxies(
  parts: ClusterParts,
  nodeName: string | undefined,
  mode: string | undefined,
): Promise<ProxySync> {
  const { network } = await currentNetwork(parts);
  const node = nodeOf(network, nodeName);
  const { settings } = parts.record;
  const names = mode === undefined ? modeNames() : [settingsFor(settings, mode).mode];
  const services = network.services();
  const { connections: lasting } = (await nodeTables(parts, network)).of(node);
  const known = (await parts.store.get(SYNCED))?.value as unknown as Synced | undefined;
  const views = Object.fromEntries(services.map((service) => [service.key, service]));
  const since = known ? changesBetween(known.views, views) : {};
  const again = known !== undefined && Object.keys(since).length === 0;
  const before = again ? known.before : since;
  if (!again) await parts.store.commit([{ key: SYNCED, value: jsonOf({ views, before }) as Json }]);

  const keys = Object.keys(before);
  if (!known || keys.length > MOST_CHANGES) {
    const full = await inModes(names, { node, settings, lasting }, async (start) => (await start()).sync(services));
    return { node: node.name, again: false, changes: [], full };
  }
  // One after the other, each upon those before it.
  const state = new Map(services.map((service) => [service.key, service]));
  for (const [key, was] of Object.entries(before))
    if (was === null) state.delete(key);
    else state.set(key, was);
  const changes: ProxySync['changes'] = [];
  for (const service of keys) {
    const now = network.service(service);
    const modes = await inModes(names, { node, settings, lasting }, async (start) => {
      const proxy = await start();
      proxy.sync([...state.values()].sort((a, b) => (a.key < b.key ? -1 : 1)));
      return proxy.syncService(service, now);
    });
    changes.push({ service, what: whatChanged(before[service] ?? undefined, now), modes });
    if (now) state.set(service, now);
    else state.delete(service);
  }
  return { node: node.name, again, changes, full: [] };
}

/** What the services that differ were before; null for those that are new. */
function changesBetween(
  old: Readonly<Record<string, ServiceView>>,
  now: Readonly<Record<string, ServiceView>>,
): Record<string, ServiceView | null> {
  const before: Record<string, ServiceView | null> = {};
  for (const key of [...new Set([...Object.keys(old), ...Object.keys(now)])].sort())
    if (JSON.stringify(old[key]) !== JSON.stringify(now[key])) before[key] = old[key] ?? null;
  return before;
}

/** Runs `sync` on a proxy of each mode and family. */
async function inModes(
  names: readonly ProxyModeName[],
  { node, settings, lasting }: { node: NodeView; settings: Settings; lasting: LastingConnections },
  sync: (start: () => ReturnType<typeof startProxy>) => Promise<SyncReport>,
): Promise<ModeSync[]> {
  const told: ModeSync[] = [];
  for (const mode of names)
    for (const family of familiesOf(node)) {
      const proxy = await startProxy(node, family, settingsFor(settings, mode), settings, lasting);
      const { full, input, touched } = await sync(async () => proxy);
      told.push({ mode, family, report: { full, input, touched }, counts: proxy.counts() });
    }
  return told;
}

function whatChanged(was: ServiceView | undefined, now: ServiceView | undefined): string {
  if (!was) return 'is new';
  if (!now) return 'is gone';
  const text = (endpoints: ServiceView['endpoints']) => endpoints.map((one) => `${one.address} ${JSON.stringify(one)}`);
  const old = new Set(text(was.endpoints));
  const young = new Set(text(now.endpoints));
  const come = [...young].filter((one) => !old.has(one)).map((one) => `${one.split(' ')[0]}`);
  const gone = [...old].filter((one) => !young.has(one)).map((one) => `${one.split(' ')[0]}`);
  const changed = come.filter((one) => gone.includes(one));
  const parts = [
    ...come.filter((one) => !changed.includes(one)).map((one) => `has endpoint ${one} now`),
    ...changed.map((one) => `has endpoint ${one} changed`),
    ...gone.filter((one) => !changed.includes(one)).map((one) => `has lost endpoint ${one}`),
  ];
  const { endpoints: _old, ...spec } = was;
  const { endpoints: _young, ...nowSpec } = now;
  if (JSON.stringify(spec) !== JSON.stringify(nowSpec)) parts.push('has another spec');
  return parts.join(', ');
}
