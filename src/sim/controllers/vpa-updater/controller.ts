/**
 * Has pods updated that request too little or too much, by what VerticalPodAutoscalers recommend, every minute (autoscaler
 * `vertical-pod-autoscaler/pkg/updater`, 1.8.0): evicted, so that they are made anew and admission gives them what is recommended; or
 * resized where they are. All autoscalers are gone through at the same instants.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { type VerticalPodAutoscaler, VPA_RESOURCE } from '../../../apimachinery/vertical-scaling/autoscaler';
import {
  FLAGS_NAME,
  FLAGS_NAMESPACE,
  isWatched,
  readFlags,
  type VpaFlags,
} from '../../../apimachinery/vertical-scaling/flags';
import { flagsOfVpa } from '../../../apimachinery/vertical-scaling/own-flags';
import type { Instant } from '../../clock';
import type { Controller, IndexedCache } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { allIfFlags } from '../vpa-recommender/controller';
import { lookupIn } from '../vpa-recommender/lookup';
import { type Action, carryOut, isUpdating, plan } from './decide';
import { EVICTED, type RateLimit, RESIZED, rateLimit } from './rate-limit';
import { updatePod } from './update-pod';

export default function updater(): Controller {
  /** All autoscalers of one step share them: what was taken in it is not to be read in events yet. */
  let limits: { at: Instant; evict: RateLimit; resize: RateLimit } | undefined;

  function limitsAt(now: Instant, lookBegan: Instant, flags: VpaFlags, cache: IndexedCache) {
    if (limits?.at !== now)
      limits = {
        at: now,
        evict: rateLimit(EVICTED, flags, cache, lookBegan),
        resize: rateLimit(RESIZED, flags, cache, lookBegan),
      };
    return limits;
  }

  return {
    name: 'vpa-updater',
    user: 'system:serviceaccount:kube-system:vpa-updater',
    fieldManager: 'updater',
    watches: [
      {
        resource: VPA_RESOURCE,
        keys: (vpa, _, previous) =>
          previous && vpa.metadata.generation === previous.metadata.generation ? [] : [keyOf(vpa)],
      },
      { resource: 'configmaps', keys: allIfFlags },
    ],
    async reconcile(key, { cache, client, clock, events }) {
      const { namespace, name } = splitKey(key);
      const vpa = cache.get(VPA_RESOURCE, namespace, name) as VerticalPodAutoscaler | undefined;
      const { flags: common } = readFlags(cache.get('configmaps', FLAGS_NAMESPACE, FLAGS_NAME));
      if (!vpa || !isUpdating(vpa) || !isWatched(namespace, common)) return undefined;
      const now = clock.now();
      const flags = flagsOfVpa(vpa, common);
      const interval = flags.updaterInterval;
      const lookBegan = Math.floor(now / interval) * interval;
      const next = { requeueAfter: lookBegan + interval - now, periodic: true };
      const limited = flags.evictionRate > 0 ? limitsAt(now, lookBegan, flags, cache) : undefined;
      if (now !== lookBegan && !limited?.evict.isInUse && !limited?.resize.isInUse) return next;
      const surroundings = { cache, lookup: lookupIn(cache, client), now, flags };
      const planned = await plan(vpa, surroundings, vpa, lookBegan);
      let again = Number.POSITIVE_INFINITY;
      const mayGoOn = (action: Action): boolean => {
        if (!limited || limited[action].take(now)) return true;
        again = limited[action].next();
        return false;
      };
      await carryOut(vpa, planned, surroundings, mayGoOn, async (action: Action, pod: KubeObject) => {
        const failure = await updatePod(action, pod, vpa, planned.ranges, client);
        if (failure !== undefined) return failure;
        if (action === 'resize') events.event(pod, 'Normal', RESIZED, 'Pod was resized in place by VPA Updater.');
        else {
          const why = 'to apply resource recommendation.';
          events.event(pod, 'Normal', EVICTED, `Pod was evicted by VPA Updater ${why}`);
          events.event(vpa, 'Normal', 'EvictedPod', `VPA Updater evicted Pod ${pod.metadata.name} ${why}`);
        }
        return undefined;
      });
      return again < lookBegan + interval ? { requeueAfter: again - now, periodic: true } : next;
    },
  };
}
