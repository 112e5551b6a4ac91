/** The kubeconfig for clients of a served cluster: its entries go by the name kubetick; what else is in the file stays. */
import type { Json } from '../../apimachinery/json';
import type { ServedFolder } from '../../server/serve-folder';
import { toYaml } from '../../yaml/write';
import { inDeclaredOrder } from '../kubeconfig/declared-order';
import { fileStorage, KubeconfigFile } from '../kubeconfig/kubeconfig-file';

const NAME = 'kubetick';

export async function writeClientConfig(path: string, { endpoint, credentials }: ServedFolder): Promise<void> {
  const storage = fileStorage(path);
  const config = await new KubeconfigFile(path, storage, false).load();
  put(config.clusters, {
    name: NAME,
    cluster: { server: endpoint, 'certificate-authority-data': base64(credentials.authority) },
  });
  put(config.users, {
    name: NAME,
    user: {
      'client-certificate-data': base64(credentials.admin.certificate),
      'client-key-data': base64(credentials.admin.key),
    },
  });
  put(config.contexts, { name: NAME, context: { cluster: NAME, user: NAME } });
  config['current-context'] = NAME;
  await storage.write(toYaml(inDeclaredOrder(config) as Json));
}

function put<T extends { name: string }>(entries: T[], entry: T): void {
  const at = entries.findIndex(({ name }) => name === entry.name);
  if (at < 0) entries.push(entry);
  else entries[at] = entry;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
