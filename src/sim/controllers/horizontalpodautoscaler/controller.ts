/**
 * Scales what HorizontalPodAutoscalers name by what metrics say, every 15 seconds (kubernetes `pkg/controller/podautoscaler`).
 * All of them sync at the same instants, those that are whole multiples of the period: so it does not matter when a process
 * began to look.
 */

import type { KubeObject } from '../../../apimachinery/meta';
import { formatTime } from '../../../apimachinery/time';
import { STATUS } from '../../changed-parts';
import type { Instant } from '../../clock';
import type { Controller, IndexedCache } from '../../controller';
import { LOAD_RESOURCE } from '../../load/view';
import { keyOf, splitKey } from '../../resource-names';
import { isPodReady } from '../pod-state';
import { AUTOSCALER_RESOURCE, type Autoscaler, SYNC_PERIOD } from './autoscaler';
import { forget, recall } from './memory';
import { carryOut, deliberate, isMoving } from './sync';

const controller: Controller = {
  name: 'horizontal-pod-autoscaler',
  user: 'system:serviceaccount:kube-system:horizontal-pod-autoscaler',
  fieldManager: 'kube-controller-manager',
  watches: [
    { resource: AUTOSCALER_RESOURCE, keys: (autoscaler) => [keyOf(autoscaler)] },
    // Whether there is something to wait for: nothing is done before the next sync.
    {
      resource: 'pods',
      minds: STATUS,
      when: (cache) => cache.count(AUTOSCALER_RESOURCE) > 0,
      keys: (pod, cache, previous) => (previous && isPodReady(pod) === isPodReady(previous) ? [] : beside(pod, cache)),
    },
    { resource: LOAD_RESOURCE, keys: beside },
  ],
  async reconcile(key, context) {
    const { cache, client, clock, settings, runEnds } = context;
    const { namespace, name } = splitKey(key);
    const autoscaler = cache.get(AUTOSCALER_RESOURCE, namespace, name) as Autoscaler | undefined;
    if (!autoscaler) {
      await forget(client, key);
      return undefined;
    }
    const now = clock.now();
    const memory = await recall(client, key, autoscaler.metadata.uid ?? '');
    const decision = await deliberate(autoscaler, memory, { cache, client, now, settings });
    const isDue = now % SYNC_PERIOD === 0 && !isNew(autoscaler, now);
    if (isDue) await carryOut(autoscaler, decision, context);
    const requeueAfter = (Math.floor(now / SYNC_PERIOD) + 1) * SYNC_PERIOD - now;
    // Looking at what does not change is no reason for a settle to go on; where time just passes, nobody asks.
    const passes = runEnds !== undefined && now + requeueAfter < runEnds;
    return { requeueAfter, periodic: passes || !isMoving(autoscaler, decision) };
  },
};
export default controller;

/** It waits a period before its first sync, and does not scale twice at one instant. */
function isNew({ metadata, status }: Autoscaler, now: Instant): boolean {
  const time = formatTime(now);
  return metadata.creationTimestamp === time || status?.lastScaleTime === time;
}

/** The autoscalers of an object's namespace. */
function beside({ metadata }: KubeObject, cache: IndexedCache): readonly string[] {
  const { namespace = '' } = metadata;
  return cache.count(AUTOSCALER_RESOURCE, namespace) === 0 ? [] : cache.list(AUTOSCALER_RESOURCE, namespace).map(keyOf);
}
