/** Keeps the ConfigMap that says since when uses of tokens in secrets are noted (kubernetes `pkg/controlplane/controller/legacytokentracking`). */
import { isReason } from '../../../apimachinery/status';
import {
  dateOf,
  startOfDate,
  TOKEN_TYPE,
  TRACKING_NAME,
  TRACKING_NAMESPACE,
  trackingConfigMap,
} from '../../../apiserver/authenticators/legacy-tokens';
import type { Controller } from '../../controller';
import { unlessTerminating } from '../namespace/active';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const KEY = [TRACKING_NAME];

const controller: Controller = {
  name: 'legacy-token-tracking-controller',
  user: 'system:apiserver',
  fieldManager: 'kube-apiserver',
  watches: [
    {
      resource: 'configmaps',
      keys: ({ metadata: { name, namespace } }) =>
        name === TRACKING_NAME && namespace === TRACKING_NAMESPACE ? KEY : [],
    },
    // A cluster that was made before there was one: it gets it with its first such secret.
    { resource: 'secrets', keys: (secret) => (secret['type'] === TOKEN_TYPE ? KEY : []) },
  ],
  async reconcile(_key, { cache, client, clock }) {
    const map = cache.get('configmaps', TRACKING_NAMESPACE, TRACKING_NAME);
    if (map && startOfDate(map['data']?.since) !== undefined) return undefined;
    try {
      if (!map) await client.create(CONFIG_MAPS, TRACKING_NAMESPACE, trackingConfigMap(clock.now()));
      else await client.update(CONFIG_MAPS, { ...map, data: { ...map['data'], since: dateOf(clock.now()) } });
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) unlessTerminating(error);
    }
    return undefined;
  },
};

export default controller;
