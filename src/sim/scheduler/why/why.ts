/** Answers `/kubetick/why/pods/…` and `/kubetick/why/nodes/…`. */
import type { Json } from '../../../apimachinery/json';
import { groupOfNode } from '../../../apimachinery/node-groups';
import { notFound } from '../../../apimachinery/status';
import type { ObjectCache } from '../../cache';
import type { Instant } from '../../clock';
import type { Settings } from '../../controller';
import { viewOf } from '../cluster-view';
import { profilesOf } from '../configuration/configuration';
import { createProfile, type Profile } from '../profile';
import { explainNode } from './explain-node';
import { explainPod } from './explain-pod';

/** @throws ApiError 404 where there is no such pod, or no such node to be `on`. */
export function whyPod(
  cache: ObjectCache,
  { scheduler }: Settings,
  namespace: string,
  name: string,
  on?: string,
): Json {
  const pod = cache.get('pods', namespace, name);
  if (!pod) throw notFound({ group: '', resource: 'pods' }, name);
  if (on && !cache.get('nodes', '', on)) throw notFound({ group: '', resource: 'nodes' }, on);
  const view = viewOf(cache);
  return explainPod(pod, view, profilesFor(scheduler, view), on) as unknown as Json;
}

/** @throws ApiError 404 where there is no such node. */
export async function whyNode(cache: ObjectCache, settings: Settings, now: Instant, name: string): Promise<Json> {
  const view = viewOf(cache);
  const node = view.nodes.get(name);
  if (!node) throw notFound({ group: '', resource: 'nodes' }, name);
  const told = explainNode(node, cache.list('pods'), view, profilesFor(settings.scheduler, view));
  if (groupOfNode(node.node) !== undefined) {
    const { scaleDownOf } = await import('../../cluster-autoscaler/why');
    const scaleDown = await scaleDownOf(cache, settings, now, name);
    if (scaleDown) told.scaleDown = scaleDown;
  }
  return told as unknown as Json;
}

function profilesFor(written: Settings['scheduler'], view: ReturnType<typeof viewOf>): Map<string, Profile> {
  return new Map(profilesOf(written).map((one) => [one.schedulerName, createProfile(one, view)]));
}
