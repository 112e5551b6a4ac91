/**
 * Has pods updated that request too little or too much, by what VerticalPodAutoscalers recommend, every minute (autoscaler
 * `vertical-pod-autoscaler/pkg/updater`, 1.8.0): evicted, so that they are made anew and admission gives them what is recommended; or
 * resized where they are. All autoscalers are gone through at the same instants.
 */
import type { KubeObject } from '../../../apimachinery/meta';
import { type VerticalPodAutoscaler, VPA_RESOURCE } from '../../../apimachinery/vertical-scaling/autoscaler';
import { FLAGS_NAME, FLAGS_NAMESPACE, readFlags } from '../../../apimachinery/vertical-scaling/flags';
import type { Controller } from '../../controller';
import { keyOf, splitKey } from '../../resource-names';
import { allIfFlags } from '../vpa-recommender/controller';
import { lookupIn } from '../vpa-recommender/lookup';
import { type Action, carryOut, isUpdating, plan } from './decide';
import { updatePod } from './update-pod';

const controller: Controller = {
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
    if (!vpa || !isUpdating(vpa)) return undefined;
    const now = clock.now();
    const { flags } = readFlags(cache.get('configmaps', FLAGS_NAMESPACE, FLAGS_NAME));
    const interval = flags.updaterInterval;
    const next = { requeueAfter: (Math.floor(now / interval) + 1) * interval - now, periodic: true };
    if (now % interval !== 0) return next;
    const surroundings = { cache, lookup: lookupIn(cache, client), now, flags };
    const planned = await plan(vpa, surroundings);
    await carryOut(vpa, planned, surroundings, async (action: Action, pod: KubeObject) => {
      const failure = await updatePod(action, pod, vpa, planned.ranges, client);
      if (failure !== undefined) return failure;
      if (action === 'resize')
        events.event(pod, 'Normal', 'InPlaceResizedByVPA', 'Pod was resized in place by VPA Updater.');
      else {
        const why = 'to apply resource recommendation.';
        events.event(pod, 'Normal', 'EvictedByVPA', `Pod was evicted by VPA Updater ${why}`);
        events.event(vpa, 'Normal', 'EvictedPod', `VPA Updater evicted Pod ${pod.metadata.name} ${why}`);
      }
      return undefined;
    });
    return next;
  },
};
export default controller;
