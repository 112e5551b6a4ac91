/**
 * How many pods a ReplicaSet or a ReplicationController has, without looking at each of them: there may be thousands, of which one
 * has changed.
 */
import { firstWhere } from '../../../apimachinery/first-where';
import { type LabelSelector, sameLabels, selectorFromLabels } from '../../../apimachinery/labels';
import { controllerOf, type KubeObject } from '../../../apimachinery/meta';
import { remembered } from '../../../apimachinery/remembered';
import type { IndexedCache, Located } from '../../controller';
import { isPodActive, isPodAvailable, isPodReady, isPodTerminating } from '../pod-state';

/** What status tells (calculateStatus). */
export interface PodCounts {
  active: number;
  fullyLabeled: number;
  ready: number;
  available: number;
  terminating: number;
}

type State = 'ready' | 'unready' | 'terminating';

/** Pods of one controller that have the same labels. */
interface Family {
  controller: string;
  labels: Record<string, string>;
  kinds: Readonly<Record<State, PodKind>>;
}

interface PodKind {
  family: Family;
  state: State;
}

/** @param minReadySeconds pods that have not been ready for so long are not available; 0: all that are ready are */
export function countsOf(
  owner: KubeObject,
  active: readonly KubeObject[],
  terminating: number,
  now: number,
): PodCounts {
  const { spec } = owner;
  const template = templateLabels(owner);
  const counts: PodCounts = { active: active.length, fullyLabeled: 0, ready: 0, available: 0, terminating };
  for (const pod of active) {
    if (template.matches(pod.metadata.labels ?? {})) counts.fullyLabeled++;
    if (!isPodReady(pod)) continue;
    counts.ready++;
    if (isPodAvailable(pod, spec.minReadySeconds ?? 0, now)) counts.available++;
  }
  return counts;
}

/**
 * The same from what the cache counts. Undefined where pods have to be looked at one by one: some are to be let go of or adopted,
 * or it is a matter of time whether they are available.
 */
export function countsAtOnce(owner: KubeObject, selector: LabelSelector, cache: IndexedCache): PodCounts | undefined {
  const { namespace = '', uid = '' } = owner.metadata;
  if ((owner['spec'].minReadySeconds ?? 0) > 0) return undefined;
  const orphans = cache.index('pods', 'orphan', namespace);
  if (firstWhere(orphans, (pod) => selector.matches(pod.metadata.labels ?? {}))) return undefined;
  const template = templateLabels(owner);
  const counts: PodCounts = { active: 0, fullyLabeled: 0, ready: 0, available: 0, terminating: 0 };
  for (const [{ family, state }, count] of cache.ownedKinds(uid, kindOf)) {
    const { controller, labels } = family;
    if (controller !== uid) continue;
    if (!selector.matches(labels)) {
      if (state !== 'terminating') return undefined;
    } else if (state === 'terminating') counts.terminating += count;
    else {
      counts.active += count;
      if (template.matches(labels)) counts.fullyLabeled += count;
      if (state === 'ready') counts.ready += count;
    }
  }
  counts.available = counts.ready;
  return counts;
}

function templateLabels(owner: KubeObject): LabelSelector {
  return selectorFromLabels(owner['spec'].template.metadata?.labels ?? {});
}

function kindOf({ resource, object }: Located): PodKind | undefined {
  if (resource !== 'pods') return undefined;
  const isActive = isPodActive(object);
  if (!isActive && !isPodTerminating(object)) return undefined;
  const controller = controllerOf(object)?.uid;
  if (controller === undefined) return undefined;
  const { labels = NO_LABELS } = object.metadata;
  // They come in rows.
  if (controller !== latest.controller || !sameLabels(labels, latest.labels))
    latest = familyNamed(JSON.stringify([controller, labels]));
  return latest.kinds[isActive ? (isPodReady(object) ? 'ready' : 'unready') : 'terminating'];
}

const NO_LABELS = Object.freeze({});

const familyNamed = remembered(10_000, (text): Family => {
  const [controller, labels] = JSON.parse(text);
  const family = { controller, labels } as Family;
  family.kinds = {
    ready: { family, state: 'ready' },
    unready: { family, state: 'unready' },
    terminating: { family, state: 'terminating' },
  };
  return family;
});

let latest = familyNamed('["",{}]');
