/** Whether a node's kubelet is still heard of (kubernetes `pkg/controller/nodelifecycle/node_lifecycle_controller.go` monitorNodeHealth). */
import { jsonOf } from '../../../apimachinery/json';
import type { KubeObject } from '../../../apimachinery/meta';
import { isReason } from '../../../apimachinery/status';
import { formatTime, parseTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import type { Context } from '../../controller';
import { LEASE_NAMESPACE } from '../../kubelet/node-agent/lease';
import { failedSince, type NodeCondition, nodeCondition } from '../../kubelet/node-state';
import { isPodReady } from '../pod-state';

const NODES = { group: '', version: 'v1', resource: 'nodes' };
const PODS = { group: '', version: 'v1', resource: 'pods' };

/** --node-monitor-period, --node-monitor-grace-period */
const MONITOR_PERIOD = 5000;
const GRACE_PERIOD = 50_000;

const TYPES = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** When a node of which nothing is heard is given up: at the first look after the grace. Undefined for all others. */
export function givenUpAt(node: KubeObject, { cache }: Context): Instant | undefined {
  const failed = failedSince(node);
  if (failed === undefined || nodeCondition(node, 'Ready')?.status === 'Unknown') return undefined;
  const lease = cache.get('leases.coordination.k8s.io', LEASE_NAMESPACE, node.metadata.name ?? '');
  const renewed = Math.min(failed, parseTime(lease?.['spec']?.renewTime ?? '') ?? failed);
  const seen = Math.ceil(renewed / MONITOR_PERIOD) * MONITOR_PERIOD;
  return seen + GRACE_PERIOD + MONITOR_PERIOD;
}

/** Nobody knows how it is: every condition of it is Unknown. */
export async function giveUp(node: KubeObject, { client, clock }: Context): Promise<void> {
  const time = formatTime(clock.now());
  const present: NodeCondition[] = node['status']?.conditions ?? [];
  const unknown = (type: string): NodeCondition => {
    const before = present.find((condition) => condition.type === type);
    if (before?.status === 'Unknown') return before;
    return {
      type,
      status: 'Unknown',
      lastHeartbeatTime: before?.lastHeartbeatTime ?? node.metadata.creationTimestamp ?? null,
      lastTransitionTime: time,
      ...(before
        ? { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' }
        : { reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' }),
    };
  };
  const conditions = [
    ...present.map((condition) => (TYPES.includes(condition.type) ? unknown(condition.type) : condition)),
    ...TYPES.filter((type) => !present.some((condition) => condition.type === type)).map(unknown),
  ];
  await client.updateStatus(NODES, { ...node, status: jsonOf({ ...node['status'], conditions }) });
}

/** The pods of a node that is not ready are not ready either (MarkPodsNotReady). */
export async function markPodsNotReady(node: KubeObject, context: Context): Promise<void> {
  const { cache, client, clock, events } = context;
  for (const pod of cache.index('pods', 'node', node.metadata.name ?? '')) {
    if (!isPodReady(pod)) continue;
    const { namespace = '', name = '', uid = '', generation } = pod.metadata;
    const condition = {
      type: 'Ready',
      status: 'False',
      ...(generation ? { observedGeneration: generation } : {}),
      lastTransitionTime: formatTime(clock.now()),
    };
    try {
      const patch = { metadata: { uid }, status: { conditions: [condition] } };
      await client.patch(PODS, namespace, name, 'strategic', patch, undefined, 'status');
    } catch (error) {
      if (isReason(error, 'NotFound') || isReason(error, 'Conflict')) continue;
      throw error;
    }
    events.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
  }
}

/** Says once that the node is not ready any more. */
export function sayNotReady(node: KubeObject, { cache, events }: Context): void {
  const since = parseTime(nodeCondition(node, 'Ready')?.lastTransitionTime ?? '');
  if (since === undefined) return;
  const { name = '', uid = '' } = node.metadata;
  const message = `Node ${name} status is now: NodeNotReady`;
  const said = cache
    .index('events', 'about', uid)
    .some((event) => event['message'] === message && (parseTime(event['lastTimestamp'] ?? '') ?? 0) >= since);
  if (!said) events.event(node, 'Normal', 'NodeNotReady', message);
}
