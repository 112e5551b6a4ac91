/** What a kubelet tells of the CSI drivers on its node (kubernetes `pkg/volume/csi/nodeinfomanager/nodeinfomanager.go`). */
import { type Json, jsonOf } from '../../apimachinery/json';
import type { KubeObject } from '../../apimachinery/meta';
import type { IndexedCache } from '../controller';
import { CSI_NAMES } from '../controllers/persistentvolume-binder/provisioner-names';
import { driverNamed } from '../controllers/volume-provisioner/drivers';

export const CSI_NODES = { group: 'storage.k8s.io', version: 'v1', resource: 'csinodes' };
export const CSI_NODE_RESOURCE = 'csinodes.storage.k8s.io';

/** Of a CSIDriver: how many of its volumes a node can have attached. */
const LIMIT = 'kubetick.dev/volumes-per-node';
/** Of a Node: the same for this one, `DRIVER=COUNT` parted by commas. */
export const NODE_LIMITS = 'kubetick.dev/volume-limits';

export const MIGRATED = 'storage.alpha.kubernetes.io/migrated-plugins';
const MIGRATED_PLUGINS = Object.keys(CSI_NAMES).sort().join(',');

/** With every driver that has a CSIDriver object and is not said to be nowhere. */
export function newCSINode(node: KubeObject, drivers: readonly KubeObject[]): KubeObject {
  const { name = '', uid = '' } = node.metadata;
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSINode',
    metadata: {
      name,
      annotations: { [MIGRATED]: MIGRATED_PLUGINS },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }],
    },
    spec: { drivers: jsonOf(drivers.map((driver) => registered(node, driver))) },
  };
}

/** The drivers as they should be told of the node; those that somebody else registered stay. */
export function driversOn(node: KubeObject, csiNode: KubeObject, cache: IndexedCache): Json[] {
  const present: { name: string }[] = csiNode['spec'].drivers ?? [];
  const known = cache.list('csidrivers.storage.k8s.io');
  const told = new Map(known.map((driver) => [driver.metadata.name ?? '', registered(node, driver)]));
  const kept = present.filter(({ name }) => !told.has(name));
  // What a driver told of a node does not change but for the count; its order is that of its coming.
  const again = present.filter(({ name }) => told.has(name)).map((one) => withCount(one, told.get(one.name)));
  const news = [...told].filter(([name]) => !present.some((one) => one.name === name)).map(([, driver]) => driver);
  return [...kept, ...again, ...news].map(jsonOf);
}

interface Registered {
  name: string;
  nodeID: string;
  topologyKeys: string[] | null;
  allocatable?: { count: number };
}

function registered(node: KubeObject, driver: KubeObject): Registered {
  const { name = '' } = driver.metadata;
  const key = driverNamed(name).topology;
  const hasKey = key !== undefined && node.metadata.labels?.[key] !== undefined;
  const count = limitOf(name, node) ?? numberOf(driver.metadata.annotations?.[LIMIT]);
  return {
    name,
    nodeID: node.metadata.name ?? '',
    topologyKeys: hasKey ? [key] : null,
    ...(count === undefined ? {} : { allocatable: { count } }),
  };
}

/** A count that somebody wrote there stays, unless an annotation tells another. */
function withCount(present: object, told: Registered | undefined): object {
  return told?.allocatable ? { ...present, allocatable: told.allocatable } : present;
}

function limitOf(driver: string, { metadata }: KubeObject): number | undefined {
  for (const part of (metadata.annotations?.[NODE_LIMITS] ?? '').split(',')) {
    const [name = '', count] = part.trim().split('=');
    if (name === driver) return numberOf(count);
  }
  return undefined;
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
