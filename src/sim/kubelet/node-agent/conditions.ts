/** What a kubelet says of its node (kubernetes `pkg/kubelet/nodestatus/setters.go`). */
import { SIGNALS, type Signal } from '../../../apimachinery/behaviour-annotations';
import type { KubeObject } from '../../../apimachinery/meta';
import { formatTime } from '../../../apimachinery/time';
import type { Instant } from '../../clock';
import { type NodeCondition, nodeCondition, pressures } from '../node-state';
import { PRESSURE_CONDITIONS, READY } from '../registration';

/** evictionPressureTransitionPeriod: so long a condition stays when the pressure is gone. */
const TRANSITION_PERIOD = 300_000;

export interface Said {
  conditions: NodeCondition[];
  /** The reasons of the events that go with them. */
  events: string[];
  /** When they change by themselves. */
  next?: Instant;
}

/** The node's conditions as of now; undefined where they are as they should be. */
export function conditionsNow(node: KubeObject, now: Instant): Said {
  const time = formatTime(now);
  const present: NodeCondition[] = node['status']?.conditions ?? [];
  const changed = new Map<string, NodeCondition>();
  const events: string[] = [];
  let next: Instant | undefined;
  const set = (type: string, status: string, [reason, message]: readonly string[]) => {
    const before = nodeCondition(node, type);
    if (before?.status === status) return false;
    changed.set(type, {
      type,
      status,
      lastHeartbeatTime: time,
      lastTransitionTime: time,
      reason: reason as string,
      message: message as string,
    });
    return before !== undefined;
  };
  for (const signal of SIGNALS) {
    const { type, on, off } = PRESSURE_CONDITIONS[signal];
    const spells = pressures(node).filter((pressure) => pressure.signal === signal);
    const isOn = spells.some(({ from, to }) => from <= now && now < to + TRANSITION_PERIOD);
    for (const at of spells.flatMap(({ from, to }) => [from, to, to + TRANSITION_PERIOD]))
      if (at > now && at < (next ?? Number.POSITIVE_INFINITY)) next = at;
    const before = nodeCondition(node, type);
    if (isOn) {
      if (before?.status !== 'True') {
        set(type, 'True', on);
        events.push(on[2]);
      }
    } else if (before && (before.status === 'Unknown' || (before.status === 'True' && before.reason === on[0]))) {
      if (set(type, 'False', off) && before.status === 'True') events.push(off[2]);
    }
  }
  const ready = nodeCondition(node, 'Ready');
  if (!ready || ready.status === 'Unknown') {
    set('Ready', 'True', READY);
    if (ready) events.push('NodeReady');
  }
  const conditions = [
    ...present.map((condition) => changed.get(condition.type) ?? condition),
    ...[...changed.values()].filter(({ type }) => !present.some((condition) => condition.type === type)),
  ];
  return { conditions: changed.size > 0 ? conditions : present, events, ...(next === undefined ? {} : { next }) };
}

/** What presses the node now, in the order in which it is seen to: memory before all others (byEvictionPriority). */
export function pressingNow(node: KubeObject, now: Instant): Signal | undefined {
  const pressing = pressures(node).filter(({ from, to }) => from <= now && now < to);
  return SIGNALS.find((signal) => pressing.some((pressure) => pressure.signal === signal));
}
