/** Gives each active namespace its ServiceAccount `default` (kubernetes `pkg/controller/serviceaccount/serviceaccounts_controller.go`). */
import { isReason } from '../../../apimachinery/status';
import type { Client } from '../../../client/client';
import type { Controller } from '../../controller';
import { isNamespaceActive, unlessTerminating } from '../namespace/active';
import { defaultServiceAccount } from './default-account';

const SERVICE_ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };

const controller: Controller = {
  name: 'service-account-controller',
  user: 'system:serviceaccount:kube-system:service-account-controller',
  fieldManager: 'kube-controller-manager',
  watches: [
    { resource: 'namespaces', keys: (namespace) => [namespace.metadata.name as string] },
    {
      resource: 'serviceaccounts',
      // Only its going matters; others come and go as they like.
      keys: (account) => (account.metadata.name === 'default' ? [account.metadata.namespace as string] : []),
    },
  ],
  reconcile(key, context) {
    if (!isNamespaceActive(context.cache, key)) return undefined;
    if (context.cache.get('serviceaccounts', key, 'default')) return undefined;
    return createDefaultAccount(context.client, key);
  },
};

/** Makes the account; somebody else may have, and the namespace may be on its way out. */
export async function createDefaultAccount(client: Client, namespace: string): Promise<undefined> {
  try {
    await client.create(SERVICE_ACCOUNTS, namespace, defaultServiceAccount(namespace));
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) unlessTerminating(error);
  }
}

export default controller;
