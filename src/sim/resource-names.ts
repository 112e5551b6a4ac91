/** From keys of the store to names of resources and back: `/registry/apps/deployments/default/web` ↔ `deployments.apps`. */
import type { KubeObject } from '../apimachinery/meta';
import { parseGroupVersion } from '../apimachinery/meta';
import type { ResourcePath } from '../client/client';
import type { ResourceName } from './controller';

/** Where the objects live in the store. */
export const REGISTRY = '/registry/';

/** A key of the store, taken apart. `namespace` is '' for cluster-scoped objects. */
export interface RegistryKey {
  resource: ResourceName;
  namespace: string;
  name: string;
}

/** Takes `/registry/<group or core>/<resource>/[<namespace>/]<name>` apart; undefined for any other key. */
export function parseRegistryKey(key: string): RegistryKey | undefined {
  const resource = resourceOfKey(key);
  if (resource === undefined) return undefined;
  const afterNamespace = key.indexOf('/', latest.prefix.length);
  return {
    resource,
    namespace: afterNamespace < 0 ? '' : key.slice(latest.prefix.length, afterNamespace),
    name: key.slice(afterNamespace < 0 ? latest.prefix.length : afterNamespace + 1),
  };
}

/** The resource alone. */
export function resourceOfKey(key: string): ResourceName | undefined {
  // The keys of one resource come in rows.
  if (!key.startsWith(latest.prefix)) {
    const afterGroup = key.startsWith(REGISTRY) ? key.indexOf('/', REGISTRY.length) : -1;
    const afterPlural = afterGroup < 0 ? -1 : key.indexOf('/', afterGroup + 1);
    if (afterPlural < 0) return undefined;
    const group = key.slice(REGISTRY.length, afterGroup);
    const plural = key.slice(afterGroup + 1, afterPlural);
    latest = { prefix: key.slice(0, afterPlural + 1), resource: group === 'core' ? plural : `${plural}.${group}` };
  }
  const afterNamespace = key.indexOf('/', latest.prefix.length);
  if (afterNamespace >= 0 && key.indexOf('/', afterNamespace + 1) >= 0) return undefined;
  return latest.resource;
}

let latest = { prefix: `${REGISTRY}core/events/`, resource: 'events' };

/** `{group: 'apps', resource: 'deployments'}` of `deployments.apps`; the group is '' for `pods`. */
export function parseResourceName(resource: ResourceName): { group: string; resource: string } {
  const dot = resource.indexOf('.');
  return dot < 0 ? { group: '', resource } : { group: resource.slice(dot + 1), resource: resource.slice(0, dot) };
}

/** How a client reaches objects of this resource, in the version that this object of it is in. */
export function pathOf(resource: ResourceName, object: Pick<KubeObject, 'apiVersion'>): ResourcePath {
  const { group, resource: plural } = parseResourceName(resource);
  return { group, version: parseGroupVersion(object.apiVersion).version, resource: plural };
}

/** `namespace/name`, or `name` for a cluster-scoped object (cache.MetaNamespaceKeyFunc). */
export function keyOf({ metadata: { namespace = '', name = '' } }: KubeObject): string {
  // All who watch an object ask one after the other.
  if (name !== keyed.name || namespace !== keyed.namespace)
    keyed = { namespace, name, key: namespace ? `${namespace}/${name}` : name };
  return keyed.key;
}

let keyed = { namespace: '', name: '', key: '' };

/** The namespace ('' for none) and the name of `namespace/name` (cache.SplitMetaNamespaceKey). */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
