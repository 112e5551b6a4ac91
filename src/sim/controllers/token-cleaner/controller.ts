/** Deletes bootstrap tokens that have expired (kubernetes `pkg/controller/bootstrap/tokencleaner.go`). */
import { isReason } from '../../../apimachinery/status';
import { BOOTSTRAP_TYPE, expirationOf } from '../../../apiserver/authenticators/bootstrap-token';
import type { Controller } from '../../controller';

const SECRETS = { group: '', version: 'v1', resource: 'secrets' };
const NAMESPACE = 'kube-system';

const controller: Controller = {
  name: 'token-cleaner',
  user: 'system:serviceaccount:kube-system:token-cleaner',
  fieldManager: 'kube-controller-manager',
  watches: [
    {
      resource: 'secrets',
      keys: (secret) =>
        secret['type'] === BOOTSTRAP_TYPE && secret.metadata.namespace === NAMESPACE
          ? [secret.metadata.name as string]
          : [],
    },
  ],
  async reconcile(name, { cache, client, clock }) {
    const secret = cache.get('secrets', NAMESPACE, name);
    const expires = secret && expirationOf(secret);
    // One that can't be read is over already, and is nobody's to delete.
    if (!secret || expires === undefined || Number.isNaN(expires)) return undefined;
    const left = expires - clock.now();
    if (left > 0) return { requeueAfter: left, periodic: true };
    const { uid = '' } = secret.metadata;
    try {
      await client.delete(SECRETS, NAMESPACE, name, { preconditions: { uid } });
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
    }
    return undefined;
  },
};

export default controller;
