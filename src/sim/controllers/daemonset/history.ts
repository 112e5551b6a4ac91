/** The revisions of a DaemonSet's template (kubernetes `pkg/controller/daemon/update.go`, constructHistory). */
import { deepEqual } from '../../../apimachinery/json';
import { selectorOf } from '../../../apimachinery/labels';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import type { Context } from '../../controller';
import { claim, controllerReference } from '../claim';
import { byNumber, deleteRevision, maxRevisionNumber, REVISIONS, renumber, templatePatch } from '../history/revisions';
import { ownedOrOrphaned } from '../members';
import { PODS } from '../pod-control';
import { templateHash } from '../template-hash';
import { HASH_LABEL } from './placement';

const DAEMON_SETS = { group: 'apps', version: 'v1', resource: 'daemonsets' };

export interface DaemonHistory {
  current: KubeObject;
  old: KubeObject[];
}

/** The revision of the present template, made or renumbered where that is needed, and all others. */
export async function constructHistory(
  set: KubeObject,
  pods: readonly KubeObject[],
  context: Context,
): Promise<DaemonHistory> {
  const candidates = ownedOrOrphaned('controllerrevisions.apps', set, context.cache);
  const controlled = await claim(candidates, set, selectorOf(set['spec'].selector), REVISIONS, context);
  const same: KubeObject[] = [];
  const old: KubeObject[] = [];
  for (const revision of controlled) {
    const labelled = await withHashLabel(revision, context);
    (matches(set, labelled) ? same : old).push(labelled);
  }
  const number = maxRevisionNumber(old) + 1;
  if (same.length === 0) return { current: await snapshot(set, number, context), old };
  const current = await deduplicate(same, pods, context);
  return { current: current['revision'] < number ? await renumber(current, number, context) : current, old };
}

async function withHashLabel(revision: KubeObject, { client }: Context): Promise<KubeObject> {
  const { labels, name = '' } = revision.metadata;
  if (labels?.[HASH_LABEL] !== undefined) return revision;
  return client.update(REVISIONS, {
    ...revision,
    metadata: { ...revision.metadata, labels: { ...labels, [HASH_LABEL]: name } },
  });
}

/** Match */
function matches(set: KubeObject, revision: KubeObject): boolean {
  return deepEqual(templatePatch(set), revision['data']);
}

/** Writes down the present template; a name that another template has taken is counted, so that the next try hashes differently. */
async function snapshot(set: KubeObject, number: number, { client }: Context): Promise<KubeObject> {
  const { template } = set['spec'];
  const { namespace = '', annotations } = set.metadata;
  const hash = templateHash(template, set['status']?.collisionCount);
  const name = `${set.metadata.name}-${hash}`;
  try {
    return await client.create(REVISIONS, namespace, {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name,
        namespace,
        labels: { ...template.metadata?.labels, [HASH_LABEL]: hash },
        ...(annotations ? { annotations } : {}),
        ownerReferences: [controllerReference(set)],
      },
      data: templatePatch(set),
      revision: number,
    });
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error;
    const present = await client.get(REVISIONS, namespace, name);
    if (matches(set, present)) return present;
    const collisionCount = (set['status']?.collisionCount ?? 0) + 1;
    await client.updateStatus(DAEMON_SETS, { ...set, status: { ...set['status'], collisionCount } });
    throw error;
  }
}

/** Of revisions of the same template the latest stays, and the pods of the others become its own (dedupCurHistories). */
async function deduplicate(
  same: readonly KubeObject[],
  pods: readonly KubeObject[],
  context: Context,
): Promise<KubeObject> {
  const [kept, ...others] = [...same].sort(byNumber).reverse() as [KubeObject, ...KubeObject[]];
  if (others.length === 0) return kept;
  const hash = kept.metadata.labels?.[HASH_LABEL] ?? '';
  for (const { metadata } of pods) {
    if (metadata.labels?.[HASH_LABEL] === hash) continue;
    const patch = { metadata: { labels: { [HASH_LABEL]: hash } } };
    await context.client.patch(PODS, metadata.namespace ?? '', metadata.name ?? '', 'merge', patch);
  }
  for (const revision of others) await deleteRevision(revision, context);
  return kept;
}

/** Deletes the oldest revisions beyond revisionHistoryLimit that no pod is of (cleanupHistory). */
export async function cleanUpHistory(
  set: KubeObject,
  pods: readonly KubeObject[],
  old: readonly KubeObject[],
  context: Context,
): Promise<void> {
  let excess = old.length - (set['spec'].revisionHistoryLimit ?? 10);
  if (excess <= 0) return;
  const live = new Set(pods.map(({ metadata }) => metadata.labels?.[HASH_LABEL]));
  for (const revision of [...old].sort(byNumber)) {
    if (excess <= 0) return;
    if (live.has(revision.metadata.labels?.[HASH_LABEL])) continue;
    await deleteRevision(revision, context);
    excess--;
  }
}
