/** The revisions of a StatefulSet: which is current, which its pods are to become, and how many are kept. */
import type { KubeObject } from '../../../apimachinery/meta';
import type { Context } from '../../controller';
import {
  createRevision,
  deleteRevision,
  maxRevisionNumber,
  newRevision,
  renumber,
  sameRevision,
} from '../history/revisions';
import { revisionOfPod } from './identity';

export interface SetRevisions {
  current: KubeObject;
  update: KubeObject;
  collisionCount: number;
}

/**
 * The current and the update revision, which is made where the template is new and renumbered where it is an old one again
 * (stateful_set_control.go getStatefulSetRevisions). `revisions` are all there are, in order.
 */
export async function setRevisions(
  set: KubeObject,
  revisions: readonly KubeObject[],
  context: Context,
): Promise<SetRevisions> {
  let collisionCount: number = set['status']?.collisionCount ?? 0;
  const number = maxRevisionNumber(revisions) + 1;
  const wanted = newRevision(set, number, collisionCount);
  const equal = revisions.filter((revision) => sameRevision(revision, wanted)).at(-1);
  const latest = revisions.at(-1);
  let update: KubeObject;
  if (equal && latest && sameRevision(latest, equal)) update = latest;
  else if (equal) update = await renumber(equal, number, context);
  else {
    const created = await createRevision(set, wanted, collisionCount, context);
    update = created.revision;
    collisionCount = created.collisionCount;
  }
  const current = revisions.find(({ metadata }) => metadata.name === set['status']?.currentRevision);
  return { current: current ?? update, update, collisionCount };
}

/** Deletes the oldest revisions beyond revisionHistoryLimit that no pod is of (truncateHistory). */
export async function truncateHistory(
  set: KubeObject,
  pods: readonly KubeObject[],
  revisions: readonly KubeObject[],
  { current, update }: SetRevisions,
  context: Context,
): Promise<void> {
  const limit: number = set['spec'].revisionHistoryLimit ?? 10;
  const live = new Set([current.metadata.name, update.metadata.name, ...pods.map(revisionOfPod)]);
  const past = revisions.filter(({ metadata }) => !live.has(metadata.name));
  if (limit < 0 || past.length <= limit) return;
  for (const revision of past.slice(0, past.length - limit)) await deleteRevision(revision, context);
}
