/** Controllers of pods, looked up in the cache; the scale of what is not well-known is asked of the API server. */
import { controllerOf } from '../../../apimachinery/meta';
import type { ControllerLookup } from '../../../apimachinery/vertical-scaling/controllers';
import { type Client, resourcePath } from '../../../client/client';
import type { IndexedCache } from '../../controller';
import { resourceOf, type Scale } from '../horizontalpodautoscaler/target';

export function lookupIn(cache: IndexedCache, client: Client): ControllerLookup {
  return {
    find: (resource, namespace, name) => cache.get(resource, namespace, name),
    async scale({ apiVersion, kind, namespace, name }) {
      const path = resourceOf({ apiVersion, kind }, cache);
      const scale = await client.request<Scale>({ method: 'GET', path: resourcePath(path, namespace, name, 'scale') });
      return { selector: scale.status?.selector ?? '', owner: controllerOf(scale) };
    },
  };
}
