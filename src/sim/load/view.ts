/** What load needs to see of a cluster: the cache of the simulation is one, a snapshot of the store another. */
import type { KubeObject } from '../../apimachinery/meta';
import type { IndexedCache } from '../controller';

/** Lists are the same arrays until something in them changes: what was worked out of them is kept by them. */
export type LoadView = Pick<IndexedCache, 'list' | 'get' | 'byUid' | 'index'>;

/** Who owns pods and is owned in turn: between a pod and the object that a Load is for. */
export const OWNERS = [
  'replicasets.apps',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'jobs.batch',
  'replicationcontrollers',
] as const;

export const LOAD_RESOURCE = 'loads.kubetick.dev';

/** kwok's kinds. */
export const USAGES = 'resourceusages.kwok.x-k8s.io';
export const CLUSTER_USAGES = 'clusterresourceusages.kwok.x-k8s.io';

export function hasKwokUsages(view: LoadView): boolean {
  return view.list(USAGES).length > 0 || view.list(CLUSTER_USAGES).length > 0;
}

export function loadsOf(view: LoadView, namespace: string): readonly KubeObject[] {
  return view.list(LOAD_RESOURCE, namespace);
}
