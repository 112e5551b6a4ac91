/** Controllers of pods, looked up in the cache, or asked of the API server; the scale of what is not well-known is asked in either case. */
import { controllerOf, type KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { Controller, ControllerLookup } from '../../../apimachinery/vertical-scaling/controllers';
import { type Client, type ResourcePath, resourcePath } from '../../../client/client';
import type { IndexedCache } from '../../controller';
import { resourceOf, type Scale } from '../horizontalpodautoscaler/target';

export function lookupIn(cache: IndexedCache, client: Client): ControllerLookup {
  return {
    find: (resource, namespace, name) => cache.get(resource, namespace, name),
    scale: (controller) => scaleOf(controller, resourceOf(controller, cache), client),
  };
}

const DEFINITIONS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };

/** Without a cache. */
export function lookupThrough(client: Client): ControllerLookup {
  return {
    async find(name, namespace, object): Promise<KubeObject | undefined> {
      const [resource = '', group = ''] = name.split('.');
      try {
        return await client.get({ group, version: 'v1', resource }, namespace, object);
      } catch (error) {
        if (isReason(error, 'NotFound')) return undefined;
        throw error;
      }
    },
    async scale(controller) {
      const { items } = await client.list(DEFINITIONS);
      return scaleOf(controller, resourceOf(controller, { list: () => items }), client);
    },
  };
}

async function scaleOf({ namespace, name }: Controller, path: ResourcePath, client: Client) {
  const scale = await client.request<Scale>({ method: 'GET', path: resourcePath(path, namespace, name, 'scale') });
  return { selector: scale.status?.selector ?? '', owner: controllerOf(scale) };
}
