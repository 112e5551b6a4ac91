/**
 * NamespaceAutoProvision: a namespace that is named and not there is made. NamespaceExists: it must be there (kubernetes
 * `plugin/pkg/admission/namespace/autoprovision`, `exists`).
 */
import { notFound } from '../../apimachinery/status';
import { decodeValue } from '../../schema/decode';
import { ConflictError } from '../../store/store';
import { fillSystemFields, newUid } from '../object-life';
import { put } from '../object-writes';
import { isNamespaces } from '../served-resource';
import { objectKey, resourcePrefix } from '../stored';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin';

export const namespaceAutoProvision: AdmissionPlugin = {
  name: 'NamespaceAutoProvision',

  handles: (operation, resource) => operation === 'CREATE' && resource.info.namespaced,

  async admit(attributes) {
    const { core, namespace, dryRun } = attributes;
    if (dryRun || namespace === '' || (await isThere(attributes))) return;
    const resource = await core.catalog.find('', 'v1', 'namespaces');
    if (!resource) return;
    await resource.loadRules?.();
    const { object } = decodeValue(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace }, spec: {}, status: {} },
      resource.schema,
    );
    const key = objectKey(resourcePrefix('', 'namespaces'), '', namespace);
    const made = { ...object, apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    resource.definition.defaults?.(made);
    Object.assign(made, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
    fillSystemFields(made, core.clock, newUid(core.random, key, await core.store.revision()));
    try {
      await put(core.store, resource, key, made, 0);
    } catch (error) {
      // Somebody else was quicker.
      if (!(error instanceof ConflictError)) throw error;
    }
    await core.awaitDefaultAccount?.(namespace);
  },
};

export const namespaceExists: AdmissionPlugin = {
  name: 'NamespaceExists',

  handles: (operation, resource) => operation !== 'CONNECT' && resource.info.namespaced && !isNamespaces(resource),

  async validate(attributes) {
    const { namespace } = attributes;
    if (namespace !== '' && !(await isThere(attributes)))
      throw notFound({ group: '', resource: 'namespaces' }, namespace);
  },
};

async function isThere({ core, namespace }: AdmissionAttributes): Promise<boolean> {
  return (await core.reader.get('', 'namespaces', '', namespace)) !== undefined;
}
