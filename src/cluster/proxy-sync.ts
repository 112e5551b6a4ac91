/** What the last change of a service, or of its endpoints, makes the kube-proxy of a node do, in each mode. */
import { asObject, type KubeObject } from '../apimachinery/meta';
import type { Family, ServiceView } from '../sim/network/model';
import { serviceView } from '../sim/network/service-view';
import type { SyncReport } from '../sim/proxy/mode';
import { modeNames } from '../sim/proxy/modes';
import type { ProxyModeName } from '../sim/proxy/settings';
import { familiesOf } from '../sim/proxy/situation';
import { parseRegistryKey } from '../sim/resource-names';
import { type Change, CompactedError, type Store } from '../store/store';
import { currentNetwork } from './network';
import type { ClusterParts } from './paths';
import { nodeOf, settingsFor, startProxy } from './proxy';

export interface ProxySync {
  node: string;
  /** What changed; undefined where nothing that is remembered did. */
  change: { what: string; service: string; revision: number } | undefined;
  modes: {
    mode: ProxyModeName;
    families: (SyncReport & { family: Family; counts: Readonly<Record<string, number>> })[];
  }[];
}

const SERVICES = 'services';
const SLICES = 'endpointslices.discovery.k8s.io';
const SERVICES_PREFIX = '/registry/core/services/';
const SLICES_PREFIX = '/registry/discovery.k8s.io/endpointslices/';
const SERVICE_NAME = 'kubernetes.io/service-name';

export async function lastSync(
  parts: ClusterParts,
  nodeName: string | undefined,
  mode: string | undefined,
): Promise<ProxySync> {
  const { network } = await currentNetwork(parts);
  const node = nodeOf(network, nodeName);
  const { settings } = parts.record;
  const last = await lastChange(parts.store);
  if (!last) return { node: node.name, change: undefined, modes: [] };
  const { service: key, what, revision } = last;
  const before = viewBefore(last, await currentObjects(parts.store, key));
  const now = network.service(key);
  const others = network.services().filter((service) => service.key !== key);
  const names = mode === undefined ? modeNames() : [settingsFor(settings, mode).mode];
  const modes: ProxySync['modes'] = [];
  for (const name of names) {
    const families: ProxySync['modes'][number]['families'] = [];
    for (const family of familiesOf(node)) {
      const proxy = await startProxy(node, family, settingsFor(settings, name), settings);
      proxy.sync(before ? [...others, before].sort((a, b) => (a.key < b.key ? -1 : 1)) : others);
      const report = proxy.syncService(key, now);
      families.push({ family, ...report, counts: proxy.counts() });
    }
    modes.push({ mode: name, families });
  }
  return { node: node.name, change: { what, service: key, revision }, modes };
}

interface LastChange {
  /** `endpointslice/web-x7k2p changed` */
  what: string;
  /** `namespace/name` */
  service: string;
  revision: number;
  change: Change;
}

/** The newest change of a service or a slice that the store remembers. */
async function lastChange(store: Store): Promise<LastChange | undefined> {
  let newest: LastChange | undefined;
  for (const change of await changesOf(store)) {
    const place = parseRegistryKey(change.key);
    if (place?.resource !== SERVICES && place?.resource !== SLICES) continue;
    const object = asObject(change.value);
    const { namespace = '', name = '', labels } = object.metadata;
    const owner = place.resource === SERVICES ? name : labels?.[SERVICE_NAME];
    if (owner === undefined) continue;
    const kind = place.resource === SERVICES ? 'service' : 'endpointslice';
    const verb = change.type === 'delete' ? 'deleted' : change.previous === undefined ? 'created' : 'changed';
    const { revision } = change;
    newest = { what: `${kind}/${name} ${verb}`, service: `${namespace}/${owner}`, revision, change };
  }
  return newest;
}

async function changesOf(store: Store): Promise<readonly Change[]> {
  const under = async (prefix: string) => {
    try {
      return (await store.changesUntilNow(0, prefix)).changes;
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      return (await store.changesUntilNow(error.oldest, prefix)).changes;
    }
  };
  const changes = [...(await under(SERVICES_PREFIX)), ...(await under(SLICES_PREFIX))];
  return changes.sort((a, b) => a.revision - b.revision);
}

interface ServiceObjects {
  service: KubeObject | undefined;
  slices: ReadonlyMap<string, KubeObject>;
}

async function currentObjects(store: Store, key: string): Promise<ServiceObjects> {
  const [namespace, name] = key.split('/');
  const service = await store.get(`${SERVICES_PREFIX}${namespace}/${name}`);
  const page = await store.range(`${SLICES_PREFIX}${namespace}/`);
  const slices = page.entries
    .map((entry) => [entry.key, asObject(entry.value)] as const)
    .filter(([, slice]) => slice.metadata.labels?.[SERVICE_NAME] === name);
  return { service: service && asObject(service.value), slices: new Map(slices) };
}

/** The service as it was before the change. */
function viewBefore({ change }: LastChange, { service, slices }: ServiceObjects): ServiceView | undefined {
  const previous = change.type === 'delete' ? change.value : change.previous;
  const was = previous === undefined ? undefined : asObject(previous);
  if (parseRegistryKey(change.key)?.resource === SERVICES) return was && serviceView(was, [...slices.values()]);
  if (!service) return undefined;
  const before = new Map(slices);
  if (was) before.set(change.key, was);
  else before.delete(change.key);
  return serviceView(
    service,
    [...before].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, slice]) => slice),
  );
}
