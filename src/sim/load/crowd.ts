/**
 * Pods that are alike, counted: of a thousand that do the same, one is measured. Worked out once for each list of pods, which the
 * cache keeps until one of them changes.
 */
import type { KubeObject } from '../../apimachinery/meta';
import type { Instant } from '../clock';
import type { DeclaredLoad } from './declared-load';
import type { Membership } from './members';
import { factsOf } from './pod-facts';

export interface Crowd {
  /** When the last of them got ready, or had a container started. */
  youngest: Instant;
  /** In the order of the first of each kind. */
  kinds: readonly { pod: KubeObject; count: number }[];
}

interface Known {
  membership: Membership;
  crowd: Crowd | undefined;
}

const known = new WeakMap<readonly KubeObject[], Known>();

/** Undefined where not all of them run and are ready, or some load is not the same for all. */
export function crowdOf(pods: readonly KubeObject[], membership: Membership): Crowd | undefined {
  const before = known.get(pods);
  if (before?.membership === membership) return before.crowd;
  const crowd = count(pods, membership);
  known.set(pods, { membership, crowd });
  return crowd;
}

function count(pods: readonly KubeObject[], membership: Membership): Crowd | undefined {
  const byLoads = new Map<readonly DeclaredLoad[], Map<object, { pod: KubeObject; count: number }>>();
  const kinds: { pod: KubeObject; count: number }[] = [];
  let youngest = 0;
  for (const pod of pods) {
    const facts = factsOf(pod);
    if (facts.containers.length === 0 || facts.readySince === undefined || facts.startedAt === undefined)
      return undefined;
    youngest = Math.max(youngest, facts.youngest, facts.readySince);
    const loads = membership.loadsFor(pod);
    let byShape = byLoads.get(loads);
    if (!byShape) {
      if (loads.some(({ differs }) => differs)) return undefined;
      byShape = new Map();
      byLoads.set(loads, byShape);
    }
    const kind = byShape.get(facts.shape);
    if (kind) kind.count++;
    else {
      const first = { pod, count: 1 };
      byShape.set(facts.shape, first);
      kinds.push(first);
    }
  }
  return { youngest, kinds };
}
