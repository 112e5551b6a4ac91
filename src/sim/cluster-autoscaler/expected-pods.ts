/**
 * Pods that their controllers have not made yet, imagined for --enable-proactive-scaleup as copies of the youngest that they have
 * (autoscaler `processors/podinjection`). Controllers whose copies nobody helps are to be left alone for a while; upstream notes the
 * names of the copies for that instead of the controllers', so that it never comes to it, and here it does not, either.
 */
import { controllerOf, type KubeObject } from '../../apimachinery/meta';
import type { IndexedCache } from '../controller';
import { PodInfo, unplaced } from '../scheduler/pod-info';
import type { Options } from './options';
import { createdAt } from './pods';
import type { Snapshot } from './snapshot';

const FAKE = 'podtype';
const FAKE_VALUE = 'fakepod';

export function isExpected({ pod }: PodInfo): boolean {
  return pod.metadata.annotations?.[FAKE] === FAKE_VALUE;
}

interface Group {
  wanted: number;
  count: number;
  youngest?: KubeObject;
}

/** Of each controller that has a pod as many as it lacks. */
export function expectedPods(
  unschedulable: readonly PodInfo[],
  snapshot: Snapshot,
  cache: Pick<IndexedCache, 'list'>,
): PodInfo[] {
  const groups = controllersIn(cache);
  for (const { pods } of snapshot.view.nodes.values()) for (const { pod } of pods.values()) count(pod, groups);
  for (const { pod } of unschedulable) count(pod, groups);
  for (const pod of cache.list('pods')) if ((pod['spec'].schedulingGates ?? []).length > 0) count(pod, groups);
  return [...groups].flatMap(([uid, { wanted, count: present, youngest }]) =>
    youngest ? Array.from({ length: Math.max(0, wanted - present) }, (_, i) => copyOf(youngest, uid, i + 1)) : [],
  );
}

/** No more of them than this, all pods that need help together (EnforceInjectedPodsLimitProcessor). */
export function limitExpected(pods: readonly PodInfo[], options: Options): PodInfo[] {
  let surplus = pods.length - options.number('pod-injection-limit');
  return pods.filter((pod) => !isExpected(pod) || surplus-- <= 0);
}

function controllersIn(cache: Pick<IndexedCache, 'list'>): Map<string, Group> {
  const groups = new Map<string, Group>();
  const add = ({ metadata }: KubeObject, wanted: number) => groups.set(metadata.uid ?? '', { wanted, count: 0 });
  for (const set of cache.list('replicasets.apps')) add(set, set['spec'].replicas ?? 0);
  for (const job of cache.list('jobs.batch')) add(job, wantedBy(job));
  // Those that are made one after the other take their time anyway.
  for (const set of cache.list('statefulsets.apps'))
    if (set['spec'].podManagementPolicy === 'Parallel') add(set, set['spec'].replicas ?? 0);
  return groups;
}

/** desiredReplicasFromJob */
function wantedBy(job: KubeObject): number {
  const { parallelism = 1, completions } = job['spec'];
  const succeeded: number = job['status']?.succeeded ?? 0;
  const isWorkQueue = completions === undefined && job['spec'].parallelism !== undefined;
  if (isWorkQueue && succeeded === 0) return parallelism;
  return Math.max(0, Math.min((completions ?? 1) - succeeded, parallelism));
}

function count(pod: KubeObject, groups: ReadonlyMap<string, Group>): void {
  const group = groups.get(controllerOf(pod)?.uid ?? '');
  if (!group) return;
  if (!group.youngest || createdAt(pod) > createdAt(group.youngest)) group.youngest = pod;
  group.count++;
}

function copyOf(pod: KubeObject, owner: string, number: number): PodInfo {
  const { metadata } = pod;
  return new PodInfo({
    ...unplaced(pod),
    metadata: {
      ...metadata,
      name: `${metadata.name}-copy-${number}`,
      uid: `${owner}-${number}`,
      annotations: { ...metadata.annotations, [FAKE]: FAKE_VALUE },
    },
  });
}
