/**
 * Lets events go an hour after they were last written; in a real cluster etcd does it. A minute's events are one key, and go
 * together: a quiet day is not made of steps for single events.
 */
import type { Json } from '../../../apimachinery/json';
import { parseTime } from '../../../apimachinery/time';
import type { Controller } from '../../controller';
import { expiryOf } from '../../event-expiry';

const controller: Controller = {
  name: 'event-ttl-controller',
  user: 'system:apiserver',
  fieldManager: 'kube-apiserver',
  watches: [{ resource: 'events', keys: expiryOf }],
  reconcile(minute, { cache, client, clock }) {
    const left = (parseTime(minute) ?? 0) - clock.now();
    if (left > 0) return { requeueAfter: left, periodic: true };
    const keys = cache
      .index('events', 'expiry', minute)
      .map(({ metadata: { namespace = '', name = '' } }) => ({ namespace, name }));
    if (keys.length === 0) return undefined;
    return client.request({ method: 'DELETE', path: '/kubetick/events', body: { keys } as Json }).then(() => undefined);
  },
};
export default controller;
