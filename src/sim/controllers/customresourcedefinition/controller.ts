/**
 * The controllers of custom kinds, which run in the API server: names, establishing, approval, finalizer. Most of their work is
 * done at once (see settle.ts); what has to wait for objects with finalizers is looked at as time passes.
 */
import { formatTime } from '../../../apimachinery/time';
import { specOf } from '../../../apiserver/custom/definition';
import type { Controller } from '../../controller';
import { cleanUp, needsCleanup, POLL_INTERVAL } from './finalizer';
import { nextStatus, writeStatus } from './settle';

const RESOURCE = 'customresourcedefinitions.apiextensions.k8s.io';

const controller: Controller = {
  name: 'customresourcedefinition-controller',
  user: 'system:apiserver',
  fieldManager: 'kube-apiserver',
  watches: [
    {
      resource: RESOURCE,
      // A name that is given up may be what another of the group waits for.
      keys: (definition, cache) =>
        cache
          .list(RESOURCE)
          .filter((other) => specOf(other).group === specOf(definition).group)
          .map((other) => other.metadata.name as string),
    },
  ],
  async reconcile(key, { cache, client, clock }) {
    const definition = cache.get(RESOURCE, '', key);
    if (!definition) return undefined;
    const now = () => formatTime(clock.now());
    if (needsCleanup(definition)) {
      const left = await cleanUp(definition, client, now);
      return left > 0 ? { requeueAfter: POLL_INTERVAL, periodic: true } : undefined;
    }
    const status = nextStatus(definition, cache.list(RESOURCE), now());
    if (status) await writeStatus(definition, status, client);
    return undefined;
  },
};

export default controller;
