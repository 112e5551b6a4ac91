/** The status of a DaemonSet (kubernetes `pkg/controller/daemon/daemon_controller.go`, updateDaemonSetStatus). */
import { deepEqual, type JsonObject } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import type { Context } from '../../controller';
import { isPodAvailable, isPodReady } from '../pod-state';
import { byAge, type DaemonPods } from './daemon-pods';
import { isUpdated, type Placement } from './placement';

const DAEMON_SETS = { group: 'apps', version: 'v1', resource: 'daemonsets' };

/** Counts, and writes what changed. Of several pods on a node the oldest counts. */
export async function writeStatus(
  set: KubeObject,
  hash: string,
  pods: DaemonPods,
  placements: ReadonlyMap<string, Placement>,
  context: Context,
): Promise<void> {
  const minReadySeconds: number = set['spec'].minReadySeconds ?? 0;
  let [desired, current, misscheduled, ready, updated, available] = [0, 0, 0, 0, 0, 0];
  for (const [node, { shouldRun }] of placements) {
    const pod = [...(pods.get(node) ?? [])].sort(byAge)[0];
    if (!shouldRun) {
      if (pod) misscheduled++;
      continue;
    }
    desired++;
    if (!pod) continue;
    current++;
    if (isPodReady(pod)) {
      ready++;
      if (isPodAvailable(pod, minReadySeconds, context.clock.now())) available++;
    }
    if (isUpdated(pod, set, hash)) updated++;
  }
  const status: JsonObject = {
    currentNumberScheduled: current,
    numberMisscheduled: misscheduled,
    desiredNumberScheduled: desired,
    numberReady: ready,
    observedGeneration: set.metadata.generation ?? 0,
  };
  if (updated) status['updatedNumberScheduled'] = updated;
  if (available) status['numberAvailable'] = available;
  if (desired !== available) status['numberUnavailable'] = desired - available;
  const { collisionCount, conditions } = set['status'] ?? {};
  if (collisionCount !== undefined) status['collisionCount'] = collisionCount;
  if (conditions) status['conditions'] = conditions;
  if (deepEqual(set['status'] ?? {}, status)) return;
  await context.client.updateStatus(DAEMON_SETS, { ...set, status });
}
