/** A kubeconfig as kubectl's Go types write it: fields in the order of their structs, lists by name (clientcmd/api/v1). */
import type { Kubeconfig } from './kubeconfig';

const CONFIG = ['kind', 'apiVersion', 'preferences', 'clusters', 'users', 'contexts', 'current-context', 'extensions'];
const ENTRY: Record<string, readonly string[]> = {
  cluster: [
    ...['server', 'tls-server-name', 'insecure-skip-tls-verify', 'certificate-authority', 'certificate-authority-data'],
    ...['proxy-url', 'disable-compression', 'extensions'],
  ],
  context: ['cluster', 'user', 'namespace', 'extensions'],
  user: [
    ...['client-certificate', 'client-certificate-data', 'client-key', 'client-key-data', 'token', 'tokenFile', 'as'],
    ...['as-uid', 'as-groups', 'as-user-extra', 'username', 'password', 'auth-provider', 'exec', 'extensions'],
  ],
  exec: ['command', 'args', 'env', 'apiVersion', 'installHint', 'provideClusterInfo', 'interactiveMode'],
};

type Fields = Record<string, unknown>;

/** A copy; empty lists are null, and preferences are left out where there are none. */
export function inDeclaredOrder(config: Kubeconfig): Fields {
  const whole: Fields = { ...config };
  if (Object.keys(config.preferences ?? {}).length === 0) delete whole['preferences'];
  for (const [list, field] of Object.entries({ clusters: 'cluster', users: 'user', contexts: 'context' })) {
    const entries = whole[list] as ({ name: string } & Fields)[];
    whole[list] =
      entries.length === 0
        ? null
        : [...entries]
            .sort((a, b) => (a.name < b.name ? -1 : 1))
            .map((entry) => ({ name: entry.name, [field]: ordered(entry[field] as Fields, ENTRY[field]) }));
  }
  return ordered(whole, CONFIG);
}

/** Fields that no struct has come last, as they stand. */
function ordered(fields: Fields | null | undefined, names: readonly string[] = []): Fields {
  const out: Fields = {};
  for (const name of [...names, ...Object.keys(fields ?? {})]) {
    const value = fields?.[name];
    if (value !== undefined) out[name] = name === 'exec' ? ordered(value as Fields, ENTRY['exec']) : value;
  }
  return out;
}
