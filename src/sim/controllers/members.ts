/** Which objects a workload may have: found through the cache's indices, never by looking at all there are. */
import { allWhere } from '../../apimachinery/first-where';
import { type LabelSelectorObject, selectorOf } from '../../apimachinery/labels';
import { controllerOf, type KubeObject } from '../../apimachinery/meta';
import type { IndexedCache, ResourceName, Watch } from '../controller';
import { labelValue, selectorValue } from '../indices';
import { keyOf } from '../resource-names';

/** The selector of a workload, in its object form; a ReplicationController's is labels only. */
export function selectorObjectOf(workload: KubeObject): LabelSelectorObject | undefined {
  const { selector } = workload['spec'] ?? {};
  return workload.kind === 'ReplicationController' ? { matchLabels: selector ?? {} } : selector;
}

/** The pods of a namespace that a selector matches, in the order of their keys. */
export function podsMatching(
  namespace: string,
  selector: LabelSelectorObject | undefined,
  cache: IndexedCache,
): KubeObject[] {
  const matcher = selectorOf(selector);
  return allWhere(candidates(namespace, selector, cache), (pod) => matcher.matches(pod.metadata.labels));
}

/** Those that have the first label that is asked for. */
function candidates(
  namespace: string,
  selector: LabelSelectorObject | undefined,
  cache: IndexedCache,
): readonly KubeObject[] {
  if (!selector) return [];
  const first = Object.entries(selector.matchLabels ?? {})[0];
  return first ? cache.index('pods', 'label', labelValue(namespace, ...first)) : cache.list('pods', namespace);
}

/** The pods that a workload controls, and those without a controller that it may adopt. */
export function podsOwnedOrOrphaned(workload: KubeObject, cache: IndexedCache): KubeObject[] {
  const { namespace = '', uid = '' } = workload.metadata;
  const pods = controlledBy('pods', uid, cache);
  const orphans = cache.index('pods', 'orphan', namespace);
  if (orphans.length === 0) return pods;
  const matcher = selectorOf(selectorObjectOf(workload));
  return [...pods, ...allWhere(orphans, (pod) => matcher.matches(pod.metadata.labels))];
}

/** What a workload controls of a resource that has the index `orphan`, and what of it nobody controls. */
export function ownedOrOrphaned(resource: ResourceName, owner: KubeObject, cache: IndexedCache): KubeObject[] {
  const { namespace = '', uid = '' } = owner.metadata;
  return [...controlledBy(resource, uid, cache), ...cache.index(resource, 'orphan', namespace)];
}

function controlledBy(resource: ResourceName, uid: string, cache: IndexedCache): KubeObject[] {
  return allWhere(cache.ownedBy(resource, uid), (object) => controllerOf(object)?.uid === uid);
}

/**
 * Watches what workloads of one kind control: a change concerns its controller, now and before; that of an orphan those
 * that would adopt it. `minds` and `matters`: which changes of an object that stays make a difference to any of them; all unless told.
 */
export function watchControlled(
  resource: ResourceName,
  kind: string,
  workloads: ResourceName,
  { minds, matters }: Pick<Watch, 'minds'> & { matters?(object: KubeObject, previous: KubeObject): boolean } = {},
): Watch {
  return {
    resource,
    ...(minds === undefined ? {} : { minds }),
    keys(object, cache, previous) {
      const now = controllerOf(object);
      const before =
        previous && previous.metadata.ownerReferences !== object.metadata.ownerReferences
          ? controllerOf(previous)
          : now;
      // Most belong to workloads of another kind, which are watched by somebody else.
      if (now && now.kind !== kind && before?.kind !== kind) return NOBODY;
      const hasGone = previous === object;
      if (previous && !hasGone && matters?.(object, previous) === false) return NOBODY;
      const namespace = object.metadata.namespace ?? '';
      const keys: string[] = [];
      if (now?.kind === kind) keys.push(ownerKey(namespace, now.name));
      if (before?.kind === kind && before.name !== now?.name) keys.push(ownerKey(namespace, before.name));
      if (!now) for (const workload of selecting(object, workloads, cache)) keys.push(keyOf(workload));
      return keys;
    },
  };
}

const NOBODY: readonly string[] = [];

/** One text for what comes in rows: the pods of one owner. */
function ownerKey(namespace: string, name: string): string {
  if (namespace !== latest.namespace || name !== latest.name) latest = { namespace, name, key: `${namespace}/${name}` };
  return latest.key;
}

let latest = { namespace: '', name: '', key: '/' };

/** The workloads (or disruption budgets) whose selector matches an object's labels. */
export function selecting(object: KubeObject, workloads: ResourceName, cache: IndexedCache): KubeObject[] {
  const { labels = {}, namespace = '' } = object.metadata;
  if (cache.count(workloads, namespace) === 0) return [];
  const values = Object.entries(labels).map((label) => labelValue(namespace, ...label));
  return [...values, selectorValue(namespace, undefined)]
    .flatMap((value) => cache.index(workloads, 'selector', value))
    .filter((workload) => selectorOf(selectorObjectOf(workload)).matches(labels));
}
