/** Says of each ResourceQuota what is used of it (kubernetes `pkg/controller/resourcequota`). */
import type { KubeObject } from '../../../apimachinery/meta';
import type { ResourcePath } from '../../../client/client';
import { builtinResources } from '../../../schema/resources';
import type { Controller, IndexedCache, ResourceName } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { countedResources, usageOf } from './usage';

const QUOTAS: ResourcePath = { group: '', version: 'v1', resource: 'resourcequotas' };
const DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io';

const controller: Controller = {
  name: 'resourcequota-controller',
  user: 'system:serviceaccount:kube-system:resourcequota-controller',
  fieldManager: 'kube-controller-manager',
  watches: [
    { resource: 'resourcequotas', keys: (quota) => [keyOf(quota)] },
    // Whatever comes, changes or goes may be counted. Admission has charged what came already.
    {
      resource: '*',
      when: (cache) => cache.count('resourcequotas') > 0,
      keys: (object, cache, _previous, resource = '') => counting(object, cache, resource),
    },
  ],
  async reconcile(key, { cache, client, clock }) {
    const { namespace, name } = splitKey(key);
    const quota = cache.get('resourcequotas', namespace, name);
    if (!quota) return undefined;
    const now = clock.now();
    const list = (resource: ResourceName) => (isServed(resource, cache) ? cache.list(resource, namespace) : undefined);
    const { status, changesAt } = usageOf(quota, list, now);
    if (status) await client.updateStatus(QUOTAS, { ...quota, status });
    return changesAt === undefined ? undefined : { requeueAfter: changesAt - now };
  },
};
export default controller;

/** The quotas of the object's namespace that count such objects. */
function counting(object: KubeObject, cache: IndexedCache, resource: ResourceName): string[] {
  const { namespace } = object.metadata;
  if (!namespace || cache.count('resourcequotas', namespace) === 0) return [];
  return cache
    .list('resourcequotas', namespace)
    .filter((quota) => countedResources(quota).has(resource))
    .map(keyOf);
}

function isServed(resource: ResourceName, cache: IndexedCache): boolean {
  const isBuiltin = builtinResources().some(
    ({ group, plural, namespaced }) => namespaced && resource === (group ? `${plural}.${group}` : plural),
  );
  return isBuiltin || cache.get(DEFINITIONS, '', resource)?.['spec']?.scope === 'Namespaced';
}
