/** A cluster that is served has an authority of its own: from then on `kube-root-ca.crt` shows its certificate. */
import { isReason } from '../apimachinery/status';
import { Client } from '../client/client';
import { CONFIG_MAP_NAME } from '../sim/controllers/root-ca-cert-publisher/config-map';
import controller from '../sim/controllers/root-ca-cert-publisher/controller';
import type { Store } from '../store/store';
import { createCluster } from './cluster';
import { CLUSTER_KEY, formatClusterRecord, parseClusterRecord } from './cluster-record';

const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };

/** Writes the certificate into the cluster's record and the ConfigMaps that show the one before. Nothing to do the next time. */
export async function adoptAuthority(store: Store, certificate: string): Promise<void> {
  const entry = await store.get(CLUSTER_KEY);
  if (!entry) return;
  const record = parseClusterRecord(entry.value);
  if (record.settings.rootCertificate === certificate) return;
  record.settings = { ...record.settings, rootCertificate: certificate };
  await store.commit([{ key: CLUSTER_KEY, value: formatClusterRecord(record), expect: entry.revision }]);

  const cluster = await createCluster(store, { unguarded: true });
  const client = new Client(cluster, { user: controller.user, userAgent: controller.fieldManager });
  for (const { metadata } of (await client.list(NAMESPACES)).items) {
    try {
      const map = await client.get(CONFIG_MAPS, metadata.name as string, CONFIG_MAP_NAME);
      await client.update(CONFIG_MAPS, { ...map, data: { 'ca.crt': certificate } });
    } catch (error) {
      // Its controller makes it when time passes.
      if (!isReason(error, 'NotFound')) throw error;
    }
  }
}
