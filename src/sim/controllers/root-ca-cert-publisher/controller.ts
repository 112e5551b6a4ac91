/** Keeps the ConfigMap `kube-root-ca.crt` in each namespace (kubernetes `pkg/controller/certificates/rootcacertpublisher`). */
import { deepEqual } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { Context, Controller } from '../../controller';
import { isNamespaceActive, unlessTerminating } from '../namespace/active';
import { CONFIG_MAP_NAME, DESCRIPTION, DESCRIPTION_TEXT, rootCertificateConfigMap } from './config-map';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };

const controller: Controller = {
  name: 'root-ca-cert-publisher',
  user: 'system:serviceaccount:kube-system:root-ca-cert-publisher',
  fieldManager: 'kube-controller-manager',
  watches: [
    { resource: 'namespaces', keys: (namespace) => [namespace.metadata.name as string] },
    {
      resource: 'configmaps',
      keys: (map) => (map.metadata.name === CONFIG_MAP_NAME ? [map.metadata.namespace as string] : []),
    },
  ],
  reconcile(key, context) {
    if (!isNamespaceActive(context.cache, key)) return undefined;
    const map = context.cache.get('configmaps', key, CONFIG_MAP_NAME);
    if (!map) return create(key, context);
    const data = { 'ca.crt': context.settings.rootCertificate };
    if (deepEqual(map['data'], data) && map.metadata.annotations?.[DESCRIPTION]) return undefined;
    return update(map, data, context);
  },
};

async function create(namespace: string, { client, settings }: Context): Promise<undefined> {
  try {
    await client.create(CONFIG_MAPS, namespace, rootCertificateConfigMap(namespace, settings.rootCertificate));
  } catch (error) {
    if (!isReason(error, 'NotFound')) unlessTerminating(error);
  }
}

async function update(map: KubeObject, data: Record<string, string>, { client }: Context): Promise<undefined> {
  const annotations = { ...map.metadata.annotations, [DESCRIPTION]: DESCRIPTION_TEXT };
  await client.update(CONFIG_MAPS, { ...map, metadata: { ...map.metadata, annotations }, data });
}

export default controller;
