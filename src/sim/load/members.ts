/** Which pods a Load is for, and since when they are ready: a total is shared by them. */
import { refersTo } from '../../apimachinery/load';
import { controllerOf, type KubeObject } from '../../apimachinery/meta';
import type { Instant } from '../clock';
import { type DeclaredLoad, declaredLoad } from './declared-load';
import { factsOf } from './pod-facts';
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
  const ownLoads = loads.filter(({ target }) => target?.kind === 'Pod');
  const byPod = new Map<string, readonly DeclaredLoad[]>();
  // Pods of one owner share one list: what was worked out for one holds for all.
  const loadsFor = (pod: KubeObject) => {
    const owners = ownerLoads(pod, loads, view, byOwner);
    if (ownLoads.length === 0) return owners;
    const { uid = '' } = pod.metadata;
    let all = byPod.get(uid);
    if (!all) {
      const own = loadsForObject(pod, ownLoads);
      all = own.length === 0 ? owners : [...own, ...owners];
      byPod.set(uid, all);
    }
    return all;
  };
  let ready: Map<DeclaredLoad, Readiness> | undefined;
  return {
    loadsFor,
    readyAt(load, instant) {
      ready ??= readinessBy(pods, loadsFor);
      const { instants, last } = ready.get(load) ?? NEVER;
      // Mostly all have been ready for long.
      return last <= instant ? instants.length : instants.filter((since) => since <= instant).length;
    },
  };
}

/** Since when the pods of a Load are ready, and the last of them. */
interface Readiness {
  instants: Instant[];
  last: Instant;
}

const NEVER: Readiness = { instants: [], last: 0 };

function readinessBy(
  pods: readonly KubeObject[],
  loadsFor: (pod: KubeObject) => readonly DeclaredLoad[],
): Map<DeclaredLoad, Readiness> {
  const ready = new Map<DeclaredLoad, Readiness>();
  for (const pod of pods) {
    const { readySince } = factsOf(pod);
    if (readySince === undefined) continue;
    for (const load of loadsFor(pod)) {
      const known = ready.get(load);
      if (known) {
        known.instants.push(readySince);
        known.last = Math.max(known.last, readySince);
      } else ready.set(load, { instants: [readySince], last: readySince });
    }
  }
  return ready;
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
