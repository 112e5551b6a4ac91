/**
 * Recommends for VerticalPodAutoscalers what containers shall ask for, every minute (autoscaler `vertical-pod-autoscaler/pkg/recommender`,
 * 1.8.0). It updates no pod: see vpa-updater. All look at the same instants, those that are whole multiples of the period.
 */
import { jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { formatTime } from '../../../apimachinery/time';
import {
  type VerticalPodAutoscaler,
  VPA_CHECKPOINT_RESOURCE,
  VPA_RESOURCE,
  VPAS,
} from '../../../apimachinery/vertical-scaling/autoscaler';
import {
  FLAGS_NAME,
  FLAGS_NAMESPACE,
  isWatched,
  readFlags,
  type VpaFlags,
} from '../../../apimachinery/vertical-scaling/flags';
import { flagsOfVpa } from '../../../apimachinery/vertical-scaling/own-flags';
import type { Client } from '../../../client/client';
import type { Instant } from '../../clock';
import type { Context, Controller, IndexedCache } from '../../controller';
import { prepareUsage, UsageReader } from '../../load/usage-reader';
import { keyOf, splitKey } from '../../resource-names';
import { checkpointsOf, collectOrphans, isOneMissing, statusesOf, writeCheckpoints } from './checkpoints';
import { History } from './history';
import { look, podsMatched } from './look';
import { lookupIn } from './lookup';
import { forget, keep, recall } from './memory';
import { findTarget, isOfThisRecommender, reasonsFor, statusOf } from './recommend';
import { isWorthWriting } from './worth-writing';

/** ConfigMaps about which was complained in this process. */
const complained = new WeakSet<KubeObject>();

export default function recommender(): Controller {
  // What is remembered, as it came to be in this process: a shortcut, for it can be read again.
  const live = new Map<string, { uid: string; history: History }>();

  /** What was known before this look. */
  async function historyOf(
    key: string,
    uid: string,
    now: Instant,
    flags: VpaFlags,
    { client }: Context,
  ): Promise<History> {
    const previous = now - flags.interval;
    const known = live.get(key);
    if (known?.uid === uid && (known.history.at === previous || known.history.at === now)) return known.history;
    const history = (await recall(client, key, uid, flags)) ?? new History(previous);
    history.repeat(previous, flags);
    return history;
  }

  return {
    name: 'vpa-recommender',
    user: 'system:serviceaccount:kube-system:vpa-recommender',
    fieldManager: 'recommender',
    watches: [
      {
        resource: VPA_RESOURCE,
        // Its own status is nothing to look at.
        keys: (vpa, cache, previous) =>
          previous &&
          cache.get(VPA_RESOURCE, vpa.metadata.namespace ?? '', vpa.metadata.name ?? '') &&
          sameSpec(vpa, previous)
            ? []
            : [keyOf(vpa)],
      },
      {
        resource: VPA_CHECKPOINT_RESOURCE,
        keys({ metadata: { namespace = '' }, ['spec']: spec }, cache) {
          const vpa: string = spec?.vpaObjectName ?? '';
          return cache.get(VPA_RESOURCE, namespace, vpa) ? [] : [`${namespace}/${vpa}`];
        },
      },
      { resource: 'configmaps', keys: allIfFlags },
    ],
    async reconcile(key, context) {
      const { cache, client, clock, events, runEnds } = context;
      const { namespace, name } = splitKey(key);
      const vpa = cache.get(VPA_RESOURCE, namespace, name) as VerticalPodAutoscaler | undefined;
      const now = clock.now();
      const configMap = cache.get('configmaps', FLAGS_NAMESPACE, FLAGS_NAME);
      const { flags: common, complaints } = readFlags(configMap);
      const isSeen = isWatched(namespace, common);
      if (!vpa || !isSeen || !isOfThisRecommender(vpa, common)) {
        live.delete(key);
        await forget(client, key);
        if (vpa || !isSeen) return undefined;
        return collectOrphans(checkpointsOf(cache, namespace, name), client, now, common);
      }
      const flags = flagsOfVpa(vpa, common);
      const { interval } = flags;
      const periodic = { requeueAfter: (Math.floor(now / interval) + 1) * interval - now, periodic: true };
      if (now % interval !== 0 || vpa.metadata.creationTimestamp === formatTime(now)) return periodic;
      if (configMap && !complained.has(configMap)) {
        complained.add(configMap);
        for (const complaint of complaints) events.event(configMap, 'Warning', 'InvalidFlag', complaint);
      }

      const uid = vpa.metadata.uid ?? '';
      const target = await findTarget(vpa, lookupIn(cache, client));
      const pods = podsMatched(namespace, target.selector, cache);
      const history = await historyOf(key, uid, now, flags, context);
      if (history.at !== now) {
        live.delete(key);
        await prepareUsage(cache);
        const isNews = history.look(look(pods, new UsageReader(cache, now)), now, flags);
        if (isNews) await keep(client, key, uid, history);
        live.set(key, { uid, history });
      }
      const reasons = reasonsFor(vpa, history, target.selector, flags);
      const status = statusOf(vpa, reasons, target, pods.length > 0, now);
      if (isWorthWriting(vpa, status, pods, now + interval >= (runEnds ?? now)))
        await writeStatus(client, namespace, name, status);
      if (isOneMissing(vpa, history, target.selector, cache))
        await writeCheckpoints(client, namespace, name, statusesOf(history, target.selector, flags));
      return periodic;
    },
  };
}

/** UpdateVpaStatusIfNeeded */
async function writeStatus(client: Client, namespace: string, name: string, status: object): Promise<void> {
  try {
    const patch = [{ op: 'add', path: '/status', value: jsonOf(status) }];
    await client.patch(VPAS, namespace, name, 'json', patch, undefined, 'status');
  } catch (error) {
    // It went in this very step.
    if (!isReason(error, 'NotFound')) throw error;
  }
}

function sameSpec(vpa: KubeObject, previous: KubeObject): boolean {
  return vpa.metadata.uid === previous.metadata.uid && vpa.metadata.generation === previous.metadata.generation;
}

/** All autoscalers, where flags have changed. */
export function allIfFlags({ metadata }: KubeObject, cache: IndexedCache): readonly string[] {
  if (metadata.name !== FLAGS_NAME || metadata.namespace !== FLAGS_NAMESPACE) return [];
  return cache.list(VPA_RESOURCE).map(keyOf);
}
