/** A quota that was just written, counted at once: in a real cluster that takes the blink of an eye, and until then it holds nobody back. */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { Client, ResourcePath } from '../../../client/client';
import { builtinResources } from '../../../schema/resources';
import { countedResources, usageOf } from './usage';

const QUOTAS: ResourcePath = { group: '', version: 'v1', resource: 'resourcequotas' };
const DEFINITIONS: ResourcePath = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
};

export async function countAtOnce(quota: KubeObject, client: Client, now: number): Promise<void> {
  const objects = new Map<string, readonly KubeObject[]>();
  try {
    for (const resource of countedResources(quota).keys()) {
      const path = await pathOf(resource, client);
      if (path) objects.set(resource, (await client.list(path, quota.metadata.namespace ?? '')).items);
    }
    const { status } = usageOf(quota, (resource) => objects.get(resource), now);
    if (status) await client.updateStatus(QUOTAS, { ...quota, status });
  } catch (error) {
    // Somebody was faster, or it is gone again: the controller looks anew when time moves.
    if (!isReason(error, 'Conflict') && !isReason(error, 'NotFound')) throw error;
  }
}

/** Where the objects of `deployments.apps` are; undefined when there is no such resource in namespaces. */
async function pathOf(resource: string, client: Client): Promise<ResourcePath | undefined> {
  const builtin = builtinResources().find(
    ({ group, plural, namespaced }) => namespaced && resource === (group ? `${plural}.${group}` : plural),
  );
  if (builtin) return { group: builtin.group, version: builtin.version, resource: builtin.plural };
  // Its controller may list everything, and get nothing.
  const { items } = await client.list(DEFINITIONS, '', { fieldSelector: `metadata.name=${resource}` });
  const spec = items[0]?.['spec'];
  const versions: { name: string; served: boolean }[] = spec?.versions ?? [];
  const version = versions.find(({ served }) => served)?.name;
  if (spec?.scope !== 'Namespaced' || !version) return undefined;
  return { group: spec.group, version, resource: spec.names.plural };
}
