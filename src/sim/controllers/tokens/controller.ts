/**
 * Fills secrets of type `kubernetes.io/service-account-token` with a token that has no end, and takes them away with their
 * account (kubernetes `pkg/controller/serviceaccount/tokens_controller.go`). Keys are `namespace/name` of secrets.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { TOKEN_TYPE } from '../../../apiserver/authenticators/legacy-tokens';
import { legacyClaims } from '../../../apiserver/authenticators/service-account-claims';
import type { Context, Controller, IndexedCache } from '../../controller';
import { unlessTerminating } from '../namespace/active';

const SERVICE_ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };
const SECRETS = { group: '', version: 'v1', resource: 'secrets' };
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

const controller: Controller = {
  name: 'serviceaccount-token-controller',
  user: 'system:kube-controller-manager',
  fieldManager: 'kube-controller-manager',
  watches: [
    { resource: 'secrets', keys: (secret) => (secret['type'] === TOKEN_TYPE ? [keyOf(secret)] : []) },
    { resource: 'serviceaccounts', keys: (account, cache) => secretsOf(account, cache).map(keyOf) },
  ],
  async reconcile(key, context) {
    const { cache } = context;
    const [namespace = '', name = ''] = key.split('/');
    const secret = cache.get('secrets', namespace, name);
    if (!secret) return forget(namespace, name, context);
    if (secret['type'] !== TOKEN_TYPE) return undefined;
    const account = accountOf(secret, cache);
    try {
      if (!account) await remove(secret, context);
      else await fill(secret, account, context);
    } catch (error) {
      if (!isReason(error, 'NotFound')) unlessTerminating(error);
    }
    return undefined;
  },
};

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function secretsOf({ metadata }: KubeObject, cache: IndexedCache): KubeObject[] {
  return cache
    .list('secrets', metadata.namespace)
    .filter((secret) => secret['type'] === TOKEN_TYPE && secret.metadata.annotations?.[ACCOUNT_NAME] === metadata.name);
}

/** The account that a secret names; undefined where there is none, or another one of that name by now. */
export function accountOf({ metadata }: KubeObject, cache: IndexedCache): KubeObject | undefined {
  const account = cache.get(
    'serviceaccounts',
    metadata.namespace as string,
    metadata.annotations?.[ACCOUNT_NAME] ?? '',
  );
  const uid = metadata.annotations?.[ACCOUNT_UID] ?? '';
  return account && (uid === '' || uid === account.metadata.uid) ? account : undefined;
}

async function remove({ metadata }: KubeObject, { client }: Context): Promise<void> {
  const { namespace = '', name = '', uid = '' } = metadata;
  await client.delete(SECRETS, namespace, name, { preconditions: { uid } });
}

/** removeSecretReference: no account refers to a token that is gone. */
async function forget(namespace: string, name: string, { cache, client }: Context): Promise<undefined> {
  for (const account of cache.list('serviceaccounts', namespace)) {
    const references: { name?: string }[] = account['secrets'] ?? [];
    const left = references.filter((one) => one.name !== name);
    if (left.length < references.length) await client.update(SERVICE_ACCOUNTS, { ...account, secrets: left });
  }
}

/** generateTokenIfNeeded: what there is stays. */
async function fill(secret: KubeObject, account: KubeObject, { client, settings, keys }: Context): Promise<void> {
  const data: Record<string, string> = { ...secret['data'] };
  const authority = btoa(settings.rootCertificate);
  if (data['ca.crt'] === authority && data['namespace'] && data['token']) return;
  data['ca.crt'] = authority;
  data['namespace'] ||= btoa(secret.metadata.namespace as string);
  data['token'] ||= btoa(await keys.signToken(legacyClaims(account, secret)));
  const annotations = {
    ...secret.metadata.annotations,
    [ACCOUNT_NAME]: account.metadata.name as string,
    [ACCOUNT_UID]: account.metadata.uid as string,
  };
  await client.update(SECRETS, { ...secret, metadata: { ...secret.metadata, annotations }, data });
}

export default controller;
