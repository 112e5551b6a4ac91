/** Which pods a Load is for, and since when they are ready: a total is shared by them. */
import { refersTo } from '../../apimachinery/load';
import { controllerOf, type KubeObject } from '../../apimachinery/meta';
import type { Instant } from '../clock';
import { readySince } from '../controllers/pod-state';
import { type DeclaredLoad, declaredLoad } from './declared-load';
import { type LoadView, loadsOf, OWNERS } from './view';

export interface Membership {
  /** What was declared for a pod: for itself, then for its owner, for the owner's owner … */
  loadsFor(pod: KubeObject): readonly DeclaredLoad[];
  /** How many pods of a Load were ready at an instant, as far as is known now. */
  readyAt(load: DeclaredLoad, instant: Instant): number;
}

const NONE: readonly DeclaredLoad[] = [];
const NOBODY: Membership = { loadsFor: () => NONE, readyAt: () => 0 };

interface Known {
  sources: readonly (readonly KubeObject[])[];
  membership: Membership;
}

/** By the list of a namespace's pods. */
const known = new WeakMap<readonly KubeObject[], Known>();

export function membershipOf(view: LoadView, namespace: string): Membership {
  const loads = loadsOf(view, namespace);
  if (loads.length === 0) return NOBODY;
  const pods = view.list('pods', namespace);
  const sources = [loads, ...OWNERS.map((resource) => view.list(resource, namespace))];
  const before = known.get(pods);
  if (before?.sources.every((source, i) => source === sources[i])) return before.membership;
  const membership = findMembers(pods, loads.map(declaredLoad), view);
  known.set(pods, { sources, membership });
  return membership;
}

function findMembers(pods: readonly KubeObject[], loads: readonly DeclaredLoad[], view: LoadView): Membership {
  const byOwner = new Map<string, readonly DeclaredLoad[]>();
  const byPod = new Map<string, readonly DeclaredLoad[]>();
  const ready = new Map<DeclaredLoad, Instant[]>();
  for (const pod of pods) {
    const [own, owners] = [loadsForObject(pod, loads), ownerLoads(pod, loads, view, byOwner)];
    // Pods of one owner share one list: what was worked out for one holds for all.
    const all = own.length === 0 ? owners : [...own, ...owners];
    if (all.length === 0) continue;
    byPod.set(pod.metadata.uid ?? '', all);
    const since = pod.metadata.deletionTimestamp === undefined ? readySince(pod) : undefined;
    if (since === undefined) continue;
    for (const load of all) {
      const instants = ready.get(load);
      if (instants) instants.push(since);
      else ready.set(load, [since]);
    }
  }
  for (const instants of ready.values()) instants.sort((a, b) => a - b);
  return {
    loadsFor: (pod) => byPod.get(pod.metadata.uid ?? '') ?? NONE,
    readyAt(load, instant) {
      const instants = ready.get(load) ?? [];
      let count = instants.length;
      while (count > 0 && (instants[count - 1] as Instant) > instant) count--;
      return count;
    },
  };
}

/** Of the one who controls an object, and so on upwards. Pods of one owner have the same, so it is looked up once. */
function ownerLoads(
  object: KubeObject,
  loads: readonly DeclaredLoad[],
  view: LoadView,
  byOwner: Map<string, readonly DeclaredLoad[]>,
): readonly DeclaredLoad[] {
  const reference = controllerOf(object);
  if (!reference) return NONE;
  let found = byOwner.get(reference.uid);
  if (!found) {
    // A circle of owners ends here.
    byOwner.set(reference.uid, NONE);
    const owner = view.byUid(reference.uid);
    const own = loads.filter(({ target }) => target && refersTo(target, reference));
    found = owner ? [...own, ...ownerLoads(owner, loads, view, byOwner)] : own;
    byOwner.set(reference.uid, found);
  }
  return found;
}

function loadsForObject({ apiVersion, kind, metadata }: KubeObject, loads: readonly DeclaredLoad[]): DeclaredLoad[] {
  return loads.filter(({ target }) => target && refersTo(target, { apiVersion, kind, name: metadata.name ?? '' }));
}
