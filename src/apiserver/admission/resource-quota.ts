/**
 * ResourceQuota: nothing is made that its namespace has no quota left for, and what is made is charged at once (apiserver
 * `admission/plugin/resourcequota`). Quotas count from when their controller has first looked: their status says what is used.
 */
import { writtenTotals } from '../../apimachinery/resource-lists';
import { conflict } from '../../apimachinery/status';
import { formatTime } from '../../apimachinery/time';
import { updateManagedFields } from '../../merge/managed-fields/manager';
import { ConflictError, type Write } from '../../store/store';
import { storableValue } from '../object-writes';
import { type Charge, checkRequest } from '../quota/check-request';
import { evaluatorOf } from '../quota/evaluators';
import type { ServerCore } from '../request-context';
import { objectKey, resourcePrefix } from '../stored';
import type { AdmissionPlugin } from './plugin';

/** How often a charge is tried anew because the quota has changed meanwhile. */
const MAX_ATTEMPTS = 64;

export const resourceQuota: AdmissionPlugin = {
  name: 'ResourceQuota',

  handles(operation, { info }, subresource) {
    if (!info.namespaced || (operation !== 'CREATE' && operation !== 'UPDATE')) return false;
    return evaluatorOf(info.group, info.plural)?.handles(operation, subresource) ?? false;
  },

  async validate(attributes) {
    const { core, namespace, resource, dryRun } = attributes;
    const evaluator = evaluatorOf(resource.info.group, resource.info.plural);
    if (!evaluator) return;
    for (let attempt = 1; ; attempt++) {
      const quotas = await core.reader.list('', 'resourcequotas', namespace);
      if (quotas.length === 0) return;
      const charges = checkRequest(quotas, attributes, evaluator);
      if (charges.length === 0 || dryRun) return;
      try {
        await charge(core, charges);
        return;
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        if (attempt >= MAX_ATTEMPTS)
          throw conflict(
            { group: '', resource: 'resourcequotas' },
            quotas[0]?.metadata.name ?? '',
            'the object has been modified; please apply your changes to the latest version and try again',
          );
      }
    }
  },

  grounds: ({ namespace }) => ({ empty: [objectKey(resourcePrefix('', 'resourcequotas'), namespace, '')] }),
};

/** All of them or none. @throws ConflictError where one is not any more what was read. */
async function charge(core: ServerCore, charges: readonly Charge[]): Promise<void> {
  const resource = await core.catalog.find('', 'v1', 'resourcequotas');
  if (!resource) return;
  const writes = charges.map(({ quota, used }): Write => {
    const { namespace = '', name = '', resourceVersion } = quota.metadata;
    const object = {
      ...quota,
      metadata: { ...quota.metadata },
      status: { ...quota['status'], used: writtenTotals(used) },
    };
    const managedFields = updateManagedFields({
      live: quota,
      object,
      schema: resource.schema,
      manager: 'kube-apiserver',
      apiVersion: 'v1',
      subresource: 'status',
      now: formatTime(core.clock.now()),
    });
    if (managedFields) object.metadata.managedFields = managedFields;
    const key = objectKey(resourcePrefix('', 'resourcequotas'), namespace, name);
    return { key, value: storableValue(object), expect: Number(resourceVersion) };
  });
  await core.store.commit(writes);
}
